"""Replicas of a model on several devices of one machine (data parallel)."""

import copy
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TypeVar

import torch

from leaderboard.backends.local.models.loaded_model import LoadedModel

T = TypeVar("T")


def copy_to(model: LoadedModel, device: torch.device) -> LoadedModel:
    """Copy a model to another device."""
    module = copy.deepcopy(model.module)
    torch.nn.Module.to(module, device)
    return replace(model, module=module, device=device)


def at_once(streams: Sequence[Iterator[T]]) -> Iterator[T]:
    """Merge several iterators in order of arrival, each advanced in its own thread.

    The threads mostly wait for their devices. An error of one is raised here, when the others have ended their step.
    """
    if len(streams) == 1:
        yield from streams[0]
        return
    with ThreadPoolExecutor(len(streams)) as pool:
        steps = {pool.submit(next, stream, None): stream for stream in streams}
        while steps:
            for step in wait(steps, return_when=FIRST_COMPLETED).done:
                stream, value = steps.pop(step), step.result()
                if value is not None:
                    steps[pool.submit(next, stream, None)] = stream
                    yield value
