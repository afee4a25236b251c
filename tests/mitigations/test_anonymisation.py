from leaderboard.mitigations.anonymisation.personal_data import AnonymisationMethod, anonymise_text
from tests.in_one_test import in_one_test


def masked(text):
    return anonymise_text(text, AnonymisationMethod.MASK, seed=0)


def invented(text, seed=0):
    return anonymise_text(text, AnonymisationMethod.PSEUDONYM, seed=seed)


@in_one_test(
    "text, mask",
    [
        ("write to jo.doe+x@mail.example.co.uk.", "write to [EMAIL]."),
        ("see https://example.com/a?b=c, or www.example.com!", "see [URL], or [URL]!"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [IBAN] please"),
        ("GB82WEST12345698765432", "[IBAN]"),
        ("card 4111 1111 1111 1111.", "card [CARD]."),
        ("call +49 30 1234567 or (212) 555-0123 or 212-555-0123", "call [PHONE] or [PHONE] or [PHONE]"),
        ("thanks @jo_doe!", "thanks [HANDLE]!"),
        ("Jennifer Lawrence, John F. Kennedy and Sean O'Brien", "[NAME], [NAME] and [NAME]"),
    ],
)
def test_personal_data_is_masked(text, mask):
    assert masked(text) == mask


@in_one_test(
    "text",
    [
        "",
        "The best film of 2001: 10/10, 1,000,000 times better than part 2.",
        "Released 1999-2003, seen 12 times (90 minutes each).",
        "DE88 3704 0044 0532 0130 00",  # wrong check digits
        "4111 1111 1111 1112",  # wrong check digit
        "@user so true",  # a mask already
        "meet @ 5",
        "New York, United Kingdom, Harsh Words",
        "I love David And everyone",
        "james bond in lower case",
        "3.14159265358979",
    ],
)
def test_what_is_no_personal_data_stays(text):
    assert masked(text) == text


def test_a_pseudonym_is_the_same_everywhere_and_nothing_of_the_original():
    one, two = invented("Julia Roberts smiles at @julia"), invented("I met Julia Roberts.")
    name = one.partition(" smiles")[0]
    assert two == f"I met {name}."
    assert name != "Julia Roberts"
    assert len(name.split()) == 2
    assert "@julia" not in one


def test_another_seed_gives_other_pseudonyms():
    assert len({invented("Julia Roberts", seed) for seed in range(5)}) > 1


def test_numbers_keep_their_form():
    pseudonyms = invented("(212) 555-0123 DE89 3704 0044 0532 0130 00")
    assert [letter if not letter.isdigit() else "0" for letter in pseudonyms] == list(
        "(000) 000-0000 DE00 0000 0000 0000 0000 00"
    )


def test_off_is_the_text_itself():
    assert anonymise_text("Julia Roberts", AnonymisationMethod.NONE, seed=0) == "Julia Roberts"
