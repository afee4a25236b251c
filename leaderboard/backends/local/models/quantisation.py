"""Quantisation of linear layers to 8 bits by torchao."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from transformers.pytorch_utils import Conv1D

from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.errors import RequestError
from leaderboard.installing import install_command

_ROUNDING = "act_quant_kwargs"
"""Attribute of torchao's weights: rounding of their inputs; None for none."""


def import_torchao() -> None:
    """Import torchao.

    Raises:
        RequestError: If it is not installed, or too old.
    """
    try:
        import torchao.quantization  # noqa: F401, PLC0415
        from torchao.utils import should_reduce_range  # noqa: F401, PLC0415 - the newest of what is used
    except ImportError as error:
        raise RequestError(
            f"quantise needs torchao 0.18 or newer ({error})\n  {install_command('quantisation')}"
        ) from error


def quantise_linear_layers(stacks: Sequence[torch.nn.Module], quantise: Quantisation, device: torch.device) -> None:
    """Quantise the weights of every linear layer within modules to 8 bits, with a scale for each output.

    Raises:
        RequestError: without torchao, or when there is no linear layer.
    """
    import_torchao()
    from torchao.quantization import quantize_  # noqa: PLC0415 - slow to import, and optional

    for part in {part for stack in stacks for part in stack.modules()}:
        _make_linear(part)
    linear = {part for stack in stacks for part in stack.modules() if isinstance(part, torch.nn.Linear)}
    if not linear:
        raise RequestError(f"quantise {quantise}: there are no linear layers in its layers")
    for part in linear:
        quantize_(part, _configuration(quantise, device))


def arithmetic(quantise: Quantisation, device: torch.device) -> dict[str, Any]:
    """Return the properties of the machine that change results: without VNNI 7 of the 8 bits are used.

    Raises:
        RequestError: without torchao.
    """
    if quantise is not Quantisation.INT8_DYNAMIC:
        return {}
    import_torchao()
    from torchao.utils import should_reduce_range  # noqa: PLC0415

    return {"reduce_range": bool(should_reduce_range(device))}


def range_note(quantise: Quantisation, device: torch.device) -> str:
    """Return a note for readers of the results where 7 of the 8 bits are used; empty where all are.

    Raises:
        RequestError: without torchao.
    """
    if not any(arithmetic(quantise, device).values()):
        return ""
    return (
        f"{quantise} rounds to 7 bits instead of 8: this processor has no AVX-512 VNNI, without which sums of "
        "products of 8-bit numbers overflow; other processors give other numbers"
    )


@contextmanager
def without_rounding(module: torch.nn.Module) -> Iterator[None]:
    """Disable the rounding of inputs of `int8_dynamic` inside a block; the integer weights stay.

    A rounded function has steps where a gradient needs slopes: what autograd gives is the gradient of the scales alone,
    which is wrong and looks right. That of the same weights without rounding stands in for it, as a straight-through
    estimator (Bengio et al. 2013). Operations are the same in number, and seen by torch's counter only in this form.
    """
    weights: list[Any] = [tensor for tensor in module.parameters() if getattr(tensor, _ROUNDING, None) is not None]
    before = [getattr(weight, _ROUNDING) for weight in weights]
    for weight in weights:
        setattr(weight, _ROUNDING, None)
    try:
        yield
    finally:
        for weight, rounding in zip(weights, before, strict=True):
            setattr(weight, _ROUNDING, rounding)


def _configuration(quantise: Quantisation, device: torch.device) -> Any:
    from torchao.quantization import (  # noqa: PLC0415
        Int8DynamicActivationInt8WeightConfig,
        Int8WeightOnlyConfig,
    )

    # torchao would otherwise set how torch compiles, for the whole process; nothing is compiled here.
    if quantise is Quantisation.INT8_WEIGHT:
        return Int8WeightOnlyConfig(set_inductor_config=False)
    # With a zero point what goes into a layer would be rounded less (the likeliest next tokens of SmolLM2 stay the same
    # in 86 % of places instead of 79 %), but torchao then sums all weights in every pass: 107 ms for MiniLM, not 62.
    return Int8DynamicActivationInt8WeightConfig(set_inductor_config=False, **arithmetic(quantise, device))


def _make_linear(part: torch.nn.Module) -> None:
    """Replace GPT-2's Conv1D among a module's children by an equal linear layer with transposed weights."""
    for name, child in list(part.named_children()):
        if isinstance(child, Conv1D):
            linear = torch.nn.Linear(child.nx, child.nf, device="meta")
            linear.weight = torch.nn.Parameter(child.weight.T.contiguous())
            linear.bias = child.bias
            setattr(part, name, linear)
