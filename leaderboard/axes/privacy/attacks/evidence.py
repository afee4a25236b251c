"""Evidence: what an attacker on membership has of each example, from the attacked model and from others."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.backends.likelihood import TokenStatistics
from leaderboard.errors import NotMeasurableError


class EvidenceKind(StrEnum):
    """A kind of evidence beside the losses of the attacked model."""

    REFERENCE = "reference"
    """Losses of a model that was trained on none of the examples."""
    TOKENS = "tokens"
    """Log-probabilities of the tokens of each text."""
    MOMENTS = "moments"
    """Mean and variance of the log-probabilities of the vocabulary at each token."""
    SHADOWS = "shadows"
    """Losses of models of the same form, each trained on some of the examples."""
    NEIGHBOURS = "neighbours"
    """Losses of the attacked model for texts that differ a little from each text."""


@dataclass(frozen=True, slots=True, eq=False)
class ShadowLosses:
    """Losses of shadow models, in nats, on the n examples and on a population of z others.

    Attributes:
        losses: of each shadow model for each example, shape (shadows, n).
        included: whether the shadow model was trained on the example, shape (shadows, n).
        population: losses of the attacked model on the population, none of which it was trained on, shape (z,).
        population_losses: of each shadow model on the population, shape (shadows, z).
        population_included: whether the shadow model was trained on it, shape (shadows, z).
    """

    losses: FloatArray
    included: BoolArray
    population: FloatArray
    population_losses: FloatArray
    population_included: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttackEvidence:
    """What an attacker has of n examples; None for what is missing.

    Attributes:
        texts: the texts, in order.
        losses: of the attacked model, in nats, shape (n,): the cross-entropy of the label, or of a text without label
            the mean of its tokens.
        reference_losses: those of a reference model, shape (n,).
        tokens: statistics of the tokens of each text, at least one token each; their moments may be empty.
        shadows: losses of shadow models.
        neighbour_losses: losses of the attacked model for neighbours of each text, shape (neighbours, n).
    """

    texts: Sequence[str]
    losses: FloatArray
    reference_losses: FloatArray | None = None
    tokens: Sequence[TokenStatistics] | None = None
    shadows: ShadowLosses | None = None
    neighbour_losses: FloatArray | None = None

    @property
    def kinds(self) -> frozenset[EvidenceKind]:
        """Kinds of evidence that are there."""
        tokens = self.tokens or ()
        present = {
            EvidenceKind.REFERENCE: self.reference_losses is not None,
            EvidenceKind.TOKENS: self.tokens is not None,
            EvidenceKind.MOMENTS: bool(tokens) and all(len(each.mean) == len(each.logprobs) for each in tokens),
            EvidenceKind.SHADOWS: self.shadows is not None,
            EvidenceKind.NEIGHBOURS: self.neighbour_losses is not None,
        }
        return frozenset(kind for kind, is_present in present.items() if is_present)

    def require_reference(self) -> FloatArray:
        """Return the losses of the reference model; raises NotMeasurableError where there are none."""
        if self.reference_losses is None:
            raise NotMeasurableError("the attack needs a reference model")
        return self.reference_losses

    def require_tokens(self) -> Sequence[TokenStatistics]:
        """Return the statistics of tokens; raises NotMeasurableError where there are none."""
        if self.tokens is None:
            raise NotMeasurableError("the attack needs the log-probability of each token")
        return self.tokens

    def require_shadows(self) -> ShadowLosses:
        """Return the losses of shadow models; raises NotMeasurableError where there are none."""
        if self.shadows is None:
            raise NotMeasurableError("the attack needs shadow models")
        return self.shadows

    def require_neighbours(self) -> FloatArray:
        """Return the losses of neighbours; raises NotMeasurableError where there are none."""
        if self.neighbour_losses is None:
            raise NotMeasurableError("the attack needs losses of neighbours of the texts")
        return self.neighbour_losses
