"""Suites: one table of subjects for each set of tasks that belongs together.

A ranking compares subjects that were asked the same. Which suite an evaluation belongs to follows from its task and
from the task that its subject was adapted to: a subject that learned `movies` and answered `shift_movies` is in the
suite `demo`, whose tasks are about `movies`. What belongs to no suite of the program is together where it is about one
task: a task file with its own training data, and the tasks with `adapt_to` of it. So English and Chinese subjects, and
a task that was run by mistake, never meet in one table, unless somebody names its tasks (`chosen_table`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis
from leaderboard.errors import NotMeasurableError, RequestError, unknown_name
from leaderboard.ranking.counted import Pairs
from leaderboard.ranking.normalise import Anchors
from leaderboard.ranking.utilities import Utilities, utilities
from leaderboard.ranking.weighing import AXES
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import adapted_subjects, task_definitions
from leaderboard.store.repository import Store
from leaderboard.tasks import Catalogue, default_catalogue

Definitions = Mapping[str, Mapping[str, Any]]
OTHER = "other"
"""Table of tasks of which nothing tells what they are about."""


@dataclass(frozen=True, slots=True)
class KnownSuite:
    """A suite of the program.

    Attributes:
        name: of the suite.
        adapt_to: the task that its subjects are adapted to.
        pairs: (task, metric) of all that it ranks by.
    """

    name: str
    adapt_to: str
    pairs: frozenset[tuple[str, str]]

    @property
    def tasks(self) -> frozenset[str]:
        """Names of its tasks."""
        return frozenset(task for task, _ in self.pairs)


@dataclass(frozen=True, slots=True)
class SuiteTable:
    """The subjects of one table, and what they are ranked by.

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

    def utilities(self, anchors: Mapping[tuple[str, str], Anchors]) -> Utilities:
        """The utilities of its subjects; of `anchors` those that tasks override."""
        return utilities(self.frame, anchors, required=self.required, axes=self.axes, suite=self.name)

    def only(self, subjects: Collection[str]) -> "SuiteTable":
        """The same table of some of its subjects."""
        return replace(self, frame=self.frame[self.frame["subject"].isin(list(subjects))].reset_index(drop=True))


@cache
def bundled_suites() -> tuple[KnownSuite, ...]:
    """The suites that come with the program."""
    return tuple(known_suites(default_catalogue()))


def known_suites(catalogue: Catalogue) -> list[KnownSuite]:
    """The suites of the program, by name."""
    return [
        KnownSuite(
            suite.name,
            suite.adapt_to,
            frozenset(
                (name, metric)
                for name in suite.tasks
                for metric in catalogue.task(name).metrics
                if METRICS[metric].headline
            ),
        )
        for suite in catalogue.suites.values()
    ]


@dataclass
class Grouping:
    """Which table each task of a subject belongs to.

    Attributes:
        suites: of the program.
        definitions: task files as JSON, by name.
    """

    suites: Sequence[KnownSuite]
    definitions: Definitions
    _known: dict[tuple[str | None, frozenset[str]], dict[str, tuple[str, ...]]] = field(default_factory=dict)

    def names(self, adapt_to: str | None, tasks: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
        """The names of the tables of each task of a subject.

        Args:
            adapt_to: the task that it was adapted to; None where nobody recorded one.
            tasks: all that it was measured on.
        """
        key = (adapt_to, tasks)
        if key not in self._known:
            suites = self._candidates(adapt_to, tasks)
            of_suites = {task: tuple(suite.name for suite in suites if task in suite.tasks) for task in tasks}
            here = tuple(dict.fromkeys(name for task in sorted(tasks) for name in of_suites[task])) or (OTHER,)
            self._known[key] = {task: of_suites[task] or self._about(adapt_to, task, here) for task in tasks}
        return self._known[key]

    def _candidates(self, adapt_to: str | None, tasks: frozenset[str]) -> list[KnownSuite]:
        if adapt_to is not None:
            return [suite for suite in self.suites if suite.adapt_to == adapt_to]
        shared = {suite.name: len(suite.tasks & tasks) for suite in self.suites}
        most = max(shared.values(), default=0)
        return [suite for suite in self.suites if most and shared[suite.name] == most]

    def _about(self, adapt_to: str | None, task: str, others: tuple[str, ...]) -> tuple[str, ...]:
        """The task that a task outside of every suite is about; where nothing tells, it goes with the `others`."""
        definition = self.definitions.get(task) or {}
        if definition.get("adapt_to"):
            return (str(definition["adapt_to"]),)
        if adapt_to is None or any(suite.adapt_to == adapt_to for suite in self.suites):
            return (task,) if definition.get("protocol") else others
        return (adapt_to,)


def stored_tables(store: Store, frame: pd.DataFrame) -> list[SuiteTable]:
    """The tables of some estimates of a store; see `suite_tables`."""
    return suite_tables(frame, adapted_subjects(store), task_definitions(store), bundled_suites())


def suite_tables(
    frame: pd.DataFrame, adapted: Mapping[str, str | None], definitions: Definitions, suites: Sequence[KnownSuite]
) -> list[SuiteTable]:
    """One table for each suite that anything in a frame belongs to: those of the program first, in their order.

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
    pairs, which = np.unique(of_row, return_inverse=True)
    measured: dict[int, list[int]] = {}
    for pair in pairs.tolist():
        measured.setdefault(pair // len(names), []).append(pair % len(names))
    tables: dict[str, list[int]] = {}
    aside: dict[str, dict[str, None]] = {}
    for subject, its in measured.items():
        label = str(labels[subject])
        found = grouping.names(adapted.get(label), frozenset(str(names[task]) for task in its))
        for task in its:
            for table in found[str(names[task])]:
                tables.setdefault(table, []).append(subject * len(names) + task)
        everything = {table for each in found.values() for table in each}
        for table in everything:
            aside.setdefault(table, {}).update(dict.fromkeys(t for t, of in found.items() if table not in of))
    known = {suite.name: suite for suite in suites}
    order = [name for name in known if name in tables] + sorted(name for name in tables if name not in known)
    made = []
    for name in order:
        rows = frame[np.isin(pairs, tables[name])[which]].reset_index(drop=True)
        required = known[name].pairs if name in known else _asked(rows)
        axes = _axes(required) if name in known else AXES
        made.append(SuiteTable(name, rows, required, axes, tuple(aside[name])))
    return made


@dataclass(frozen=True, slots=True)
class Asked:
    """What one subject is judged by.

    Attributes:
        suite: name of the suite.
        required: (task, metric) of all that it ranks by; None where it is no suite of the program.
        tasks: of the subject, those that are in it.
    """

    suite: str
    required: Pairs | None
    tasks: frozenset[str]


def suite_of(adapt_to: str | None, definitions: Definitions) -> Asked:
    """The suite that one subject belongs to.

    Args:
        adapt_to: the task that it was adapted to; None where nobody recorded one.
        definitions: the tasks that it was measured on, as JSON by name.

    Raises:
        NotMeasurableError: when its tasks are of several suites, so that no axis is one of them.
    """
    tasks = frozenset(definitions)
    tables: dict[str, set[str]] = {}
    for task, names in Grouping(bundled_suites(), definitions).names(adapt_to, tasks).items():
        for name in names:
            tables.setdefault(name, set()).add(task)
    known = {suite.name: suite.pairs for suite in bundled_suites()}
    chosen = [name for name in tables if name in known] or list(tables)
    if len(chosen) > 1:
        raise NotMeasurableError(
            f"its tasks are of several suites ({', '.join(sorted(chosen))}), whose axes are different; "
            "name a metric of one task instead of an axis"
        )
    if not chosen:
        raise NotMeasurableError("no task was run")
    return Asked(chosen[0], known.get(chosen[0]), frozenset(tables[chosen[0]]))


def chosen_table(frame: pd.DataFrame, tasks: Sequence[str], *, name: str = "") -> SuiteTable:
    """One table of exactly these tasks, whatever suite they belong to; its axes are theirs.

    Args:
        frame: estimates with the columns of `leaderboard.store.frames.estimates_frame`.
        tasks: their names; unknown ones are refused.
        name: of the table; that of the tasks where empty.

    Raises:
        RequestError: for a task that nothing in the frame is of.
    """
    known = set(frame["task"])
    for task in tasks:
        if task not in known:
            raise unknown_name("task", task, known, where="--task", see="leaderboard results")
    rows = frame[frame["task"].isin(list(tasks))].reset_index(drop=True)
    required = _asked(rows)
    return SuiteTable(name or " + ".join(dict.fromkeys(tasks)), rows, required, _axes(required))


def named_tables(tables: Sequence[SuiteTable], names: Sequence[str]) -> list[SuiteTable]:
    """The tables of these names; all of them where none is named.

    Raises:
        RequestError: for a name that no table has.
    """
    known = {table.name: table for table in tables}
    for name in names:
        if name not in known:
            raise unknown_name("suite", name, known, where="--suite", see="leaderboard results")
    return [known[name] for name in dict.fromkeys(names)] if names else list(tables)


def shared_tasks(table: SuiteTable) -> tuple[str, ...]:
    """The tasks of a table on which every one of its subjects was measured with as many examples as metrics need."""
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
    """The rows of a frame that are in one of some tables, in the order of the frame."""
    wanted = {pair for table in tables for pair in zip(table.frame["subject"], table.frame["task"], strict=True)}
    kept = [pair in wanted for pair in zip(frame["subject"], frame["task"], strict=True)]
    return frame[kept].reset_index(drop=True)


def check_one(tables: Sequence[SuiteTable], *, where: str) -> SuiteTable:
    """The only table.

    Raises:
        RequestError: when there are several, naming them.
    """
    if len(tables) != 1:
        names = ", ".join(table.name for table in tables)
        raise RequestError(f"{where}: the results are of several suites\n  Name one with --suite: {names}")
    return tables[0]


def _asked(rows: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """(task, metric) of every headline number that somebody was asked for, measured or not."""
    headlines = rows.loc[rows["headline"], ["task", "metric"]].drop_duplicates()
    return frozenset(pair for pair in headlines.itertuples(index=False, name=None) if pair[1] in METRICS)


def _axes(pairs: Pairs) -> tuple[Axis, ...]:
    found = {METRICS[metric].axis for _, metric in pairs}
    return tuple(axis for axis in AXES if axis in found) or AXES
