"""Weights: the tensors that a training changes, copied out of a model and restored."""

from collections.abc import Mapping

import torch


def trainable_tensors(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the tensors that training changes, by name: trainable parameters and saved buffers."""
    saved_names = module.state_dict(keep_vars=True).keys()
    parameters: dict[str, torch.Tensor] = {n: each for n, each in module.named_parameters() if each.requires_grad}
    return parameters | {n: each for n, each in module.named_buffers() if n in saved_names}


def snapshot(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return a copy of the tensors that training changes, in CPU memory."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in trainable_tensors(module).items()}


def restore(module: torch.nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    """Copy the tensors of a snapshot back into a model."""
    with torch.no_grad():
        for name, tensor in trainable_tensors(module).items():
            tensor.copy_(weights[name])


def cast_trained_to_float32(module: torch.nn.Module, *, everything: bool) -> None:
    """Cast trainable parameters, or `everything`, to float32, since small updates are lost in fewer bits."""
    for parameter in module.parameters():
        if everything or parameter.requires_grad:
            parameter.data = parameter.data.float()


def is_finite(module: torch.nn.Module) -> bool:
    """Return whether all tensors that training changes are finite."""
    tensors = trainable_tensors(module).values()
    return all(bool(tensor.isfinite().all()) for tensor in tensors if tensor.is_floating_point())
