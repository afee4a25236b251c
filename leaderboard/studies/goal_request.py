"""Requests for the objective of a search, from options and keyword arguments."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better
from leaderboard.errors import RequestError, unknown_name
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.scalarisation import Scalarisation
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


class GoalOptions(TypedDict, total=False):
    """Objective of a search as keyword arguments: one of `weighted`, `minimize`, `maximize` and `pareto`.

    Attributes:
        weighted: {"accuracy": 0.5, "bias": 0.2}, or two names with `alpha`.
        alpha: weight of the first of two names.
        scalarisation: How weighted losses are combined: "sum" or "chebyshev".
        minimize: Term to minimize.
        maximize: Term to maximize.
        pareto: Two or three terms of a Pareto front.
        subject_to: Conditions that must hold, such as "accuracy >= baseline - 0.02".
    """

    weighted: str | Sequence[str] | Mapping[str, float] | None
    alpha: float | None
    scalarisation: str
    minimize: str | None
    maximize: str | None
    pareto: str | Sequence[str] | None
    subject_to: str | Sequence[str]


@dataclass(frozen=True, kw_only=True)
class GoalRequest:
    """Objective of a search as the user typed it: one of `weighted`, `minimize`, `maximize` and `pareto`.

    Attributes:
        weighted: "accuracy=0.5,bias=0.2", or two names with `alpha`.
        minimize: Term to minimize.
        maximize: Term to maximize.
        pareto: Two or three terms of a Pareto front.
        subject_to: Conditions that must hold.
        alpha: weight of the first of two names.
        scalarisation: How weighted losses are combined.
    """

    weighted: str | None = None
    minimize: str | None = None
    maximize: str | None = None
    pareto: str | None = None
    subject_to: tuple[str, ...] = ()
    alpha: float | None = None
    scalarisation: ScalarisationName = ScalarisationName.SUM

    @classmethod
    def of(cls, words: GoalOptions) -> "GoalRequest":
        """Return the request of keyword arguments.

        Raises:
            RequestError: for an unknown scalarisation.
        """
        scalarisation, conditions = words.get("scalarisation", ScalarisationName.SUM), words.get("subject_to", ())
        if scalarisation not in set(ScalarisationName):
            raise unknown_name("scalarisation", scalarisation, ScalarisationName, where="scalarisation")
        return cls(
            weighted=_joined(words.get("weighted")),
            alpha=words.get("alpha"),
            scalarisation=ScalarisationName(scalarisation),
            minimize=words.get("minimize"),
            maximize=words.get("maximize"),
            pareto=_joined(words.get("pareto")),
            subject_to=(conditions,) if isinstance(conditions, str) else tuple(conditions),
        )

    @property
    def is_empty(self) -> bool:
        """Whether no objective and no condition is given."""
        return self == GoalRequest()

    @property
    def name(self) -> str:
        """Short text for the name of a study."""
        ((flag, terms),) = self._objectives.items()
        alpha = "" if self.alpha is None else f"-{self.alpha:g}"
        scalarisation = "" if self.scalarisation is ScalarisationName.SUM else f"-{self.scalarisation}"
        return f"{flag}-{terms}{alpha}{scalarisation}"

    def settings(self, tasks: Mapping[str, Task]) -> dict[str, Any]:
        """Return the fields of a `Definition` that define the objective, terms and conditions in their shortest form.

        Args:
            tasks: of the suite, by name.

        Raises:
            RequestError: For none or several objectives, or a term that cannot be parsed or that no task measures.
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
    def _objectives(self) -> dict[str, str]:
        texts = {name: getattr(self, name) for name in ("weighted", "minimize", "maximize", "pareto")}
        return {name: text for name, text in texts.items() if text is not None}

    @property
    def _mode(self) -> StudyMode:
        if self.weighted is not None:
            return StudyMode.WEIGHTED
        return StudyMode.PARETO if self.pareto is not None else StudyMode.CONSTRAINED

    def _check(self) -> None:
        if len(self._objectives) != 1:
            flags = " and ".join(f"--{name}" for name in self._objectives)
            problem = f"{flags}: a search has one objective" if flags else "no objective given"
            raise RequestError("\n".join([f"{problem}\n  Use one of:", *(f"    {each}" for each in EXAMPLES)]))
        chosen = self.scalarisation is not ScalarisationName.SUM
        for name, is_set in (("--alpha", self.alpha is not None), ("--scalarisation", chosen)):
            if is_set and self.weighted is None:
                raise RequestError(f"{name} goes with --weighted, as in --weighted accuracy,bias --alpha 0.7")

    def _terms_and_weights(self, tasks: Mapping[str, Task]) -> tuple[tuple[Term, ...], tuple[float, ...]]:
        ((flag, text),) = self._objectives.items()
        option = f"--{flag}"
        if self.weighted is not None:
            names, weights = weighted(text, self.alpha)
            return tuple(Term.parse(name, tasks, where=option) for name in names), weights
        if self.pareto is not None:
            return tuple(Term.parse(name, tasks, where=option) for name in listed(text, option)), ()
        term = Term.parse(text, tasks, where=option)
        _check_direction(term, option, tasks)
        return (term,), ()


def study_name(model: str, suite: str, goal: GoalRequest) -> str:
    """Return the default name of a study: "minilm-core-pareto-accuracy-latency"."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", f"{model}-{suite}-{goal.name}").strip("-")


def _joined(names: str | Sequence[str] | Mapping[str, float] | None) -> str | None:
    """Join names, or names and their weights, as an option has them."""
    if names is None or isinstance(names, str):
        return names
    if isinstance(names, Mapping):
        return ",".join(f"{name}={weight}" for name, weight in names.items())
    return ",".join(names)


def _check_direction(term: Term, flag: str, tasks: Mapping[str, Task]) -> None:
    """Refuse to minimize a term that should be large, and the other way round."""
    better = term.metric.better if term.metric else Better.HIGHER
    if flag == "--minimize" and better is Better.HIGHER:
        reason = "more of it is better" if term.metric else "an axis is a utility, 0 at worst and 1 at best"
        metrics = [] if term.metric else _less_is_better(term.axis, tasks)
        metric_hint = f"\n  Or name a metric in its own unit: --minimize {' or '.join(metrics)}" if metrics else ""
        raise RequestError(f"--minimize {term}: {reason}; use --maximize {term}{metric_hint}")
    if flag == "--maximize" and better is not Better.HIGHER:
        target = term.metric.target if term.metric else None
        reason = "less of it is better" if target is None else "neither more nor less of it is better"
        hint = "" if target is None else f", which looks for the least distance from {target:g}"
        raise RequestError(f"--maximize {term}: {reason}; use --minimize {term}{hint}")


def _less_is_better(axis: Axis, tasks: Mapping[str, Task]) -> list[str]:
    names = {name: None for task in tasks.values() if task.axis is axis for name in task.metrics}
    return [Term(axis, METRICS[name]).text for name in names if METRICS[name].better is Better.LOWER][:3]
