"""BLEU: sequences of words that written texts share with references, for a corpus and for one sentence."""

from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np

from leaderboard.arrays import FloatArray

ORDER = 4
"""Largest length of the word sequences of BLEU (Papineni et al. 2002)."""
Counts = Counter[tuple[str, ...]]


class BleuTokenizer(StrEnum):
    """How sacreBLEU parts texts into words: `13a` as WMT does, `zh` with a word for each Chinese character.

    `char` takes each character as a word, `none` what white space parts.
    """

    WMT = "13a"
    CHINESE = "zh"
    CHARACTERS = "char"
    NONE = "none"


def tokenized(tokenizer: BleuTokenizer) -> Callable[[str], list[str]]:
    """Return the function that parts a text into the words of BLEU."""
    # Slow to import, and needed only to estimate.
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a  # noqa: PLC0415
    from sacrebleu.tokenizers.tokenizer_char import TokenizerChar  # noqa: PLC0415
    from sacrebleu.tokenizers.tokenizer_none import NoneTokenizer  # noqa: PLC0415
    from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh  # noqa: PLC0415

    kind = {
        BleuTokenizer.WMT: Tokenizer13a,
        BleuTokenizer.CHINESE: TokenizerZh,
        BleuTokenizer.CHARACTERS: TokenizerChar,
        BleuTokenizer.NONE: NoneTokenizer,
    }[tokenizer]()
    return lambda text: str(kind(text.rstrip())).split()


def sequences(words: Sequence[str]) -> Counts:
    """Return how often each sequence of 1 to `ORDER` words is in a text."""
    return Counter(tuple(words[at : at + n]) for n in range(1, ORDER + 1) for at in range(len(words) - n + 1))


def bleu_row(written: Sequence[str], references: Sequence[Sequence[str]]) -> FloatArray:
    """Return what a text adds to the sums of BLEU, shape (2 + 2 · ORDER,).

    Its length, that of the reference nearest in length (the shorter of two); for each length of sequences those that
    are in a reference, each counted as often as in the reference that has most of it; for each length all of them.
    """
    most: Counts = Counter()
    for reference in references:
        most |= sequences(reference)
    nearest = min(map(len, references), key=lambda length: (abs(length - len(written)), length))
    return shared_row(len(written), nearest, sequences(written), most)


def shared_row(length: int, reference_length: int, counts: Counts, most: Counts) -> FloatArray:
    """Return the row of `bleu_row` of a text with these counts, and the most of each that a reference has."""
    shared, total = np.zeros(ORDER), np.zeros(ORDER)
    for sequence, count in counts.items():
        total[len(sequence) - 1] += count
        shared[len(sequence) - 1] += min(count, most[sequence])
    return np.concatenate([[length, reference_length], shared, total])


def bleu_of_sums(sums: FloatArray, *, sentence: bool = False) -> FloatArray:
    """Return BLEU of sums of `bleu_row`, 0 to 100, shape (...,).

    100 · BP · exp(mean over n of log p_n), with p_n the share of sequences of n words that are shared, and BP =
    min(1, exp(1 - reference length / length)) (Papineni et al. 2002). The k-th p_n without a shared sequence is
    1 / (2^k · sequences), the smoothing `exp` of sacreBLEU, whose values these are (Post 2018).

    Args:
        sums: shape (..., 2 + 2 · ORDER).
        sentence: average over the lengths that the text has (`effective_order` of sacreBLEU), as for one sentence.
    """
    length, reference = sums[..., 0], sums[..., 1]
    shared, total = sums[..., 2 : 2 + ORDER], sums[..., 2 + ORDER :]
    smoothing = np.exp2(np.cumsum((shared == 0) & (total > 0), axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(shared > 0, shared, 1 / smoothing) / total)
        penalty = np.where(length < reference, np.exp(1 - reference / length), 1.0)
    counted = total > 0
    orders = np.maximum(counted.sum(axis=-1), 1) if sentence else ORDER
    mean = np.where(counted, logs, 0.0).sum(axis=-1) / orders
    defined = shared.any(axis=-1) & (counted.all(axis=-1) | sentence)
    score: FloatArray = np.where(defined, 100 * penalty * np.exp(mean), 0.0)
    return score
