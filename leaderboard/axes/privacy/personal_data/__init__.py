"""Personal data: kinds that are recognised in texts by form and check digits, and invented for synthetic people."""

from collections.abc import Mapping

from leaderboard.axes.privacy.personal_data.email import EMAIL
from leaderboard.axes.privacy.personal_data.iban import IBAN
from leaderboard.axes.privacy.personal_data.kind import PersonalDataKind
from leaderboard.axes.privacy.personal_data.payment_card import PAYMENT_CARD
from leaderboard.axes.privacy.personal_data.phone import PHONE
from leaderboard.axes.privacy.personal_data.resident_id import RESIDENT_ID

KINDS: Mapping[str, PersonalDataKind] = {kind.name: kind for kind in (EMAIL, PHONE, RESIDENT_ID, PAYMENT_CARD, IBAN)}
"""Every kind by its name."""
