"""Observing: what a subject's models cost, and how long its answers take."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

from leaderboard.axes.catalogue import FLOPS, PARAMETERS, PEAK_MEMORY, WEIGHT_BYTES
from leaderboard.axes.latency.cost import WHOLE, Use, flops, parameters, parts, uses, weight_bytes
from leaderboard.axes.latency.memory import peak_memory
from leaderboard.axes.latency.reference import Reference
from leaderboard.axes.latency.timing import Sample, interleave
from leaderboard.axes.metric import Metric
from leaderboard.data.examples import Text
from leaderboard.engine.engine import Engine
from leaderboard.errors import NotMeasurableError, reason_of
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.subject import Classifier

log = logging.getLogger(__name__)


def costs(
    subject_models: Sequence[LoadedModel], engine: Engine, answer: Callable[[], object]
) -> Iterator[tuple[Metric, Mapping[str, int | str]]]:
    """What the models cost whatever the machine: a `value`, or the `reason` why there is none.

    One that fails leaves the others standing.

    Args:
        subject_models: that one answer asks, some of them more than once.
        engine: keeps the peak of a model's weights, which takes a process of its own, for all heads on them.
        answer: gives one answer, to see what of the models it runs.
    """
    try:
        used = list(zip(subject_models, uses(answer, subject_models), strict=True))
    except Exception:
        log.debug("no answer shows what of the models is run", exc_info=True)
        used = [(model, WHOLE) for model in subject_models]
    kept = list({id(model.module): (model, use) for model, use in used}.values())
    yield PEAK_MEMORY, _said(lambda: _peak_memory(kept, engine))
    yield PARAMETERS, _said(lambda: sum(parameters(model, use) for model, use in kept))
    yield WEIGHT_BYTES, _said(lambda: sum(weight_bytes(model, use) for model, use in kept))
    yield FLOPS, _said(lambda: sum(flops(model, use) for model, use in used))


def timed(
    classifier: Classifier,
    texts: Sequence[Text],
    engine: Engine,
    models: Sequence[LoadedModel],
    *,
    rounds: int,
    warm_up: int,
    reference_every: int,
) -> Iterator[tuple[int, Sample]]:
    """Each text answered once, in turns with the reference workload (see `timing.interleave`), with its round.

    What differs from one start of the program to the next, such as where weights are in memory, differs between
    rounds too: each begins with weights copied to another place, a reference workload of its own and a warm-up.
    """
    for number in range(min(rounds, len(texts))):
        for model in models:
            _move(model)
        part = texts[number * len(texts) // rounds : (number + 1) * len(texts) // rounds]
        for sample in interleave(
            classifier.answer,
            Reference(engine.device),
            part,
            engine,
            warm_up=warm_up,
            reference_every=reference_every,
            total=len(texts),
        ):
            yield number, sample


def _move(model: LoadedModel) -> None:
    """Copy the weights to another place in memory; those of a GPU, or in parts, stay where they are."""
    for tensor in model.module.parameters():
        alone = tensor.untyped_storage().nbytes() == tensor.nbytes
        if tensor.device.type == "cpu" and next(parts(tensor)) is tensor and alone:
            tensor.data = tensor.data.clone()


def _peak_memory(models: Sequence[tuple[LoadedModel, Use]], engine: Engine) -> int:
    if len(models) > 1:
        raise NotMeasurableError(f"the members of an ensemble are {len(models)} models; the peak is measured of one")
    model, use = models[0]
    peaks = engine.peaks.setdefault(model.module, {})
    if use not in peaks:
        peaks[use] = peak_memory(model, engine.threads, use)
    return peaks[use]


def _said(measure: Callable[[], int]) -> Mapping[str, int | str]:
    try:
        return {"value": measure()}
    except Exception as error:
        log.debug("a cost was not measured", exc_info=True)
        return {"reason": reason_of(error)}
