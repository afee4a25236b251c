import unicodedata

from leaderboard.visible_text import REPLACEMENT, label, one_line, prose, writable, writable_in
from tests.in_one_test import in_one_test
from tests.synthetic.hostile_texts import HONEST, HOSTILE

HARMFUL = {"Cc", "Cs", "Zl", "Zp"}
TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def harm(text: str, allowed: str = "") -> list[str]:
    return [
        letter
        for letter in text
        if letter not in allowed and (unicodedata.category(letter) in HARMFUL or ord(letter) in TURNING)
    ]


@in_one_test("text", HOSTILE)
def test_a_name_is_one_line_in_which_nothing_does_anything(text):
    name = one_line(text)
    assert harm(name) == []
    assert len(name) <= 500
    assert name == one_line(name)
    assert unicodedata.is_normalized("NFC", name)
    name.encode()
    assert not set(name) & set("\u200b\u200d\u00ad\ufeff\U000e0041\ufffe\uffff")


@in_one_test("text", HOSTILE)
def test_a_text_of_several_lines_keeps_them_and_nothing_else(text):
    shown = prose(text)
    assert harm(shown, "\t\n") == []
    assert shown == prose(shown)
    assert shown.count("\n") == text.replace("\r\n", "\n").count("\n")
    assert harm(label(text)) == []
    writable(text).encode()


@in_one_test("text", HONEST)
def test_what_a_script_needs_stays(text):
    assert one_line(text) == text
    assert prose(text) == text
    assert label(text) == text
    assert writable(text) == text


def test_what_is_replaced_is_seen():
    assert one_line("evil\x1b[31m") == f"evil{REPLACEMENT}[31m"
    assert one_line("x\u202egpj.exe") == f"x{REPLACEMENT}gpj.exe"
    assert one_line("a\n b\t") == "a b"
    assert one_line("zero\u200bwidth a\u200db") == f"zero{REPLACEMENT}width a{REPLACEMENT}b"
    assert one_line("e\u0301") == "é"
    assert label("e\u0301  x") == "e\u0301  x"  # the data is read by it
    assert prose("a\r\nb\rc") == f"a\nb{REPLACEMENT}c"


def test_a_joiner_hides_in_no_name():
    assert one_line("👨\u200d\u200d\u200d\u200d👩").count("\u200d") <= 2
    assert one_line("\u200dx") == f"{REPLACEMENT}x"


def test_half_a_pair_is_replaced_wherever_it_stands():
    assert writable_in({"a\ud800": ["b\udcff", ("c", 1, None)]}) == {"a\ufffd": ["b\ufffd", ["c", 1, None]]}


def test_a_name_of_any_length_is_cut():
    assert one_line("x" * 10_000_000) == "x" * 499 + "…"
    assert len(one_line("\x1b" * 10_000_000)) == 500
