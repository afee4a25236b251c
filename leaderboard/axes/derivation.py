"""Derivation: tasks that a protocol derives from the data of another task, so that one data set covers several axes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.registry import Registry


@dataclass(frozen=True, slots=True)
class MinimumParameter:
    """Smallest value of a parameter at which a metric is reported."""

    parameter: str
    value: int

    def holds(self, parameters: Mapping[str, Any]) -> bool:
        """Return whether the parameter has that value, or a higher one."""
        value = parameters.get(self.parameter)
        return isinstance(value, int) and value >= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """Task that a protocol derives from another task, named `<protocol>_<task>`.

    It is declared in a module that is light to import, since listing tasks reads it. In the texts, `{source}` is the
    name of the source task, `{data}` that of the task whose data it uses, and `{parameter}` the value of a parameter,
    or that of `words` where it is not set.

    Attributes:
        axis: axis of the derived task.
        metrics: metrics that it reports.
        unless_fewer: metrics that are left out where a parameter is lower than they need.
        description: description in one or two sentences.
        citation: citation of the method; the source's follows where its data is used.
        license: license of the data.
        parameters, search_parameters: parameters of the protocol, as in a task file.
        source_parameters: parameters of the source task that it has as well, such as the wording of questions.
        language_parameters: parameters that replace them for a source in a language, by its ISO 639 code.
        words: values for the texts of parameters that are not set.
        limit: maximal number of examples of each scored split.
        same_as: task whose data it uses; None where it needs only the subject's own training data.
        sources: protocols whose tasks it can be derived from.
        trains: whether the source needs a split `train`.
        language: ISO 639 code of the language of its own texts, where it brings some; None for those of the source.
        translations: for sources in other languages, the task whose data it uses instead of `same_as`, by ISO 639 code.
        single_texts: whether the examples of the source have to be single texts, not pairs.
    """

    axis: Axis
    metrics: tuple[Metric, ...]
    unless_fewer: Mapping[Metric, MinimumParameter] = field(default_factory=dict)
    description: str
    citation: str
    license: str = "as task {source}"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    search_parameters: Mapping[str, Any] = field(default_factory=dict)
    source_parameters: frozenset[str] = frozenset()
    language_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None
    same_as: str | None = "{source}"
    sources: frozenset[str] = frozenset({"classification"})
    trains: bool = False
    single_texts: bool = False
    language: str | None = None
    translations: Mapping[str, str] = field(default_factory=dict)

    def reported(self, parameters: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the metrics that are reported with some parameters."""
        return tuple(
            metric.name
            for metric in self.metrics
            if metric not in self.unless_fewer or self.unless_fewer[metric].holds(parameters)
        )


derivations: Registry[Derivation] = Registry(
    "protocol that derives a task",
    "leaderboard.derivations",
    {
        "counterfactual": "leaderboard.axes.bias.derivation:COUNTERFACTUAL",
        "membership": "leaderboard.axes.privacy.derivation:MEMBERSHIP",
        "latency": "leaderboard.axes.latency.derivation:LATENCY",
        "tagging_latency": "leaderboard.axes.latency.derivation:TAGGING_LATENCY",
        "choice_latency": "leaderboard.axes.latency.derivation:CHOICE_LATENCY",
        "faithfulness": "leaderboard.axes.explainability.derivation:FAITHFULNESS",
    },
    see="leaderboard tasks list",
)
"""Derivations by the name of the protocol. A plug-in adds its own by an entry point of that name."""
