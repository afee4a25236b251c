"""`leaderboard rank`: the subjects in order."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from leaderboard.axes.metric import Axis
from leaderboard.cli.options import OutputFormat, StoreUrl, Subjects, Suites, one_of
from leaderboard.errors import RequestError
from leaderboard.ranking.methods.method import Method
from leaderboard.reports.formats import Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from leaderboard.ranking.conditions import Condition
    from leaderboard.ranking.normalise import Anchors
    from leaderboard.ranking.rank_intervals import RankIntervals
    from leaderboard.ranking.suites import SuiteTable
    from leaderboard.ranking.utilities import Utilities
    from leaderboard.store.repository import Store

_SEED = 0


class Intervals(StrEnum):
    """Of what rank intervals are."""

    NONE = "none"
    WEIGHTS = "weights"
    EXAMPLES = "examples"


def rank(
    *,
    suite: Suites = None,
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task", metavar="NAME", help="Rank by this task, in one table with the others named. Repeatable."
        ),
    ] = None,
    subject: Subjects = None,
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="AXIS=W", help="Weight of an axis, 1 where not given. Repeatable."),
    ] = None,
    method: Annotated[Method, one_of(Method, "--method", "How axes become an order")] = Method.WEIGHTED,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="CONDITION",
            help="Only subjects that meet it, for instance 'privacy.leak_auc <= 0.55'; not measured fails. Repeatable.",
        ),
    ] = None,
    intervals: Annotated[
        Intervals,
        one_of(
            Intervals,
            "--intervals",
            "Ranks that 95 % of random weights give, or 95 % confidence intervals of ranks on other examples",
        ),
    ] = Intervals.NONE,
    output: OutputFormat = Format.TABLE,
    store: StoreUrl = None,
) -> None:
    """Order the subjects of each suite by their axes' utilities on fixed anchors."""
    from leaderboard.cli.stored import existing_store, ranking_tables_of, stored_estimates, without_failures
    from leaderboard.ranking.normalise import task_anchors
    from leaderboard.ranking.weighted import parse_weights
    from leaderboard.reports.formats import emit
    from leaderboard.reports.ranked import ranking_tables, readable_ranking
    from leaderboard.reports.suites import combined, hints
    from leaderboard.store.frames import task_definitions

    weights = parse_weights(weight or ())
    existing = existing_store(store)
    anchors = task_anchors(task_definitions(existing)) if existing else {}
    frame = without_failures(stored_estimates(existing))
    tables = ranking_tables_of(existing, frame, suites=suite, tasks=task, subjects=subject)
    rankings, notes = [], {}
    for table, conditions in _answered(tables, where or ()):
        found = _meeting(table, table.utilities(anchors), conditions)
        own = dict(zip(Axis, found.relative(weights).tolist(), strict=True))
        ranking = found.ranked(own, method=method)
        if method is Method.PARETO and not ranking.empty:
            ranking = _with_dominators(ranking, found, own)
        if intervals is not Intervals.NONE and existing and not ranking.empty:
            ranking = _with_intervals(
                ranking, found, own, method=method, kind=intervals, store=existing, table=table, anchors=anchors
            )
        rankings.append(ranking)
        notes[table.name] = hints(table, ranking)
    emit(
        combined(rankings, method),
        output,
        readable=readable_ranking,
        tables=lambda each: ranking_tables(each, method, notes),
    )


def _answered(
    tables: "Sequence[SuiteTable]", where: "Sequence[str]"
) -> "Iterator[tuple[SuiteTable, Sequence[Condition]]]":
    """The tables whose tasks answer the conditions, which are read for each; says of the others why they do not.

    Raises:
        RequestError: when no table answers them.
    """
    from leaderboard.ranking.filters import read_conditions

    errors = {}
    for table in tables:
        try:
            conditions = read_conditions(where, table.frame)
        except RequestError as error:
            errors[table.name] = error
            continue
        yield table, conditions
    if errors and len(errors) == len(tables):
        raise next(iter(errors.values()))
    for name, why in errors.items():
        typer.echo(f"left out: suite {name}: {why}", err=True)


def _meeting(table: "SuiteTable", found: "Utilities", conditions: "Sequence[Condition]") -> "Utilities":
    """Those of a table's subjects that meet the conditions; says of the others why they are left out."""
    from leaderboard.ranking.filters import kept, left_out

    reasons = left_out(table.frame, found, conditions)
    for subject, reason in reasons.items():
        typer.echo(f"left out: {subject}: {reason}", err=True)
    return found.only(kept(found, reasons))


_METHODS = "\n".join(f"  {each}: {each.summary}" for each in Method)
rank.__doc__ = f"""{rank.__doc__}

One table each suite: subjects are compared on the same tasks. Only those with every weighted axis are ranked.

leaderboard rank --suite demo --weight bias=3 --where "privacy.leak_auc <= 0.55" --intervals examples

\b
{_METHODS}
"""


def _with_dominators(ranking: "pd.DataFrame", found: "Utilities", weights: dict[Axis, float]) -> "pd.DataFrame":
    """The ranking by layers, with who dominates each subject most clearly, and how sure that is."""
    import numpy as np
    import pandas as pd

    from leaderboard.ranking.methods.layers import dominators
    from leaderboard.ranking.weighing import relative

    rng = np.random.default_rng(_SEED)
    each = dominators(found.values, found.low, found.high, relative(weights), rng)
    by = dict(zip(found.subjects, each, strict=True))
    clear = [by[subject] for subject in ranking["subject"]]
    return ranking.assign(
        dominated_by=pd.Series([found.subjects[one.by] if one else None for one in clear], dtype="str"),
        dominated_probability=[one.probability if one else float("nan") for one in clear],
    )


def _with_intervals(
    ranking: "pd.DataFrame",
    found: "Utilities",
    weights: dict[Axis, float],
    *,
    method: Method,
    kind: Intervals,
    store: "Store",
    table: "SuiteTable",
    anchors: "dict[tuple[str, str], Anchors]",
) -> "pd.DataFrame":
    """The ranking with the places that other weights or other examples would give."""
    import numpy as np

    from leaderboard.ranking.rank_intervals import DRAWS, over_examples, over_weights

    rng = np.random.default_rng(_SEED)
    order = {subject: place for place, subject in enumerate(found.subjects)}
    at = [order[subject] for subject in ranking["subject"]]
    if kind is Intervals.WEIGHTS:
        ends = over_weights(found.values, rng, weights=weights, method=method, below=found.below)
        return _beside_ranks(ranking, ends, at)

    from leaderboard.ranking.example_draws import example_draws
    from leaderboard.store.results import results_of

    results = [results_of(store, str(subject)) for subject in found.subjects]
    drawn = example_draws(results, rng, anchors=anchors, required=table.required, draws=DRAWS)
    ends = over_examples(drawn.values, values=found.values, weights=weights, method=method, below=found.below)
    ranking = _beside_ranks(ranking, ends, at)
    return ranking.assign(resampled=[f"{drawn.resampled[place]}/{drawn.numbers[place]}" for place in at])


def _beside_ranks(ranking: "pd.DataFrame", ends: "RankIntervals", at: list[int]) -> "pd.DataFrame":
    import pandas as pd

    return ranking.assign(
        rank_low=pd.Series(ends.low[at]).astype("Int64"), rank_high=pd.Series(ends.high[at]).astype("Int64")
    )
