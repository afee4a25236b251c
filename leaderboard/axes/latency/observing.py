"""Observing: what a subject's models cost, and how long its answers take."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from leaderboard.axes.catalogue import FLOPS, PARAMETERS, PEAK_MEMORY, WEIGHT_BYTES
from leaderboard.axes.latency.cost import flops, parameters, weight_bytes
from leaderboard.axes.latency.memory import peak_memory
from leaderboard.axes.latency.reference import Reference
from leaderboard.axes.latency.timing import Sample, interleave
from leaderboard.axes.metric import Metric
from leaderboard.data.examples import Text
from leaderboard.engine.engine import Engine
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.subject import Classifier


def costs(models: Sequence[LoadedModel], engine: Engine) -> Iterator[tuple[Metric, Mapping[str, int | str]]]:
    """What the models cost whatever the machine: a `value`, or the `reason` why there is none.

    One that fails leaves the others standing.

    Args:
        models: that one answer asks, some of them more than once.
        engine: keeps the peak of a model's weights, which takes a process of its own, for all heads on them.
    """
    kept = list({id(model.module): model for model in models}.values())
    yield PEAK_MEMORY, _said(lambda: _peak_memory(kept, engine))
    yield PARAMETERS, _said(lambda: sum(map(parameters, kept)))
    yield WEIGHT_BYTES, _said(lambda: sum(map(weight_bytes, kept)))
    yield FLOPS, _said(lambda: sum(map(flops, models)))


def timed(
    classifier: Classifier, texts: Sequence[Text], engine: Engine, *, warm_up: int, reference_every: int
) -> list[Sample]:
    """Each text answered once, in turns with the reference workload (see `timing.interleave`)."""
    reference = Reference(engine.device)
    return interleave(classifier.answer, reference, texts, engine, warm_up=warm_up, reference_every=reference_every)


def _peak_memory(models: Sequence[LoadedModel], engine: Engine) -> int:
    if len(models) > 1:
        raise NotMeasurableError(f"the members of an ensemble are {len(models)} models; the peak is measured of one")
    model = models[0]
    if model.module not in engine.peaks:
        engine.peaks[model.module] = peak_memory(model, engine.threads)
    return engine.peaks[model.module]


def _said(measure: Callable[[], int]) -> Mapping[str, int | str]:
    try:
        return {"value": measure()}
    except NotMeasurableError as error:
        return {"reason": str(error)}
