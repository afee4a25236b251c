"""Tensors of an adapter: the modules that it changes, by the names and shapes in its file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open

from leaderboard.backends.local.models.safetensors_header import weight_size
from leaderboard.errors import RequestError

_PREFIX = "base_model.model."
_PARTS = ("lora_", "ia3_", "hada_", "lokr_")
"""Beginnings of the names of an adapter's tensors within a module."""


@dataclass(frozen=True)
class AdapterTensors:
    """Names and shapes of the tensors of an adapter.

    Attributes:
        changed: names of the modules that it changes.
        scales_inputs: names of those whose input IA³ scales, rather than their output.
        whole: shapes of the tensors that replace those of the base, by name in the base: of a head, mostly.
    """

    changed: tuple[str, ...]
    scales_inputs: tuple[str, ...]
    whole: Mapping[str, tuple[int, ...]]

    def saved_modules(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that a module has which the adapter holds in full."""
        parents = {f".{key}" for key in self.whole}
        return [name for name in names if any(f".{name}." in parent for parent in parents)]


def read_adapter_tensors(path: Path, source: str) -> AdapterTensors:
    """Read the names and shapes of an adapter's tensors.

    Args:
        path: of the safetensors file.
        source: the adapter, as the user typed it.

    Raises:
        LeaderboardError: for a broken file.
        RequestError: for one without the tensors of an adapter.
    """
    weight_size([path], source)
    with safe_open(path, framework="pt") as file:
        shapes = {name.removeprefix(_PREFIX): tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no mapping
    changed: dict[str, None] = {}
    inputs: dict[str, None] = {}
    whole: dict[str, tuple[int, ...]] = {}
    for name, shape in shapes.items():
        module = next((name.partition(f".{part}")[0] for part in _PARTS if f".{part}" in name), None)
        if module is None:
            whole[name] = shape
            continue
        changed[module] = None
        if name.endswith(".ia3_l") and shape[0] == 1:
            inputs[module] = None
    if not changed:
        raise RequestError(
            f"{source}: {path.name} has no tensors of an adapter\n  Save it with PEFT's save_pretrained."
        )
    return AdapterTensors(tuple(changed), tuple(inputs), whole)
