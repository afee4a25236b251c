"""Self-BLEU: how alike the texts are that a subject writes for different inputs."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from leaderboard.axes.accuracy.text_bleu import Counts, bleu_of_sums, sequences, shared_row


def self_bleu(texts: Sequence[Sequence[str]]) -> list[float]:
    """Return BLEU of each text with all other texts as its references, 0 to 100, shape (n,) (Zhu et al. 2018).

    As `sentence_bleu` of sacreBLEU. The cost is linear in the number of texts: for each sequence of words, the two
    largest counts in a text are kept, one of which is in another text than the one that is scored.

    Args:
        texts: words of at least two texts.
    """
    counts = [sequences(words) for words in texts]
    first, second, owner = _two_largest(counts)
    lengths = sorted(map(len, texts))
    scores = []
    for at, (words, own) in enumerate(zip(texts, counts, strict=True)):
        most = Counter({each: second[each] if owner[each] == at else first[each] for each in own})
        row = shared_row(len(words), _nearest_other(lengths, len(words)), own, most)
        scores.append(float(bleu_of_sums(row, sentence=True)))
    return scores


def _two_largest(counts: Sequence[Counts]) -> tuple[Counts, Counts, dict[tuple[str, ...], int]]:
    """Return the largest count of each sequence in a text, the next largest in another text, and the first's text."""
    first: Counts = Counter()
    second: Counts = Counter()
    owner: dict[tuple[str, ...], int] = {}
    for at, each in enumerate(counts):
        for sequence, count in each.items():
            if count > first[sequence]:
                second[sequence], first[sequence], owner[sequence] = first[sequence], count, at
            elif count > second[sequence]:
                second[sequence] = count
    return first, second, owner


def _nearest_other(lengths: Sequence[int], length: int) -> int:
    """Return the length nearest to that of a text among the other texts' (the shorter of two); `lengths` is sorted."""
    place = bisect_left(lengths, length)  # the text itself is here
    others = [lengths[at] for at in (place - 1, place + 1) if 0 <= at < len(lengths)]
    return min(others, key=lambda other: (abs(other - length), other))
