from leaderboard.data.class_lookup import NUMBER, as_number, class_lookup
from leaderboard.data.specification import Reading
from tests.in_one_test import in_one_test


@in_one_test("blank", [chr(code) for code in range(0x3001) if chr(code).isspace()])
def test_a_number_between_any_blanks_is_a_number(blank):
    """`float` alone refuses the separators of ASCII, which regular expressions count as blanks."""
    text = f"{blank}4.5{blank}"
    assert NUMBER.fullmatch(text)
    assert as_number(text) == 4.5
    look_up = class_lookup(Reading(label_ranges={"low": (0, 2), "high": (4, 5)}), ("low", "high"))
    assert look_up(text) == 1
