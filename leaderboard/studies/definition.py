"""Definition: everything that a search was asked for and that its numbers depend on; kept with it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from leaderboard.data.specification import Strict
from leaderboard.errors import RequestError
from leaderboard.models.precision import Precision
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.scalarise import Scalarisation
from leaderboard.ranking.terms import Term
from leaderboard.store.records import StudyMode
from leaderboard.studies.goals import Goal
from leaderboard.studies.names import LIMIT, VARIANTS, SamplerName
from leaderboard.studies.space import Space
from leaderboard.tasks import Catalogue, Task

RUNGS = (64, 256)
"""Examples of each split that a trial is looked at with before it is measured in full."""


class Definition(Strict):
    """What a search was asked for.

    How many trials, how long and in how many processes is not among it: a search that goes on may be given more.

    Attributes:
        model: reference of the model, as it was typed.
        dtype: precision that it is loaded in.
        suite: tasks that its subjects are measured on.
        mode: what is looked for.
        terms: what counts.
        weights: of the terms, where they are weighted.
        scalarisation: how weighted losses become one.
        conditions: what must hold.
        space: as `Space.to_json` tells it.
        sampler: who proposes points.
        seed: of everything random.
        limit: at most this many examples of each split.
        rungs: of examples; a trial that is surely worse at one goes no further. None: every trial is measured in full.
        variants: points tried after each training that differ from it only in what follows training.
        finalists: at most this many trials are scored on what was held out.
    """

    model: str
    dtype: Precision = Precision.AUTO
    suite: str
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

    def goal(self, tasks: Mapping[str, Task]) -> Goal:
        """What it looks for, checked against the tasks of its suite.

        Raises:
            RequestError: for a term or condition that cannot be read, or that no task answers.
        """
        goal = Goal(
            self.mode,
            tuple(Term.parse(each, tasks, where="what is looked for") for each in self.terms),
            self.weights,
            self.scalarisation,
            tuple(Condition.parse(each, tasks, where="--subject-to", unit_required=False) for each in self.conditions),
        )
        goal.check(tasks)
        return goal

    @property
    def point_space(self) -> Space:
        """The space, made again."""
        return Space.from_json(self.space)


def suite_tasks(catalogue: Catalogue, suite: str) -> dict[str, Task]:
    """The tasks of a suite, by name."""
    return {name: catalogue.task(name) for name in catalogue.suite(suite).tasks}


def weighted(text: str, alpha: float | None) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Terms and weights, as `--weighted` and `--alpha` say them.

    `--weighted accuracy=0.5,bias=0.2` gives each its weight. `--weighted L,T --alpha A` minimises
    A·L + (1 - A)·(1 - T), L being the loss 1 - utility of the first and T the utility of the second.

    Raises:
        RequestError: for a weight that is missing, negative or no number, or an alpha that goes with none of this.
    """
    parts = _parts(text, "--weighted")
    if alpha is not None:
        if len(parts) != 2 or any("=" in part for part in parts):  # noqa: PLR2004 - two objectives
            raise RequestError(f"--alpha goes with two names: --weighted accuracy,bias --alpha {alpha:g}")
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
    """Terms that are separated by commas."""
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
