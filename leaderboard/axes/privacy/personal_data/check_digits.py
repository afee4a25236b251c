"""Check digits that several kinds of personal data, and their anonymisation, use."""

_MODULUS = 97
_VALID = 98


def is_luhn(text: str) -> bool:
    """Return whether the last of the digits in a text is their check digit (Luhn 1960)."""
    digits = [int(letter) for letter in reversed(text) if letter.isdigit()]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def is_iban(text: str) -> bool:
    """Return whether the check digits of an account number are valid (ISO 13616: the number modulo 97 is 1)."""
    plain = text.replace(" ", "")
    return _as_number(plain[4:] + plain[:4]) % _MODULUS == 1


def iban_check_digits(country: str, account: str) -> str:
    """Return the two check digits of an account number of a country."""
    return f"{_VALID - _as_number(account + country + '00') % _MODULUS:02d}"


def _as_number(letters: str) -> int:
    """Return the number in which A is 10 and Z is 35."""
    return int("".join(str(int(letter, 36)) for letter in letters))
