"""Asking: what a search looks for, as flags and keyword arguments say it, turned into what a study keeps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Axis, Better
from leaderboard.errors import RequestError
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.scalarise import Scalarisation
from leaderboard.ranking.terms import Term
from leaderboard.store.records import StudyMode
from leaderboard.studies.definition import listed, weighted
from leaderboard.studies.goals import Goal
from leaderboard.studies.names import ScalarisationName
from leaderboard.tasks import Task

EXAMPLES = (
    "--pareto accuracy,latency",
    "--weighted accuracy=0.5,bias=0.2",
    '--minimize latency.p95 --subject-to "accuracy >= baseline - 0.02"',
    '--maximize accuracy --subject-to "privacy.leak_auc <= 0.55"',
)
_SCALARISATIONS = {
    ScalarisationName.SUM: Scalarisation.WEIGHTED_SUM,
    ScalarisationName.CHEBYSHEV: Scalarisation.CHEBYSHEV,
}


@dataclass(frozen=True, kw_only=True)
class GoalRequest:
    """What is looked for, as it was typed: one of `weighted`, `minimize`, `maximize` and `pareto`.

    Attributes:
        weighted: "accuracy=0.5,bias=0.2", or two names with `alpha`.
        minimize: the term of which less is better.
        maximize: the term of which more is better.
        pareto: two or three terms.
        subject_to: conditions that must hold.
        alpha: weight of the first of two names.
        scalarisation: how weighted losses become one.
    """

    weighted: str | None = None
    minimize: str | None = None
    maximize: str | None = None
    pareto: str | None = None
    subject_to: tuple[str, ...] = ()
    alpha: float | None = None
    scalarisation: ScalarisationName = ScalarisationName.SUM

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return self == GoalRequest()

    @property
    def name(self) -> str:
        """Short, for the name of a study."""
        ((flag, said),) = self._said.items()
        alpha = "" if self.alpha is None else f"-{self.alpha:g}"
        how = "" if self.scalarisation is ScalarisationName.SUM else f"-{self.scalarisation}"
        return f"{flag}-{said}{alpha}{how}"

    def settings(self, tasks: Mapping[str, Task]) -> dict[str, Any]:
        """The fields of a `Definition` that say what is looked for; terms and conditions in their shortest form.

        Args:
            tasks: of the suite, by name.

        Raises:
            RequestError: for none or several goals, what cannot be read, or what these tasks do not answer.
        """
        self._check()
        terms, weights = self._terms_and_weights(tasks)
        goal = Goal(
            self._mode,
            terms,
            weights,
            _SCALARISATIONS[self.scalarisation],
            tuple(Condition.parse(each, tasks, where="--subject-to") for each in self.subject_to),
        )
        goal.check(tasks)
        return {
            "mode": goal.mode,
            "terms": tuple(term.text for term in goal.terms),
            "weights": goal.weights,
            "scalarisation": goal.scalarisation,
            "conditions": tuple(dict.fromkeys(condition.text for condition in goal.conditions)),
            "proportional": goal.proportional,
        }

    @property
    def _said(self) -> dict[str, str]:
        given = {name: getattr(self, name) for name in ("weighted", "minimize", "maximize", "pareto")}
        return {name: text for name, text in given.items() if text is not None}

    @property
    def _mode(self) -> StudyMode:
        if self.weighted is not None:
            return StudyMode.WEIGHTED
        return StudyMode.PARETO if self.pareto is not None else StudyMode.CONSTRAINED

    def _check(self) -> None:
        if len(self._said) != 1:
            flags = " and ".join(f"--{name}" for name in self._said)
            wrong = f"{flags}: one search looks for one thing" if flags else "it is not said what to look for"
            raise RequestError("\n".join([f"{wrong}\n  Say one of:", *(f"    {each}" for each in EXAMPLES)]))
        chosen = self.scalarisation is not ScalarisationName.SUM
        for name, given in (("--alpha", self.alpha is not None), ("--scalarisation", chosen)):
            if given and self.weighted is None:
                raise RequestError(f"{name} goes with --weighted, as in --weighted accuracy,bias --alpha 0.7")

    def _terms_and_weights(self, tasks: Mapping[str, Task]) -> tuple[tuple[Term, ...], tuple[float, ...]]:
        ((flag, text),) = self._said.items()
        where = f"--{flag}"
        if self.weighted is not None:
            names, weights = weighted(text, self.alpha)
            return tuple(Term.parse(name, tasks, where=where) for name in names), weights
        if self.pareto is not None:
            return tuple(Term.parse(name, tasks, where=where) for name in listed(text, where)), ()
        term = Term.parse(text, tasks, where=where)
        _check_direction(term, where, tasks)
        return (term,), ()


def study_name(model: str, suite: str, goal: GoalRequest) -> str:
    """The name of a study that was given none: "minilm-core-pareto-accuracy-latency"."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", f"{model}-{suite}-{goal.name}").strip("-")


def _check_direction(term: Term, flag: str, tasks: Mapping[str, Task]) -> None:
    """Refuse to look for less of what is better when there is more of it, and the other way round."""
    better = term.metric.better if term.metric else Better.HIGHER
    if flag == "--minimize" and better is Better.HIGHER:
        why = "more of it is better" if term.metric else "an axis is a utility, 0 at worst and 1 at best"
        less = [] if term.metric else _less_is_better(term.axis, tasks)
        hint = f"\n  Or name a metric in its own unit: --minimize {' or '.join(less)}" if less else ""
        raise RequestError(f"--minimize {term}: {why}; use --maximize {term}{hint}")
    if flag == "--maximize" and better is not Better.HIGHER:
        target = term.metric.target if term.metric else None
        why = "less of it is better" if target is None else "neither more nor less of it is better"
        what = "" if target is None else f", which looks for the least distance from {target:g}"
        raise RequestError(f"--maximize {term}: {why}; use --minimize {term}{what}")


def _less_is_better(axis: Axis, tasks: Mapping[str, Task]) -> list[str]:
    names = {name: None for task in tasks.values() if task.axis is axis for name in task.metrics}
    return [Term(axis, METRICS[name]).text for name in names if METRICS[name].better is Better.LOWER][:3]
