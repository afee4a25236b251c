"""Deduplication: repeated training texts are left out, since repetition causes memorisation (Lee et al. 2022)."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

from leaderboard.axes.axis import Axis
from leaderboard.data.examples import TextExample
from leaderboard.data.overlap import text_fingerprint
from leaderboard.mitigations.dp_sgd import LEARNED_TWICE, DpSgd
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import choice
from leaderboard.mitigations.stages import TextMitigation

if TYPE_CHECKING:
    from leaderboard.training.preparation import Preparation


class Deduplication(TextMitigation):
    """Leave repeated training texts out (Lee et al. 2022).

    Attributes:
        deduplicate: whether repeated texts are left out; the first is kept, with its label.
    """

    name = "deduplication"
    axes = (Axis.PRIVACY,)
    source = "Lee et al. 2022, Deduplicating Training Data Makes Language Models Better"
    excludes = ((DpSgd, LEARNED_TWICE),)
    always_recorded = True

    deduplicate: Annotated[bool, Searched(choice([False, True]), "leave repeated texts out")] = False

    def texts(self, examples: Sequence[TextExample], preparation: "Preparation") -> list[TextExample]:
        """Return the first example of each set of copies."""
        del preparation
        return without_copies(examples)


def without_copies(examples: Iterable[TextExample]) -> list[TextExample]:
    """Return the examples without those whose text occurred before.

    Texts are compared by `data.overlap.text_fingerprint`. Of copies with different labels the first is kept, too, since
    it is unknown which label is right.
    """
    first: dict[str, TextExample] = {}
    for example in examples:
        first.setdefault(text_fingerprint(example), example)
    return list(first.values())
