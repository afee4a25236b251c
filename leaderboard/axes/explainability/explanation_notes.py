"""Notes on explanations: how texts were divided, what was left out, and where ways to delete disagree."""

from collections.abc import Sequence

from leaderboard.axes.explainability import metrics
from leaderboard.axes.explainability.aopc_table import AopcTable
from leaderboard.axes.explainability.text_explanation import RANDOM
from leaderboard.axes.explainability.word_units import WordUnit, plural
from leaderboard.axes.protocol import Observation

_OPERATIONS = {"mask": "the mask token in their place", "removal": "joining the others", "padding": "padding tokens"}


def explanation_notes(observations: Sequence[Observation]) -> tuple[str, ...]:
    """Return notes for a reader of faithfulness, one sentence each."""
    notes = [f"explanations score and delete {plural(WordUnit(unit))}" for unit in _units(observations)]
    if not observations:
        return ()
    table = AopcTable.of(observations)
    if table.deletion:
        notes.append(f"the normalised values and faithfulness delete words by {_OPERATIONS[table.deletion]}")
    divided = sum("spans" in each.data for each in observations)
    if divided:
        notes.append(f"{divided} of {len(observations)} texts are divided into spans of words, which count as words")
    unread = sum("unread_words" in each.data for each in observations)
    if unread:
        notes.append(f"of {unread} of {len(observations)} texts only the words that the model reads are explained")
    refusals = {name: why for each in observations for name, why in each.data.get("refusals", {}).items()}
    notes += [f"{name} is left out: {why}" for name, why in refusals.items()]
    return (*notes, *_disagreement(table), *_small_ranges(table))


def _units(observations: Sequence[Observation]) -> list[str]:
    return sorted({str(each.data["units"]) for each in observations if "units" in each.data})


def _disagreement(table: AopcTable) -> list[str]:
    """Return a note where another method is the most comprehensive by another way to delete."""
    by_deletion: dict[str, dict[str, float]] = {}
    for (deletion, name), (comprehensiveness, _) in table.bins.items():
        if name != RANDOM:
            by_deletion.setdefault(deletion, {})[name] = float(comprehensiveness.mean())
    best = {deletion: max(values, key=values.__getitem__) for deletion, values in by_deletion.items() if values}
    if len(set(best.values())) < 2:  # noqa: PLR2004 - two that disagree
        return []
    methods = ", ".join(f"{name} by {deletion}" for deletion, name in best.items())
    return [f"ways to delete words disagree about the most comprehensive method: {methods}"]


def _small_ranges(table: AopcTable) -> list[str]:
    """Return a note on texts in which the order hardly matters."""
    is_small = table.range < metrics.RANGE
    if not is_small.any():
        return []
    weight = float(table.range[is_small].sum() / table.range.sum()) if table.range.sum() > 0 else 0.0
    note = (
        f"in {is_small.sum()} of {len(table.range)} texts no order of words moves the probability by {metrics.RANGE} "
        f"or more; each text counts by how far an order can move it, these {100 * weight:.1f} % of all"
    )
    return [note]
