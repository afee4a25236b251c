"""Costs of weights in memory, and the reference workload that their answers are timed against."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import torch

from leaderboard.backends.energy import EnergyMeter, gpu_meter, processor_meter
from leaderboard.backends.local.cold_start import cold_start
from leaderboard.backends.local.cost import WHOLE, UsedPart, flops, parameters, parts, used_parts, weight_bytes
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.peak_memory import peak_memory
from leaderboard.backends.local.reference_workload import Reference
from leaderboard.backends.weights import ColdStart, Cost, Weights
from leaderboard.errors import NotMeasurableError, as_exceptions, reason_of

log = logging.getLogger(__name__)


class LocalWeights(Weights):
    """The weights of models in memory, and the device that they are on."""

    def __init__(self, engine: Engine, models: Sequence[LoadedModel]) -> None:
        """Take the models of an answer.

        Args:
            engine: keeps the peak of a model's weights, which takes a process of its own, for all heads on them.
            models: Models that compute one answer, some of them more than once.
        """
        self._engine = engine
        self._models = models

    def costs(self, answer: Callable[[], object]) -> Iterator[tuple[Cost, Mapping[str, int | str]]]:
        """Yield the costs of the models; one that occurs several times runs as often, and is stored once."""
        try:
            with as_exceptions():
                used = list(zip(self._models, used_parts(answer, self._models), strict=True))
        except Exception:
            log.debug("the parts of the models that are used could not be observed", exc_info=True)
            used = [(model, WHOLE) for model in self._models]
        kept = list({id(model.module): (model, use) for model, use in used}.values())
        yield Cost.PEAK_MEMORY, _value(lambda: self._peak_memory(kept))
        yield Cost.PARAMETERS, _value(lambda: sum(parameters(model, use) for model, use in kept))
        yield Cost.WEIGHT_BYTES, _value(lambda: sum(weight_bytes(model, use) for model, use in kept))
        yield Cost.FLOPS, _value(lambda: sum(flops(model, use) for model, use in used))

    def relocate(self) -> None:
        """Copy the weights to another place in memory; those of a GPU, or in parts, stay where they are."""
        for model in self._models:
            for tensor in model.module.parameters():
                alone = tensor.untyped_storage().nbytes() == tensor.nbytes
                if tensor.device.type == "cpu" and next(parts(tensor)) is tensor and alone:
                    tensor.data = tensor.data.clone()

    def reference(self) -> Callable[[], None]:
        """Return one forward pass of a small transformer on the same device; see `local.reference_workload`."""
        return Reference(self._engine.device)

    def wait(self) -> None:
        """Wait for a GPU, which works on after a call has returned."""
        if self._engine.device.type == "cuda":
            torch.cuda.synchronize(self._engine.device)

    def uncached(self) -> AbstractContextManager[None]:
        """Return a context in which the engine reads and writes no cache."""
        return self._engine.uncached()

    def energy_meter(self) -> EnergyMeter:
        """Return the energy counter of the GPU, or of the processor; errors as of `Weights.energy_meter`."""
        device = self._engine.device
        if device.type == "cpu":
            return processor_meter()
        if device.type == "cuda":
            return gpu_meter(str(torch.cuda.get_device_properties(device).uuid))
        raise NotMeasurableError(f"no energy counter of a device of type '{device.type}' is known")

    def cold_start(self) -> ColdStart:
        """Return the times of `local.cold_start`; errors as of `Weights.cold_start`."""
        models = list({id(model.module): model for model in self._models}.values())
        if len(models) > 1:
            raise NotMeasurableError(f"the members of an ensemble are {len(models)} models; a start is that of one")
        return cold_start(models[0], self._engine.threads)

    def _peak_memory(self, models: Sequence[tuple[LoadedModel, UsedPart]]) -> int:
        if len(models) > 1:
            raise NotMeasurableError(
                f"the members of an ensemble are {len(models)} models; the peak is measured of one"
            )
        model, use = models[0]
        peaks = self._engine.peaks.setdefault(model.module, {})
        if use not in peaks:
            peaks[use] = peak_memory(model, self._engine.threads, use)
        return peaks[use]


def _value(measure: Callable[[], int]) -> Mapping[str, int | str]:
    try:
        with as_exceptions():
            return {"value": measure()}
    except Exception as error:
        log.debug("a cost was not measured", exc_info=True)
        return {"reason": reason_of(error)}
