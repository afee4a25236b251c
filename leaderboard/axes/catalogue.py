"""MetricCatalogue: all metrics, declared by the packages of the axes and by plug-ins.

A plug-in names a `Metric`, or a tuple of them, in an entry point of the group `leaderboard.metrics`. A plug-in
with a protocol needs no more than its class: the metrics in its `metrics` and `reported` are part of the catalogue.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import Any

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric
from leaderboard.errors import unknown_name
from leaderboard.installing import DISTRIBUTION
from leaderboard.plugins import Plugin, clash, loaded, warn_once

GROUP = "leaderboard.metrics"
PROTOCOLS = "leaderboard.protocols"
"""Entry-point groups of metrics, and of protocols, which may have metrics of their own."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class MetricCatalogue(Mapping[str, Metric]):
    """Metrics by name, in the order of axes; collected at first use, since that imports plug-ins."""

    @cached_property
    def _by_name(self) -> dict[str, Metric]:
        return _collect()

    def __getitem__(self, name: str) -> Metric:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    @cached_property
    def in_order(self) -> tuple[Metric, ...]:
        """All metrics in order."""
        return tuple(self._by_name.values())

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Position of each metric, by name."""
        return {name: place for place, name in enumerate(self._by_name)}

    @cached_property
    def pooled_places(self) -> Mapping[str, int]:
        """Position of the metric that each is averaged over tasks with, by name."""
        return {name: self.places[metric.instead_of or name] for name, metric in self._by_name.items()}


METRICS = MetricCatalogue()


def _collect() -> dict[str, Metric]:
    """Return every metric by name, in the order of axes.

    Raises:
        PluginError: when two distributions declare different metrics of one name.
    """
    metrics = {metric.name: metric for axis in Axis if axis.built_in for metric in _axis_metrics(axis)}
    origins = dict.fromkeys(metrics, DISTRIBUTION)
    for plugin, metric in _plugin_metrics():
        existing = metrics.setdefault(metric.name, metric)
        if existing != metric:
            raise clash("metric", metric.name, origins[metric.name], plugin.distribution)
        origins.setdefault(metric.name, plugin.distribution)
    return {metric.name: metric for metric in sorted(metrics.values(), key=lambda metric: metric.axis.place)}


def _axis_metrics(axis: Axis) -> list[Metric]:
    """Return the metrics that the package of an axis declares, in their order there."""
    package = import_module(f"leaderboard.axes.{axis}")
    return [each for each in vars(package).values() if isinstance(each, Metric)]


def _plugin_metrics() -> Iterator[tuple[Plugin, Metric]]:
    """Yield the metrics of plug-ins; invalid ones are left out with a warning."""
    for plugin, declared in loaded(GROUP):
        yield from _usable(plugin, declared if isinstance(declared, tuple | list) else (declared,))
    for plugin, protocol in loaded(PROTOCOLS):
        yield from _usable(plugin, (*getattr(protocol, "metrics", ()), *getattr(protocol, "reported", ())))


def _usable(plugin: Plugin, declared: Iterable[Any]) -> Iterator[tuple[Plugin, Metric]]:
    for metric in declared:
        if problem := _problem(metric):
            warn_once(str(plugin.unusable(problem)))
        else:
            yield plugin, metric


def _problem(metric: Any) -> str:
    """Return why a declaration of a plug-in is not a valid metric; empty when it is."""
    if not isinstance(metric, Metric):
        return f"{metric!r} is not a Metric"
    if not _NAME.fullmatch(metric.name):
        return f"metric {metric.name!r}: a name is a lower-case word of at most 64 letters, digits or _"
    if metric.axis not in Axis:
        return f"metric '{metric.name}': no installed package declares its axis '{metric.axis}'"
    if metric.contested and metric.headline and (metric.better is not Better.TARGET or not metric.axis.proportional):
        return (
            f"metric '{metric.name}': a contested metric that ranks has a `target`, the distance from which counts, on "
            "an axis that counts in proportion to accuracy"
        )
    return ""


def metric(name: str, *, where: str = "") -> Metric:
    """Return the metric called `name`.

    Raises:
        RequestError: for an unknown name, with the nearest valid one.
    """
    if name not in METRICS:
        raise unknown_name("metric", name, METRICS, where=where, see="leaderboard metrics")
    return METRICS[name]


def on_task(metric: Metric, definition: Mapping[str, Any]) -> Metric:
    """Return a metric with `headline` as in a task: true for the metric that the task names, else as declared.

    Args:
        metric: metric of the catalogue.
        definition: task file as JSON, with the key `headline`.
    """
    headline = definition.get("headline")
    if not isinstance(headline, str) or headline not in METRICS or metric.headline == (metric.name == headline):
        return metric
    return replace(metric, headline=metric.name == headline)


def headline_names(metrics: Iterable[str], definition: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the metrics that count in a ranking of a task, by `on_task`."""
    return tuple(name for name in metrics if name in METRICS and on_task(METRICS[name], definition).headline)
