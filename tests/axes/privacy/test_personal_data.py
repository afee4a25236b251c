"""Kinds of personal data: published examples, valid and invalid, and invented values."""

import numpy as np
import pytest

from leaderboard.axes.privacy.personal_data import KINDS
from leaderboard.axes.privacy.personal_data.check_digits import iban_check_digits, is_iban, is_luhn
from leaderboard.axes.privacy.personal_data.kind import PromptLanguage
from leaderboard.axes.privacy.personal_data.resident_id import check_digit


@pytest.mark.parametrize(("kind", "text", "values"), [
    # Wikipedia, "Email address", § Examples
    ("email", "simple@example.com, very.common@example.com", ["simple@example.com", "very.common@example.com"]),
    ("email", "user.name+tag+sorting@example.com", ["user.name+tag+sorting@example.com"]),
    ("email", "name/surname@example.com", ["name/surname@example.com"]),
    ("email", "long.email-address-with-hyphens@and.subdomains.example.com",
     ["long.email-address-with-hyphens@and.subdomains.example.com"]),
    ("email", "邮箱是Abc@Example.com。", ["abc@example.com"]),
    ("email", "abc.example.com", []),
    ("email", "a@b@c@example.com", []),
    ("email", "1234567890123456789012345678901234567890123456789012345678901234+x@example.com", []),
    ("email", "i.like.underscores@but_they_are_not_allowed_in_this_part", []),
    # GB 11643-1999, appendix
    ("resident_id", "身份证号码是11010519491231002X。", ["11010519491231002X"]),
    ("resident_id", "440524188001010014", ["440524188001010014"]),
    ("resident_id", "110105194912310021", []),  # the check digit
    ("resident_id", "11010519491331002X", []),  # month 13
    ("resident_id", "010105194912310029", []),
    # test numbers of card networks
    ("payment_card", "4111 1111 1111 1111", ["4111111111111111"]),
    ("payment_card", "pay by 5500-0000-0000-0004.", ["5500000000000004"]),
    ("payment_card", "340000000000009 or 6011000000000004", ["340000000000009", "6011000000000004"]),
    ("payment_card", "4111 1111 1111 1112", []),
    ("payment_card", "0000 0000 0000 0000", []),
    # the IBAN registry
    ("iban", "GB82 WEST 1234 5698 7654 32", ["GB82WEST12345698765432"]),
    ("iban", "DE89370400440532013000 AND", ["DE89370400440532013000"]),
    ("iban", "to FR14 2004 1010 0505 0001 3M02 606, please", ["FR1420041010050500013M02606"]),
    ("iban", "NO93 8601 1117 947", ["NO9386011117947"]),
    ("iban", "GB82 WEST 1234 5698 7654 33", []),
    ("iban", "DE89 3704 0044 0532 0130", []),  # too short for Germany
    ("iban", "XX12 3456 7890 1234", []),
    # libphonenumber's example numbers
    ("phone", "call (201) 555-0123 now", ["+12015550123"]),
    ("phone", "手机13123456789。", ["+8613123456789"]),
    ("phone", "手机13612345678", ["+8613612345678"]),  # +1 361-234-5678, too
    ("phone", "+44 121 234 5678", ["+441212345678"]),
    ("phone", "12345 or 2026-11-29", []),
    ("phone", "手机23123456789", []),
])  # fmt: skip
def test_published_examples(kind, text, values):
    assert KINDS[kind].find(text) == values


def test_check_digits_by_hand():
    assert is_luhn("79927398713")  # the example of Wikipedia's article
    assert not is_luhn("79927398710")
    assert is_luhn("5500-0000-0000-0004")
    assert is_iban("FR14 2004 1010 0505 0001 3M02 606")
    assert not is_iban("FR15 2004 1010 0505 0001 3M02 606")
    assert iban_check_digits("GB", "WEST12345698765432") == "82"
    assert check_digit("11010519491231002") == "X"


@pytest.mark.parametrize("language", PromptLanguage)
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_invented_values_are_valid_and_differ(kind, language):
    rng = np.random.default_rng(0)
    values = [kind.find(f"It is {kind.invent(rng, language)}.") for _ in range(50)]
    assert all(len(value) == 1 for value in values)
    assert len({value[0] for value in values}) > 40


def test_invented_emails_and_us_numbers_belong_to_nobody():
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert KINDS["email"].invent(rng, PromptLanguage.ENGLISH).partition("@")[2].startswith("example.")
        assert "-555-01" in KINDS["phone"].invent(rng, PromptLanguage.ENGLISH)
