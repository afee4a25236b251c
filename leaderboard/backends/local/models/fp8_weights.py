"""Weights of 8-bit floats with a scale for each block, as DeepSeek-V3 and Qwen3 are published."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from leaderboard.errors import RequestError

_SCALE = "_scale_inv"
"""Ending of the name of a scale, behind that of its weight."""
_FLOATS = (torch.float8_e4m3fn, torch.float8_e5m2)


def write_meaning(paths: Sequence[Path], block: Any, source: str) -> None:
    """Replace files of 8-bit floats by files of the float32 numbers that they mean; each is read and written once.

    Args:
        paths: of the safetensors, in a folder of ours; a link is replaced, not what it leads to.
        block: (rows, columns) that share a scale; None where a whole weight has one.
        source: the model, as the user typed it.

    Raises:
        RequestError: for scales of another number than the weights have blocks, and for other codes.
    """
    with ExitStack() as opened:
        files = {path: opened.enter_context(safe_open(path, framework="pt")) for path in paths}
        scales = {name: file for file in files.values() for name in file.keys() if name.endswith(_SCALE)}  # noqa: SIM118
        for path, file in files.items():
            meaning = {}
            for name in file.keys():  # noqa: SIM118 - no mapping
                if name in scales:
                    continue
                weight, scale = file.get_tensor(name), scales.get(name + _SCALE)
                meaning[name] = weight if scale is None else _meaning(weight, scale, name, block, source)
            path.unlink()
            save_file(meaning, path, metadata={"format": "pt"})


def _meaning(weight: torch.Tensor, file: Any, name: str, block: Any, source: str) -> torch.Tensor:
    scale = file.get_tensor(name + _SCALE).float()
    if weight.dtype not in _FLOATS or weight.dim() != 2:  # noqa: PLR2004 - a matrix
        raise RequestError(f"{source}: {name} is of the type {weight.dtype}; 8-bit floats can be read")
    if scale.numel() > 1:
        rows, columns = block if _is_block(block) else (0, 0)
        blocks = (-(-weight.shape[0] // max(rows, 1)), -(-weight.shape[1] // max(columns, 1)))
        if not rows or tuple(scale.shape) != blocks:
            raise RequestError(
                f"{source}: {name} has scales of shape {tuple(scale.shape)}, and its blocks (weight_block_size "
                f"{block!s:.40}) are {blocks}"
            )
        scale = scale.repeat_interleave(rows, 0)[: weight.shape[0]].repeat_interleave(columns, 1)[:, : weight.shape[1]]
    meaning: torch.Tensor = weight.float() * scale
    return meaning


def _is_block(block: Any) -> bool:
    return isinstance(block, list | tuple) and [type(size) for size in block] == [int, int] and min(block) > 0
