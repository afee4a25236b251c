"""Tables of a search on a terminal: the objectives, the best trials, and how sure that is. Fits 80 columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from leaderboard import terminal
from leaderboard.axes.axis import Axis
from leaderboard.data.portions import Portion
from leaderboard.escapes import shell
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.terms import UTILITY, Term
from leaderboard.ranking.uncertain_loss import Uncertain
from leaderboard.reports.search_rows import counts, dominance, excess, reasons, turned, value_in_unit
from leaderboard.reports.tables import ruled_table
from leaderboard.store.records import StudyMode, TrialRecord, TrialState
from leaderboard.studies.finalists import selection_effect
from leaderboard.studies.stored_study import StoredStudy, TrialScores

_PORTIONS = {Portion.SEARCH: "search portion", Portion.HELD_OUT: "held-out data"}
_STYLES = {TrialState.PRUNED: "dim", TrialState.FAILED: "red"}


def print_all(parts: Iterable[RenderableType], console: Console | None = None) -> None:
    """Print some parts one after the other."""
    console = terminal.console() if console is None else console
    for part in parts:
        console.print(part, highlight=False)


def studies_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return a table with one row for each study.

    Args:
        rows: rows from `search_rows.overview_row`.
    """
    table = ruled_table()
    for heading in ("study", "model, suite", "objectives", "trials"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        objectives = "\n".join([f"{row['mode']}: {', '.join(row['terms'])}", *row["conditions"]])
        states = [f"{row[state.value]} {state}" for state in TrialState if row[state.value]]
        table.add_row(
            Text(row["study"], style="bold"),
            Text(f"{row['model']}\n{row['suite']}"),
            Text(objectives),
            "\n".join(states),
        )
    return table


def study_parts(study: StoredStudy) -> Iterator[RenderableType]:
    """Yield the objectives of a study, trial 0 and the best trials on both portions, and notes."""
    yield Text(f"Study {study.name}", style="bold")
    yield _summary(study)
    if not study.feasible:
        yield from no_feasible_trial(study)
    trials = listed_trials(study)
    yield from _nothing_better(study)
    if trials:
        yield trials_table(study, trials)
        yield axes_table(study, trials)
    yield from infeasible_leader(study)
    remaining = len(study.front) - sum(each in study.front for each in trials)
    if remaining > 0:
        yield Text(f"{remaining} more on the front: leaderboard search front {shell(study.name)}", style="dim")
    yield from selection_note(study)


def listed_trials(study: StoredStudy) -> list[TrialRecord]:
    """Return trial 0 and the best trials, with those scored on held-out data before others."""
    ends = [each for each in study.complete if each.finalist and each != study.baseline]
    best = [*ends, *study.front] or [each for each in [study.nearest_miss] if each]
    best.sort(key=lambda each: (not each.finalist, sum(each.losses), each.number))
    first = [study.baseline] if study.baseline else []
    return list({each.number: each for each in [*first, *best[: study.definition.finalists]]}.values())


def no_feasible_trial(study: StoredStudy) -> Iterator[RenderableType]:
    """Yield that no trial satisfies all constraints, and how near the nearest comes."""
    yield Text("No feasible trial: no complete trial satisfies every constraint.", style="yellow")
    miss = study.nearest_miss
    if miss is None:
        return
    yield Text(f"Nearest miss: trial {miss.number} ({described(study, miss)})")
    compared = _of(study, study.baseline, Portion.SEARCH)
    for condition in study.goal.conditions:
        broken = excess(condition, study.searched.get(miss.number), compared)
        if broken is not None and (broken > 0 or (broken == 0 and condition.comparison.strict)):
            yield Text(f"  breaks {condition.text} by {quantity(broken, None, None, condition.term.unit)}")


def trials_table(study: StoredStudy, trials: Sequence[TrialRecord]) -> Table:
    """Return what is changed in each trial, its objectives and its constraints, on both portions."""
    table = ruled_table("Trial 0 and the best")
    table.add_column("trial", overflow="fold")
    for heading in _PORTIONS.values():
        table.add_column(heading, overflow="fold")
    for trial in trials:
        feasible = "feasible" if trial.feasible else "not feasible"
        table.add_row(Text(f"{trial.number}: {described(study, trial)}", style="cyan"), Text(feasible))
        for name, cells in _aims(study, trial):
            table.add_row(Text(f"  {name}"), *map(Text, cells))
        for condition in study.goal.conditions:
            table.add_row(
                Text(f"  {condition.text}"),
                *(_condition_cell(study, condition, trial, portion) for portion in _PORTIONS),
            )
    return table


def axes_table(study: StoredStudy, trials: Sequence[TrialRecord]) -> Table:
    """Return the utility of every axis with its bounds, on both portions."""
    table = ruled_table("Utility of each axis, 0 (worst) to 1 (best), with its bounds")
    table.add_column("trial", justify="right")
    table.add_column("portion", no_wrap=True)
    for axis in Axis:
        table.add_column(axis.heading, justify="right", no_wrap=True)
    for trial in trials:
        for portion, name in _PORTIONS.items():
            scored = _of(study, trial, portion)
            if scored is not None:
                number = str(trial.number) if portion is Portion.SEARCH else ""
                table.add_row(number, name.removesuffix(" portion"), *(_utility(scored, axis) for axis in Axis))
    return table


def front_table(study: StoredStudy) -> Table:
    """Return the front with intervals, and the probability that each trial dominates trial 0."""
    table = ruled_table("The front" if study.record.mode is StudyMode.PARETO else "The best")
    table.add_column("trial", overflow="fold")
    for heading in _PORTIONS.values():
        table.add_column(heading, overflow="fold")
    first = [study.baseline] if study.baseline else []
    for trial in {each.number: each for each in [*first, *study.front]}.values():
        table.add_row(Text(f"{trial.number}: {described(study, trial)}", style="cyan"), "")
        for name, values in _losses(study, trial):
            table.add_row(Text(f"  {name}"), *map(Text, values))
        if trial != study.baseline:
            chances = [dominance(study, trial, portion) for portion in _PORTIONS]
            cells = [UNKNOWN if each is None else f"{each:.2f}" for each in chances]
            table.add_row(Text("  P(it dominates trial 0)", style="dim"), *cells)
    return table


def every_trial_table(study: StoredStudy) -> Table:
    """Return one row for each trial, in order: its state, its losses, and what is changed in it."""
    table = ruled_table(f"Losses: {'; '.join(study.goal.objectives)}")
    for heading in ("trial", "state", "losses"):
        table.add_column(heading, justify="right" if heading == "trial" else "left")
    table.add_column("settings that are not off, or why it stopped", overflow="fold")
    best = {each.number for each in study.front}
    for trial in study.trials:
        state = "not feasible" if trial.losses and not trial.feasible else trial.state.value
        losses = " ".join(f"{loss:.3f}" for loss in trial.losses) or UNKNOWN
        text = described(study, trial) + (f" · {trial.reason}" if trial.reason else "")
        style = "bold" if trial.number in best else _STYLES.get(trial.state, "")
        table.add_row(str(trial.number), state, losses, Text(text), style=style)
    return table


def outcome_parts(study: StoredStudy, option: str = "") -> Iterator[RenderableType]:
    """Yield the outcome of a search next to trial 0, and the commands that show more.

    Args:
        study: the study.
        option: option that the commands need to find the store, if any.
    """
    yield Text(f"\nStudy {study.name}: {_counted(study)}", style="bold")
    if not study.feasible:
        yield from no_feasible_trial(study)
    elif study.best is None or study.best == study.baseline:
        yield from _nothing_better(study)
    else:
        yield from _best_and_baseline(study, study.best)
        yield from infeasible_leader(study)
        yield from selection_note(study)
    if len(study.front) > 1:
        yield Text(f"The front has {len(study.front)} trials: leaderboard search front {shell(study.name)}")
    each_with = f" (each with {option})" if option else ""
    commands = [f"show {shell(study.name)}", f"plot {shell(study.name)} --to plots"]
    if study.best is not None:
        commands.insert(1, f"best {shell(study.name)} --save recipe.yaml")
    lines = [f"\nWhere to look next{each_with}:", *(f"  leaderboard search {each}" for each in commands)]
    yield Text("\n".join(lines), no_wrap=True, overflow="ignore")


def selection_note(study: StoredStudy) -> Iterator[RenderableType]:
    """Yield how much better the best trial looks because it was selected on the search portion."""
    best, first = study.best, study.baseline
    if best is None or best == first or best.number not in study.held_out or best.number not in study.searched:
        return
    effects_text = f"trial {best.number} {_effects(selection_effect(study, best.number))}"
    if first is not None and first.number in study.held_out:
        effects_text += f"; trial 0, which was not selected, {_effects(selection_effect(study, first.number))}"
    if study.cheaper:
        effects_text += f" ({', '.join(study.cheaper)}: in part because searches measure tasks more cheaply)"
    yield Text(
        "Selection: trials were selected for their numbers on the search portion, which makes those numbers "
        f"optimistic. Utility there minus that on held-out data: {effects_text}. Use the held-out numbers.",
        style="dim",
    )


def described(study: StoredStudy, trial: TrialRecord) -> str:
    """Return the settings of a trial that are not off."""
    levers = turned(study.definition.point_space, trial)
    return ", ".join(f"{name} {setting(value)}" for name, value in levers.items()) or "everything off"


def setting(value: Any) -> str:
    """Return the value of a lever as text, with few digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _nothing_better(study: StoredStudy) -> Iterator[RenderableType]:
    if study.baseline is not None and study.front == (study.baseline,):
        yield Text("No trial is better than trial 0, the model with everything off.", style="yellow")


def _summary(study: StoredStudy) -> Table:
    definition = study.definition
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row(
        "model", Text(f"{study.record.model.source} on suite {definition.suite}, at most {definition.limit} a split")
    )
    table.add_row("objectives", Text(f"{study.record.mode}: {', '.join(study.goal.objectives)}"))
    for condition in study.goal.conditions:
        table.add_row("subject to", Text(condition.text))
    space = definition.point_space
    table.add_row("space", Text(f"{space.base}, {len(space.searched)} levers; sampler {definition.sampler}"))
    table.add_row("trials", Text(_counted(study)))
    for state in (TrialState.PRUNED, TrialState.FAILED):
        for reason, number in reasons(study, state):
            table.add_row("", Text(f"{state}: {reason} (×{number})", style="dim"))
    volumes = study.hypervolumes()
    if volumes:
        table.add_row("hypervolume", Text(f"{volumes[-1][1]:.4f}; {volumes[0][1]:.4f} after trial {volumes[0][0]}"))
    return table


def _counted(study: StoredStudy) -> str:
    number = counts(study)
    feasible = f" ({number['feasible']} feasible)" if study.goal.conditions else ""
    other_states = [f", {number[state.value]} {state}" for state in TrialState if state is not TrialState.COMPLETE]
    present = [each for each in other_states if not each.startswith(", 0 ")]
    return f"{number['all']} trials: {number['complete']} complete{feasible}{''.join(present)}"


def _aims(study: StoredStudy, trial: TrialRecord) -> list[tuple[str, list[str]]]:
    """Return the objectives by name, as texts for both portions; the value itself if the loss is one of a unit."""
    if study.record.mode is not StudyMode.CONSTRAINED:
        return _losses(study, trial)
    term = study.goal.terms[0]
    return [(str(term), [_value(term, _of(study, trial, portion)) for portion in _PORTIONS])]


def _losses(study: StoredStudy, trial: TrialRecord) -> list[tuple[str, list[str]]]:
    if study.record.mode is StudyMode.CONSTRAINED:
        return _aims(study, trial)
    scored = [_of(study, trial, portion) for portion in _PORTIONS]
    return [
        (name, [_loss(each.losses[place]) if each and each.losses else UNKNOWN for each in scored])
        for place, name in enumerate(study.goal.objectives)
    ]


def _best_and_baseline(study: StoredStudy, trial: TrialRecord) -> Iterator[RenderableType]:
    yield Text(f"trial {trial.number}: {described(study, trial)}", style="cyan")
    baseline_aims = _aims(study, study.baseline) if study.baseline else []
    for place, (name, (on_search, on_held_out)) in enumerate(_aims(study, trial)):
        yield Text(f"  {name}: on the search portion {on_search}, on held-out data {on_held_out}")
        if baseline_aims:
            yield Text(f"    trial 0: {baseline_aims[place][1][0]}, {baseline_aims[place][1][1]}", style="dim")
    chance = dominance(study, trial, Portion.HELD_OUT)
    if chance is not None:
        yield Text(f"    better than trial 0 on held-out data with probability {chance:.2f}", style="dim")
    if broken := _broken(study, trial):
        yield Text(f"  On held-out data it breaks {broken}.", style="yellow")


def infeasible_leader(study: StoredStudy) -> Iterator[RenderableType]:
    """Yield which trial looked better than the best, and which constraint it breaks on held-out data."""
    if study.leading is not None and study.leading != study.best:
        yield Text(
            f"Trial {study.leading.number} looked better while searching, but on held-out data it breaks "
            f"{_broken(study, study.leading)}; the best is the first finalist that breaks no constraint there.",
            style="yellow",
        )


def _broken(study: StoredStudy, trial: TrialRecord) -> str:
    """Return the constraints that a trial breaks on held-out data."""
    scored = study.held_out.get(trial.number)
    violations = scored.violations if scored else {}
    return " and ".join(text for text, value in violations.items() if value is not None and value > 0)


def _of(study: StoredStudy, trial: TrialRecord | None, portion: Portion) -> TrialScores | None:
    if trial is None:
        return None
    return (study.searched if portion is Portion.SEARCH else study.held_out).get(trial.number)


def _condition_cell(study: StoredStudy, condition: Condition, trial: TrialRecord, portion: Portion) -> Text:
    scored = _of(study, trial, portion)
    value = _value(condition.term, scored)
    if scored is None or scored.violations.get(condition.text) is None:
        return Text(value)
    broken = (scored.violations[condition.text] or 0) > 0
    return Text(f"{value} {'✗' if broken else '✓'}", style="red" if broken else "")


def _value(term: Term, scored: TrialScores | None) -> str:
    estimate = value_in_unit(term, scored)
    unit = "" if term.unit == UTILITY else term.unit
    return UNKNOWN if estimate.value is None else quantity(estimate.value, estimate.low, estimate.high, unit)


def _loss(loss: Uncertain) -> str:
    return quantity(loss.value, loss.low, loss.high, "")


def _utility(scored: TrialScores, axis: Axis) -> Text:
    utility = scored.axes.get(axis)
    if utility is None:
        return Text(UNKNOWN)
    low, high = (f"{end:.2f}".removeprefix("0") for end in (utility.low, utility.high))
    return Text(f"{utility.value:.2f}\n{low}–{high}")


def _effects(effects: Mapping[Axis, float]) -> str:
    return ", ".join(f"{axis} {effect:+.3f}" for axis, effect in effects.items()) or "nothing known"
