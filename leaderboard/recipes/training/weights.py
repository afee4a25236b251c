"""Weights: what a training changes, taken out of a model and put back."""

from collections.abc import Mapping

import torch


def learned(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """What training changes, by name: trainable parameters, and buffers that are kept with the model."""
    kept = module.state_dict(keep_vars=True).keys()
    found: dict[str, torch.Tensor] = {n: each for n, each in module.named_parameters() if each.requires_grad}
    return found | {n: each for n, each in module.named_buffers() if n in kept}


def snapshot(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A copy, in the memory of the CPU."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in learned(module).items()}


def restore(module: torch.nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    """Put a snapshot back."""
    with torch.no_grad():
        for name, tensor in learned(module).items():
            tensor.copy_(weights[name])


def widen(module: torch.nn.Module, *, everything: bool) -> None:
    """Keep what is learned in float32, since small steps are lost in fewer bits; or `everything`."""
    for parameter in module.parameters():
        if everything or parameter.requires_grad:
            parameter.data = parameter.data.float()


def finite(module: torch.nn.Module) -> bool:
    """Whether all that is learned are numbers."""
    return all(bool(tensor.isfinite().all()) for tensor in learned(module).values() if tensor.is_floating_point())
