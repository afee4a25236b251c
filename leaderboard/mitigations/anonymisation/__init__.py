"""Anonymisation: personal data in training texts is masked, or replaced by pseudonyms."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from leaderboard.axes.axis import Axis
from leaderboard.data.examples import TextExample
from leaderboard.mitigations.anonymisation.personal_data import AnonymisationMethod, anonymise_text
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import choice
from leaderboard.mitigations.stages import TextMitigation

if TYPE_CHECKING:
    from leaderboard.training.preparation import Preparation


class Anonymisation(TextMitigation):
    """Mask or replace names, addresses and numbers of persons in the training texts.

    Attributes:
        anonymise: method for personal data: `mask`, or `pseudonym` for an invented replacement.
    """

    name = "anonymisation"
    axes = (Axis.PRIVACY,)
    source = "own patterns; ISO 13616 (IBAN) and Luhn 1960 (cards) for check digits"
    order = 1
    always_recorded = True

    anonymise: Annotated[
        AnonymisationMethod,
        Searched(choice([each.value for each in AnonymisationMethod]), "hide names, addresses, numbers"),
    ] = AnonymisationMethod.NONE

    def texts(self, examples: Sequence[TextExample], preparation: "Preparation") -> list[TextExample]:
        """Return every example without personal data."""
        return [self._anonymised(example, preparation.seed) for example in examples]

    def _anonymised(self, example: TextExample, seed: int) -> TextExample:
        text = anonymise_text(example.text, self.anonymise, seed=seed)
        second = None if example.second is None else anonymise_text(example.second, self.anonymise, seed=seed)
        return example.model_copy(update={"text": text, "second": second})
