"""Placeholders: personal data in a text is replaced by its kind in brackets."""

from functools import lru_cache

from leaderboard.axes.privacy.personal_data.email import EMAIL
from leaderboard.axes.privacy.personal_data.iban import IBAN
from leaderboard.axes.privacy.personal_data.payment_card import PAYMENT_CARD
from leaderboard.axes.privacy.personal_data.phone import PHONE
from leaderboard.axes.privacy.personal_data.resident_id import RESIDENT_ID
from leaderboard.data.examples import Text

_KINDS = (EMAIL, IBAN, RESIDENT_ID, PAYMENT_CARD, PHONE)
"""Kinds of personal data; where two overlap, the first counts, which has more check digits."""
_FEWEST_DIGITS = 7
"""Fewest digits of a number that is personal data."""


@lru_cache(maxsize=1 << 16)  # every protocol reads the same texts
def mask_text(text: str) -> str:
    """Return a text with `[EMAIL]`, `[PHONE]`, `[PAYMENT_CARD]`, `[IBAN]` and `[RESIDENT_ID]` for personal data."""
    if "@" not in text and sum(letter.isdigit() for letter in text) < _FEWEST_DIGITS:
        return text  # searching for phone numbers takes milliseconds
    masks: list[tuple[int, int, str]] = []
    for kind in _KINDS:
        for start, end in kind.spans(text):
            if all(end <= first or last <= start for first, last, _ in masks):
                masks.append((start, end, f"[{kind.name.upper()}]"))
    for start, end, placeholder in sorted(masks, reverse=True):
        text = text[:start] + placeholder + text[end:]
    return text


def mask_content(content: Text) -> Text:
    """Return a text, or both of a pair, with placeholders."""
    return mask_text(content) if isinstance(content, str) else (mask_text(content[0]), mask_text(content[1]))
