"""Definitions of studies: everything that their results depend on, stored with the study."""

import operator
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, ValidationError

from leaderboard.axes.axis import PATTERN, Axis
from leaderboard.backends.precision import Precision
from leaderboard.data.strict import Strict
from leaderboard.errors import RequestError, reason_of
from leaderboard.invalid import explain
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.scalarisation import Scalarisation
from leaderboard.ranking.terms import Term
from leaderboard.store.records import StudyMode, StudyRecord, TrialRecord, TrialState
from leaderboard.studies.goals import Goal
from leaderboard.studies.names import LIMIT, VARIANTS, SamplerName
from leaderboard.studies.space import Space
from leaderboard.studies.study_suite import StudySuite, readable_tasks, with_study_suite
from leaderboard.tasks import Catalogue, Task

_UNREADABLE = "\n  No search of this program wrote that: restore a copy of the store, or name another with --store"
RUNGS = (64, 256)
"""Examples of each split that a trial is looked at with before it is measured in full."""


class Definition(Strict):
    """Definition of a study.

    Number of trials, time and processes are not part of it: a resumed search may have more.

    Attributes:
        model: reference of the model, as it was typed.
        dtype: precision that it is loaded in.
        suite: name of the tasks that its subjects are measured on.
        carried: these tasks, where the suite does not come with the program.
        mode: Kind of objective.
        terms: Terms of the objective.
        weights: of the terms, where they are weighted.
        scalarisation: how weighted losses become one.
        conditions: what must hold.
        space: Search space, as `Space.to_json` returns it.
        sampler: Optuna sampler.
        seed: of everything random.
        limit: at most this many examples of each split.
        rungs: of examples; a trial that is surely worse at one goes no further. None: every trial is measured in full.
        variants: points tried after each training that differ from it only in what follows training.
        finalists: at most this many trials are scored on what was held out.
        proportional: whether utilities of bias, privacy and explainability are in proportion to accuracy; not in
            studies that began before they were.
    """

    model: str
    dtype: Precision = Precision.AUTO
    suite: str
    carried: StudySuite | None = Field(default=None, exclude_if=operator.not_)
    mode: StudyMode
    terms: tuple[str, ...]
    weights: tuple[float, ...] = ()
    scalarisation: Scalarisation = Scalarisation.WEIGHTED_SUM
    conditions: tuple[str, ...] = ()
    space: dict[str, Any]
    sampler: SamplerName = SamplerName.AUTO
    seed: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1)] = LIMIT
    rungs: tuple[Annotated[int, Field(ge=1)], ...] = RUNGS
    variants: Annotated[int, Field(ge=0)] = VARIANTS
    finalists: Annotated[int, Field(ge=1)] = 8
    proportional: bool = False

    def goal(self, tasks: Mapping[str, Task]) -> Goal:
        """Return its objective, checked against the tasks of its suite.

        Raises:
            RequestError: for a term or condition that cannot be read, or that no task answers.
        """
        goal = Goal(
            self.mode,
            tuple(Term.parse(each, tasks, where="objective") for each in self.terms),
            self.weights,
            self.scalarisation,
            tuple(Condition.parse(each, tasks, where="--subject-to", unit_required=False) for each in self.conditions),
            self.proportional,
        )
        goal.check(tasks)
        return goal

    @property
    def suite_option(self) -> str:
        """Value of `--suite` for the same tasks: a name or a file."""
        return (self.carried and self.carried.file) or self.suite

    def tasks(self, catalogue: Catalogue) -> Mapping[str, Task]:
        """Return the tasks of its suite by name, for reading: no file has to exist.

        Raises:
            RequestError: For a suite of the program that does not exist any more.
        """
        return readable_tasks(catalogue, self.suite, self.carried)

    def measurable(self, catalogue: Catalogue) -> Catalogue:
        """Return the catalogue with its suite, ready to be measured.

        Raises:
            RequestError: when the suite's file is gone, or one of its tasks has changed since it began.
        """
        return with_study_suite(catalogue, self.suite, self.carried)

    @property
    def point_space(self) -> Space:
        """The search space."""
        return Space.from_json(self.space)


def stored_definition(record: StudyRecord) -> Definition:
    """Validate the definition of a study of a store, which may be untrusted.

    Raises:
        RequestError: naming the study, and what in its definition cannot be read.
    """
    place = f"study '{record.name}'"
    _check_installed(record.definition, place)
    try:
        definition = Definition.model_validate(dict(record.definition))
    except ValidationError as error:
        raise RequestError(explain(error, Definition, where=place).partition("\n")[0] + _UNREADABLE) from None
    try:
        sum(len(str(value)) for value in definition.point_space.off.values())
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
        reason = reason_of(error).partition("\n")[0][:200]
        raise RequestError(f"{place}: its space cannot be read ({reason}){_UNREADABLE}") from None
    return definition


def _check_installed(definition: Mapping[str, Any], place: str) -> None:
    """Refuse a definition with a task on an axis that no installed package declares.

    Raises:
        RequestError: which names the axis.
    """
    match definition.get("carried"):
        case {"tasks": list(tasks)}:
            for task in tasks:
                match task:
                    case {"axis": str(axis)} if re.fullmatch(PATTERN, axis) and axis not in Axis:
                        raise RequestError(
                            f"{place}: axis '{axis}' was measured with a plug-in that is not installed here\n"
                            "  Install the plug-in; until then `leaderboard search list` has the study's summary"
                        )


def checked_trials(tried: Sequence[TrialRecord], objectives: int) -> tuple[TrialRecord, ...]:
    """Validate the trials of a study of a store and return them.

    Raises:
        RequestError: for a complete one without a loss for each objective, or with a parameter that is no single value.
    """
    for each in tried:
        if each.state is TrialState.COMPLETE and len(each.losses) != objectives:
            raise RequestError(f"trial {each.number}: has {len(each.losses)} of {objectives} losses{_UNREADABLE}")
        for name, value in each.parameters.items():
            if not isinstance(value, str | int | float | None):
                raise RequestError(f"trial {each.number}: parameter {name[:80]!r} is no single value{_UNREADABLE}")
    return tuple(tried)


def weighted(text: str, alpha: float | None) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Parse the terms and weights of `--weighted` and `--alpha`.

    `--weighted accuracy=0.5,bias=0.2` gives each its weight. `--weighted L,T --alpha A` minimises
    A·L + (1 - A)·(1 - T), L being the loss 1 - utility of the first and T the utility of the second.

    Raises:
        RequestError: For a weight that is missing, negative or no number, or an alpha without two names.
    """
    parts = _parts(text, "--weighted")
    if alpha is not None:
        if len(parts) != 2 or any("=" in part for part in parts):  # noqa: PLR2004 - two objectives
            raise RequestError(f"--alpha needs two names: --weighted accuracy,bias --alpha {alpha:g}")
        if not 0 <= alpha <= 1:
            raise RequestError(f"--alpha {alpha:g}: has to lie between 0 and 1")
        return tuple(parts), (alpha, 1 - alpha)
    pairs = [part.partition("=") for part in parts]
    for name, equals, number in pairs:
        if not equals or not _is_weight(number):
            raise RequestError(
                f"--weighted {text}: '{name}{equals}{number}' has no weight\n"
                "  Valid: --weighted accuracy=0.5,bias=0.2, or --weighted accuracy,bias --alpha 0.7"
            )
    weights = tuple(float(number) for _, _, number in pairs)
    if not sum(weights):
        raise RequestError(f"--weighted {text}: all weights are 0; give at least one a positive weight")
    return tuple(name.strip() for name, _, _ in pairs), weights


def listed(text: str, flag: str) -> tuple[str, ...]:
    """Split terms that are separated by commas."""
    return tuple(_parts(text, flag))


def _parts(text: str, flag: str) -> Sequence[str]:
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise RequestError(f"{flag} {text}: a name is missing\n  Valid: {flag} accuracy,bias")
    return parts


def _is_weight(number: str) -> bool:
    try:
        return 0 <= float(number) < float("inf")
    except ValueError:
        return False
