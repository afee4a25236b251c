"""Searches on a terminal: what was asked for, what was found, and how sure that is. Fits 80 columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.terms import UTILITY, Term
from leaderboard.ranking.uncertain import Uncertain
from leaderboard.reports.search_rows import counts, dominance, excess, reasons, turned, value_in_unit
from leaderboard.reports.tables import ruled_table
from leaderboard.store.records import StudyMode, TrialRecord, TrialState
from leaderboard.studies.finalists import selection_effect
from leaderboard.studies.stored import Scored, StoredStudy

_PORTIONS = {Portion.SEARCH: "search portion", Portion.HELD_OUT: "held out"}
_STYLES = {TrialState.PRUNED: "dim", TrialState.FAILED: "red"}
_HEADINGS = {
    Axis.ACCURACY: "acc.",
    Axis.OOD: "ood",
    Axis.BIAS: "bias",
    Axis.PRIVACY: "priv.",
    Axis.LATENCY: "lat.",
    Axis.EXPLAINABILITY: "expl.",
}


def print_all(parts: Iterable[RenderableType], console: Console | None = None) -> None:
    """Print one after the other."""
    console = console or Console()
    for part in parts:
        console.print(part, highlight=False)


def studies_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """One row a study.

    Args:
        rows: of `search_rows.overview_row`.
    """
    table = ruled_table()
    for heading in ("study", "model, suite", "looks for", "trials"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        asked = "\n".join([f"{row['mode']}: {', '.join(row['terms'])}", *row["conditions"]])
        states = [f"{row[state.value]} {state}" for state in TrialState if row[state.value]]
        table.add_row(
            Text(row["study"], style="bold"), Text(f"{row['model']}\n{row['suite']}"), Text(asked), "\n".join(states)
        )
    return table


def study_parts(found: StoredStudy) -> Iterator[RenderableType]:
    """What was asked for, trial 0 and the best trials on both portions, and what to make of it."""
    yield Text(f"Study {found.name}", style="bold")
    yield _summary(found)
    if not found.feasible:
        yield from no_feasible_trial(found)
    shown = shown_trials(found)
    yield from _nothing_better(found)
    if shown:
        yield trials_table(found, shown)
        yield axes_table(found, shown)
    yield from gave_way(found)
    left = len(found.front) - sum(each in found.front for each in shown)
    if left > 0:
        yield Text(f"{left} more on the front: leaderboard search front {found.name}", style="dim")
    yield from selection_note(found)


def shown_trials(found: StoredStudy) -> list[TrialRecord]:
    """Trial 0 and the best ones, those that were scored on what was held out before others."""
    ends = [each for each in found.complete if each.finalist and each != found.baseline]
    best = [*ends, *found.front] or [each for each in [found.nearest_miss] if each]
    best.sort(key=lambda each: (not each.finalist, sum(each.losses), each.number))
    first = [found.baseline] if found.baseline else []
    return list({each.number: each for each in [*first, *best[: found.definition.finalists]]}.values())


def no_feasible_trial(found: StoredStudy) -> Iterator[RenderableType]:
    """That nothing keeps to all constraints, and how near the nearest comes."""
    yield Text("No feasible trial: none that is complete keeps to every constraint.", style="yellow")
    miss = found.nearest_miss
    if miss is None:
        return
    yield Text(f"Nearest miss: trial {miss.number} ({described(found, miss)})")
    compared = _of(found, found.baseline, Portion.SEARCH)
    for condition in found.goal.conditions:
        broken = excess(condition, found.searched.get(miss.number), compared)
        if broken is not None and (broken > 0 or (broken == 0 and condition.comparison.strict)):
            yield Text(f"  breaks {condition.text} by {quantity(broken, None, None, condition.term.unit)}")


def trials_table(found: StoredStudy, shown: Sequence[TrialRecord]) -> Table:
    """What is turned in each trial; what is looked for and what must hold, on both portions."""
    table = ruled_table("Trial 0 and the best")
    table.add_column("trial", overflow="fold")
    for heading in _PORTIONS.values():
        table.add_column(heading, overflow="fold")
    for trial in shown:
        feasible = "feasible" if trial.feasible else "not feasible"
        table.add_row(Text(f"{trial.number}: {described(found, trial)}", style="cyan"), Text(feasible))
        for name, cells in _aims(found, trial):
            table.add_row(Text(f"  {name}"), *map(Text, cells))
        for condition in found.goal.conditions:
            table.add_row(
                Text(f"  {condition.text}"), *(_kept(found, condition, trial, portion) for portion in _PORTIONS)
            )
    return table


def axes_table(found: StoredStudy, shown: Sequence[TrialRecord]) -> Table:
    """The utility of every axis with its bounds, on both portions."""
    table = ruled_table("Utility of each axis, 0 (worst) to 1 (best), with its bounds")
    table.add_column("trial", justify="right")
    table.add_column("portion", no_wrap=True)
    for axis in Axis:
        table.add_column(_HEADINGS[axis], justify="right", no_wrap=True)
    for trial in shown:
        for portion, name in _PORTIONS.items():
            scored = _of(found, trial, portion)
            if scored is not None:
                number = str(trial.number) if portion is Portion.SEARCH else ""
                table.add_row(number, name.removesuffix(" portion"), *(_utility(scored, axis) for axis in Axis))
    return table


def front_table(found: StoredStudy) -> Table:
    """The front with intervals, and how probably each of it is better than trial 0."""
    table = ruled_table("The front" if found.record.mode is StudyMode.PARETO else "The best")
    table.add_column("trial", overflow="fold")
    for heading in _PORTIONS.values():
        table.add_column(heading, overflow="fold")
    first = [found.baseline] if found.baseline else []
    for trial in {each.number: each for each in [*first, *found.front]}.values():
        table.add_row(Text(f"{trial.number}: {described(found, trial)}", style="cyan"), "")
        for name, cells in _losses(found, trial):
            table.add_row(Text(f"  {name}"), *map(Text, cells))
        if trial != found.baseline:
            chances = [dominance(found, trial, portion) for portion in _PORTIONS]
            shown = [UNKNOWN if each is None else f"{each:.2f}" for each in chances]
            table.add_row(Text("  P(it dominates trial 0)", style="dim"), *shown)
    return table


def every_trial_table(found: StoredStudy) -> Table:
    """One row a trial, in order: what became of it, its losses, and what is turned in it."""
    table = ruled_table(f"Losses: {'; '.join(found.goal.objectives)}")
    for heading in ("trial", "state", "losses"):
        table.add_column(heading, justify="right" if heading == "trial" else "left")
    table.add_column("what is turned, or why it went no further", overflow="fold")
    best = {each.number for each in found.front}
    for trial in found.trials:
        state = "not feasible" if trial.losses and not trial.feasible else trial.state.value
        losses = " ".join(f"{loss:.3f}" for loss in trial.losses) or UNKNOWN
        told = described(found, trial) + (f" · {trial.reason}" if trial.reason else "")
        style = "bold" if trial.number in best else _STYLES.get(trial.state, "")
        table.add_row(str(trial.number), state, losses, Text(told), style=style)
    return table


def outcome_parts(found: StoredStudy, option: str = "") -> Iterator[RenderableType]:
    """The end of a search: what came of it, next to trial 0, and where to look.

    Args:
        found: the study.
        option: what the commands need so as to find the store, if anything.
    """
    yield Text(f"\nStudy {found.name}: {_counted(found)}", style="bold")
    if not found.feasible:
        yield from no_feasible_trial(found)
    elif found.best is None or found.best == found.baseline:
        yield from _nothing_better(found)
    else:
        yield from _beside_the_first(found, found.best)
        yield from gave_way(found)
        yield from selection_note(found)
    if len(found.front) > 1:
        yield Text(f"The front has {len(found.front)} trials: leaderboard search front {found.name}")
    where = f" (each with {option})" if option else ""
    yield Text(
        f"\nWhere to look next{where}:\n"
        f"  leaderboard search show {found.name}\n"
        f"  leaderboard search best {found.name} --save recipe.yaml\n"
        f"  leaderboard search plot {found.name} --to plots",
        no_wrap=True,
        overflow="ignore",
    )


def selection_note(found: StoredStudy) -> Iterator[RenderableType]:
    """How much of what a search shows is owed to having looked for it."""
    best, first = found.best, found.baseline
    if best is None or best == first or best.number not in found.held_out or best.number not in found.searched:
        return
    said = f"trial {best.number} {_effects(selection_effect(found, best.number))}"
    if first is not None and first.number in found.held_out:
        said += f"; trial 0, which nobody chose, {_effects(selection_effect(found, first.number))}"
    if found.cheaper:
        said += f" ({', '.join(found.cheaper)}: in part because tasks are asked more cheaply while searching)"
    yield Text(
        "Selection: trials were chosen because they looked best on the search portion, which makes those numbers too "
        f"good. Utility there less that on held-out data: {said}. Go by the held-out numbers.",
        style="dim",
    )


def described(found: StoredStudy, trial: TrialRecord) -> str:
    """What is turned away from off."""
    levers = turned(found.definition.point_space, trial)
    return ", ".join(f"{name} {setting(value)}" for name, value in levers.items()) or "everything off"


def setting(value: Any) -> str:
    """The value of a lever, with the digits one reads."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _nothing_better(found: StoredStudy) -> Iterator[RenderableType]:
    if found.baseline is not None and found.front == (found.baseline,):
        yield Text("No trial is better than trial 0, the model with everything off.", style="yellow")


def _summary(found: StoredStudy) -> Table:
    asked = found.definition
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("model", Text(f"{found.record.model.source} on suite {asked.suite}, at most {asked.limit} a split"))
    table.add_row("looks for", Text(f"{found.record.mode}: {', '.join(found.goal.objectives)}"))
    for condition in found.goal.conditions:
        table.add_row("subject to", Text(condition.text))
    space = asked.point_space
    table.add_row("space", Text(f"{space.base}, {len(space.searched)} levers; sampler {asked.sampler}"))
    table.add_row("trials", Text(_counted(found)))
    for state in (TrialState.PRUNED, TrialState.FAILED):
        for reason, number in reasons(found, state):
            table.add_row("", Text(f"{state}: {reason} (×{number})", style="dim"))
    volumes = found.hypervolumes()
    if volumes:
        table.add_row("hypervolume", Text(f"{volumes[-1][1]:.4f}; {volumes[0][1]:.4f} after trial {volumes[0][0]}"))
    return table


def _counted(found: StoredStudy) -> str:
    number = counts(found)
    feasible = f" ({number['feasible']} feasible)" if found.goal.conditions else ""
    others = [f", {number[state.value]} {state}" for state in TrialState if state is not TrialState.COMPLETE]
    said = [each for each in others if not each.startswith(", 0 ")]
    return f"{number['all']} trials: {number['complete']} complete{feasible}{''.join(said)}"


def _aims(found: StoredStudy, trial: TrialRecord) -> list[tuple[str, list[str]]]:
    """What is looked for, by name, as texts for both portions; the value itself where the loss is one of a unit."""
    if found.record.mode is not StudyMode.CONSTRAINED:
        return _losses(found, trial)
    term = found.goal.terms[0]
    return [(str(term), [_value(term, _of(found, trial, portion)) for portion in _PORTIONS])]


def _losses(found: StoredStudy, trial: TrialRecord) -> list[tuple[str, list[str]]]:
    if found.record.mode is StudyMode.CONSTRAINED:
        return _aims(found, trial)
    scored = [_of(found, trial, portion) for portion in _PORTIONS]
    return [
        (name, [_loss(each.losses[place]) if each and each.losses else UNKNOWN for each in scored])
        for place, name in enumerate(found.goal.objectives)
    ]


def _beside_the_first(found: StoredStudy, trial: TrialRecord) -> Iterator[RenderableType]:
    yield Text(f"trial {trial.number}: {described(found, trial)}", style="cyan")
    firsts = _aims(found, found.baseline) if found.baseline else []
    for place, (name, (searched, held_out)) in enumerate(_aims(found, trial)):
        yield Text(f"  {name}: on the search portion {searched}, on held-out data {held_out}")
        if firsts:
            yield Text(f"    trial 0: {firsts[place][1][0]}, {firsts[place][1][1]}", style="dim")
    chance = dominance(found, trial, Portion.HELD_OUT)
    if chance is not None:
        yield Text(f"    better than trial 0 on held-out data with probability {chance:.2f}", style="dim")
    if broken := _broken(found, trial):
        yield Text(f"  On held-out data it breaks {broken}.", style="yellow")


def gave_way(found: StoredStudy) -> Iterator[RenderableType]:
    """Which trial looked better than the best, and why it is not the best."""
    if found.leading is not None and found.leading != found.best:
        yield Text(
            f"Trial {found.leading.number} looked better while searching, but on held-out data it breaks "
            f"{_broken(found, found.leading)}; the best is the first finalist that breaks no constraint there.",
            style="yellow",
        )


def _broken(found: StoredStudy, trial: TrialRecord) -> str:
    """The constraints that a trial breaks on what was held out."""
    scored = found.held_out.get(trial.number)
    violations = scored.violations if scored else {}
    return " and ".join(text for text, value in violations.items() if value is not None and value > 0)


def _of(found: StoredStudy, trial: TrialRecord | None, portion: Portion) -> Scored | None:
    if trial is None:
        return None
    return (found.searched if portion is Portion.SEARCH else found.held_out).get(trial.number)


def _kept(found: StoredStudy, condition: Condition, trial: TrialRecord, portion: Portion) -> Text:
    scored = _of(found, trial, portion)
    value = _value(condition.term, scored)
    if scored is None or scored.violations.get(condition.text) is None:
        return Text(value)
    broken = (scored.violations[condition.text] or 0) > 0
    return Text(f"{value} {'✗' if broken else '✓'}", style="red" if broken else "")


def _value(term: Term, scored: Scored | None) -> str:
    found = value_in_unit(term, scored)
    unit = "" if term.unit == UTILITY else term.unit
    return UNKNOWN if found.value is None else quantity(found.value, found.low, found.high, unit)


def _loss(loss: Uncertain) -> str:
    return quantity(loss.value, loss.low, loss.high, "")


def _utility(scored: Scored, axis: Axis) -> Text:
    found = scored.axes.get(axis)
    if found is None:
        return Text(UNKNOWN)
    low, high = (f"{end:.2f}".removeprefix("0") for end in (found.low, found.high))
    return Text(f"{found.value:.2f}\n{low}–{high}")


def _effects(effects: Mapping[Axis, float]) -> str:
    return ", ".join(f"{axis} {effect:+.3f}" for axis, effect in effects.items()) or "nothing known"
