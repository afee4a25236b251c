"""Suites: one table of subjects for each set of tasks that belongs together.

A ranking compares subjects that were measured on the same tasks. Which suite an evaluation belongs to follows from its
task and from the task that its subject was adapted to: a subject that learned `movies` and answered `shift_movies` is
in the suite `demo`, whose tasks are about `movies`. What belongs to no suite of the program is together where it is
about one task: a task file with its own training data, and the tasks with `adapt_to` of it. So English and Chinese
subjects, and a task that was run by mistake, never meet in one table, unless somebody names its tasks (`chosen_table`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.errors import NotMeasurableError, RequestError, unknown_name
from leaderboard.ranking.counted_estimates import Pairs, headline_pairs
from leaderboard.ranking.ranked_suites import RankedSuite, bundled_suites, suite_names, suites_of_store
from leaderboard.ranking.utilities import Utilities, utilities
from leaderboard.ranking.utility_scale import UtilityAnchors
from leaderboard.ranking.weights import AXES
from leaderboard.seeds.groups import SeedGroup
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import adapted_subjects, task_definitions
from leaderboard.store.repository import Store

Definitions = Mapping[str, Mapping[str, Any]]
OTHER = "other"
"""Name of the table of tasks that are about no known task."""


@dataclass(frozen=True, slots=True)
class SuiteTable:
    """The subjects of one table, and the numbers they are ranked by.

    Attributes:
        name: of the suite, or of the task that its tasks are about.
        frame: estimates of these subjects on the tasks of the table.
        required: (task, metric) of all that is ranked by.
        axes: those that the table asks about.
        aside: tasks that these subjects were measured on and that do not count here.
    """

    name: str
    frame: pd.DataFrame
    required: Pairs
    axes: tuple[Axis, ...] = AXES
    aside: tuple[str, ...] = ()

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks that are ranked by, by axis."""
        order = {task: AXES.index(METRICS[metric].axis) for task, metric in sorted(self.required)}
        return tuple(sorted(order, key=lambda task: (order[task], task)))

    def utilities(self, anchors: Mapping[tuple[str, str], UtilityAnchors]) -> Utilities:
        """Return the utilities of the table's subjects, with the anchors that tasks override."""
        return utilities(self.frame, anchors, required=self.required, axes=self.axes, suite=self.name)

    def only(self, subjects: Collection[str]) -> "SuiteTable":
        """Return the same table with some of its subjects."""
        return replace(self, frame=self.frame[self.frame["subject"].isin(list(subjects))].reset_index(drop=True))


@dataclass
class Grouping:
    """The tables that each task of a subject belongs to.

    Attributes:
        suites: of the program.
        definitions: task files as JSON, by name.
    """

    suites: Sequence[RankedSuite]
    definitions: Definitions
    _names: dict[tuple[str | None, frozenset[str]], dict[str, tuple[str, ...]]] = field(default_factory=dict)

    def names(self, adapt_to: str | None, tasks: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the names of the tables of each task of a subject.

        Args:
            adapt_to: the task that it was adapted to; None where nobody recorded one.
            tasks: all that it was measured on.
        """
        key = (adapt_to, tasks)
        if key not in self._names:
            suites = self._candidates(adapt_to, tasks)
            of_suites = {task: tuple(suite.name for suite in suites if task in suite.tasks) for task in tasks}
            own_tables = tuple(dict.fromkeys(name for task in sorted(tasks) for name in of_suites[task])) or (OTHER,)
            self._names[key] = {task: of_suites[task] or self._about(adapt_to, task, own_tables) for task in tasks}
        return self._names[key]

    def _candidates(self, adapt_to: str | None, tasks: frozenset[str]) -> list[RankedSuite]:
        if adapt_to is not None:
            return [suite for suite in self.suites if suite.adapt_to == adapt_to]
        shared = {suite.name: len(suite.tasks & tasks) for suite in self.suites}
        largest = max(shared.values(), default=0)
        return [suite for suite in self.suites if largest and shared[suite.name] == largest]

    def _about(self, adapt_to: str | None, task: str, own_tables: tuple[str, ...]) -> tuple[str, ...]:
        """Return the task that a task outside of every suite is about; if unknown, the subject's own tables."""
        definition = self.definitions.get(task) or {}
        if definition.get("adapt_to"):
            return (str(definition["adapt_to"]),)
        if adapt_to is None or any(suite.adapt_to == adapt_to for suite in self.suites):
            return (task,) if definition.get("protocol") else own_tables
        return (adapt_to,)


def stored_tables(
    store: Store, frame: pd.DataFrame, names: Sequence[str] = (), *, groups: Sequence[SeedGroup] = ()
) -> list[SuiteTable]:
    """Return the tables of a store's estimates, all or those of some suites, as `suite_tables` makes them.

    Args:
        store: where the estimates are from.
        frame: its estimates.
        names: of suites, or paths of their files; none for all.
        groups: those that are subjects of the frame, where it is over seeds.

    Raises:
        RequestError: for a name that no table has.
    """
    suites = suites_of_store(store, names)
    adapted = {**adapted_subjects(store), **{each.label: each.adapt_to for each in groups}}
    tables = suite_tables(frame, adapted, task_definitions(store), suites)
    return tables_called(tables, suite_names(names))


def suite_tables(
    frame: pd.DataFrame, adapted: Mapping[str, str | None], definitions: Definitions, suites: Sequence[RankedSuite]
) -> list[SuiteTable]:
    """Return one table for each suite in a frame, those of the program first and in their order.

    A table of a suite ranks by all tasks of the suite, measured or not, and by the axes that they are of. Any other
    ranks by every task that one of its subjects was measured on, and by all six axes.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
        adapted: the task that each subject was adapted to, by its label.
        definitions: task files as JSON, by name.
        suites: of the program.
    """
    if frame.empty:
        return []
    grouping = Grouping(suites, definitions)
    subjects, labels = pd.factorize(frame["subject"])
    tasks, names = pd.factorize(frame["task"])
    of_row = subjects.astype(np.int64) * len(names) + tasks
    pairs, inverse = np.unique(of_row, return_inverse=True)
    measured: dict[int, list[int]] = {}
    for pair in pairs.tolist():
        measured.setdefault(pair // len(names), []).append(pair % len(names))
    tables: dict[str, list[int]] = {}
    aside: dict[str, dict[str, None]] = {}
    for subject, its in measured.items():
        label = str(labels[subject])
        tables_of_task = grouping.names(adapted.get(label), frozenset(str(names[task]) for task in its))
        for task in its:
            for table in tables_of_task[str(names[task])]:
                tables.setdefault(table, []).append(subject * len(names) + task)
        everything = {table for each in tables_of_task.values() for table in each}
        for table in everything:
            aside.setdefault(table, {}).update(dict.fromkeys(t for t, of in tables_of_task.items() if table not in of))
    suites_by_name = {suite.name: suite for suite in suites}
    order = [name for name in suites_by_name if name in tables] + sorted(
        name for name in tables if name not in suites_by_name
    )
    result = []
    for name in order:
        rows = frame[np.isin(pairs, tables[name])[inverse]].reset_index(drop=True)
        required = suites_by_name[name].pairs if name in suites_by_name else headline_pairs(rows)
        axes = _axes(required) if name in suites_by_name else AXES
        result.append(SuiteTable(name, rows, required, axes, tuple(aside[name])))
    return result


@dataclass(frozen=True, slots=True)
class SuiteMembership:
    """The suite of one subject, and the numbers that it is judged by.

    Attributes:
        suite: name of the suite.
        required: (task, metric) of all that it ranks by; None where it is no suite of the program.
        tasks: of the subject, those that are in it.
    """

    suite: str
    required: Pairs | None
    tasks: frozenset[str]


def suite_of(
    adapt_to: str | None, definitions: Definitions, suites: Sequence[RankedSuite] | None = None
) -> SuiteMembership:
    """Return the suite that one subject belongs to.

    Args:
        adapt_to: the task that it was adapted to; None where nobody recorded one.
        definitions: the tasks that it was measured on, as JSON by name.
        suites: those that it may belong to; None for those that come with the program.

    Raises:
        NotMeasurableError: when its tasks are of several suites, so that no axis is one of them.
    """
    suites = bundled_suites() if suites is None else suites
    tasks = frozenset(definitions)
    tables: dict[str, set[str]] = {}
    for task, names in Grouping(suites, definitions).names(adapt_to, tasks).items():
        for name in names:
            tables.setdefault(name, set()).add(task)
    pairs_of_suite = {suite.name: suite.pairs for suite in suites}
    chosen = [name for name in tables if name in pairs_of_suite] or list(tables)
    if len(chosen) > 1:
        raise NotMeasurableError(
            f"its tasks are of several suites ({', '.join(sorted(chosen))}), whose axes are different; "
            "name a metric of one task instead of an axis"
        )
    if not chosen:
        raise NotMeasurableError("no task was run")
    return SuiteMembership(chosen[0], pairs_of_suite.get(chosen[0]), frozenset(tables[chosen[0]]))


def chosen_table(frame: pd.DataFrame, tasks: Sequence[str], *, name: str = "") -> SuiteTable:
    """Return one table of exactly these tasks, whatever suite they belong to; its axes are theirs.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
        tasks: names of the tasks.
        name: of the table; that of the tasks where empty.

    Raises:
        RequestError: for a task without estimates in the frame.
    """
    measured = set(frame["task"])
    for task in tasks:
        if task not in measured:
            raise unknown_name("task", task, measured, where="--task", see="leaderboard results")
    rows = frame[frame["task"].isin(list(tasks))].reset_index(drop=True)
    required = headline_pairs(rows)
    return SuiteTable(name or " + ".join(dict.fromkeys(tasks)), rows, required, _axes(required))


def tables_called(tables: Sequence[SuiteTable], names: Sequence[str]) -> list[SuiteTable]:
    """Return the tables with these names, or all of them without names.

    Raises:
        RequestError: for a name that no table has.
    """
    tables_by_name = {table.name: table for table in tables}
    for name in names:
        if name not in tables_by_name:
            raise unknown_name("suite", name, tables_by_name, where="--suite", see="leaderboard results")
    return [tables_by_name[name] for name in dict.fromkeys(names)] if names else list(tables)


def shared_tasks(table: SuiteTable) -> tuple[str, ...]:
    """Return the tasks of a table on which every subject was measured with as many examples as metrics need."""
    subjects = set(table.frame["subject"])
    enough = table.frame["n"] >= [
        METRICS[metric].minimum_n if metric in METRICS else 0 for metric in table.frame["metric"]
    ]
    measured = table.frame[table.frame["headline"] & (table.frame["status"] == Status.MEASURED.value) & enough]
    has: dict[tuple[str, str], set[str]] = {}
    for subject, task, metric in measured[["subject", "task", "metric"]].itertuples(index=False):
        has.setdefault((task, metric), set()).add(subject)
    lacking = {task for task, metric in table.required if has.get((task, metric)) != subjects}
    return tuple(task for task in table.tasks if task not in lacking)


def in_suites(frame: pd.DataFrame, tables: Iterable[SuiteTable]) -> pd.DataFrame:
    """Return the rows of a frame that are in one of some tables, in the order of the frame."""
    pairs = {pair for table in tables for pair in zip(table.frame["subject"], table.frame["task"], strict=True)}
    selected = [pair in pairs for pair in zip(frame["subject"], frame["task"], strict=True)]
    return frame[selected].reset_index(drop=True)


def only_table(tables: Sequence[SuiteTable], *, where: str) -> SuiteTable:
    """Return the only table.

    Raises:
        RequestError: when there are several, naming them.
    """
    if len(tables) != 1:
        names = ", ".join(table.name for table in tables)
        raise RequestError(f"{where}: the results are of several suites\n  Name one with --suite: {names}")
    return tables[0]


def _axes(pairs: Pairs) -> tuple[Axis, ...]:
    measured_axes = {METRICS[metric].axis for _, metric in pairs}
    return tuple(axis for axis in AXES if axis in measured_axes) or AXES
