"""The interface of pseudo-log-likelihoods of masked language models."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.arrays import FloatArray
from leaderboard.backends.mask_filling import MaskFiller
from leaderboard.errors import NotMeasurableError


class MaskedScore(StrEnum):
    """Score of a sentence that replaces the likelihood, which a masked model does not give."""

    ORIGINAL = "original"
    """Σ log P(token | all others), each token masked in turn (Salazar et al. 2020; Nangia et al. 2020)."""
    WITHIN_WORD_L2R = "within_word_l2r"
    """The same, with the later tokens of the token's own word masked too: the end of a word gives its beginning away,
    so that the original scores rare words of many tokens too high (Kauf & Ivanova 2023)."""
    AUL = "aul"
    """Mean of log P(token | all tokens, itself too), nothing masked: one pass a sentence (Kaneko & Bollegala 2022)."""


@dataclass(frozen=True, slots=True)
class MaskedSentence:
    """A sentence and which of its tokens are scored.

    Attributes:
        ids: the tokens, with special ones.
        positions: of the tokens to score.
        words: for each token the number of its word, None for special tokens.
        cut: whether the sentence had more tokens than the model reads.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    words: tuple[int | None, ...]
    cut: bool = False


class MaskedLikelihood(ABC):
    """Pseudo-log-likelihoods of sentences, in nats."""

    @abstractmethod
    def encode(self, text: str) -> MaskedSentence:
        """Encode a sentence, all tokens but the special ones to be scored; truncated to the length the model reads."""

    @abstractmethod
    def fill(self, text: str, gap: str, word: str) -> list[MaskedSentence]:
        """Fill the gap of a text token by token, the last token of each sentence to be scored.

        A token stands behind those before it in its word, and the tokens after it are not there at all (the rule of
        StereoSet's authors). A second gap in the same text is filled alike, and masked where the first is.

        Args:
            text: has `gap` in the place of the word.
            gap: what stands there.
            word: fills it.

        Returns:
            One sentence a token of the word; none where the gap is farther in the text than the model reads.

        Raises:
            NotMeasurableError: when the model has no mask token.
        """

    @abstractmethod
    def scores(
        self,
        sentences: Sequence[MaskedSentence],
        *,
        variant: MaskedScore = MaskedScore.ORIGINAL,
        work: str = "masked scoring",
    ) -> FloatArray:
        """Return the score of each sentence, shape (len(sentences),), as `MaskedScore` defines it.

        A sum over the tokens to score, which is 0 where there are none; a mean for AUL.

        Args:
            sentences: what to score.
            variant: what is masked when a token is scored.
            work: Name of the work, for the progress display.

        Raises:
            NotMeasurableError: If the model has no mask token, or a mean is requested of no tokens.
        """

    def mask_filler(self) -> MaskFiller:
        """Return its predictions of the token in the place of a mask.

        Raises:
            NotMeasurableError: from a backend that predicts no tokens, and for a model without a mask token.
        """
        raise NotMeasurableError("its backend predicts no token in the place of a mask")
