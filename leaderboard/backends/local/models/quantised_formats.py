"""Formats of quantised weights: which of them can be dequantised here, and what each takes.

`quantization_config` was written by somebody else. Of it a loader is given the settings of its method alone, checked;
packages that it may name, kernels, and patterns that take long to match are not used.
"""

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from leaderboard.errors import RequestError
from leaderboard.installing import install_command

QUANTISATION = "quantization_config"
"""Setting of `config.json` that says that weights are quantised."""
_PATTERN = re.compile(r"(re:)?[\w.*\\^$-]{1,200}")
"""A name of a module, or a pattern of names without groups, which is matched in little time."""
_EXTRA = "quantised"
"""Optional dependencies of the program that read quantised weights."""
_MOST_STARS = 4
_SHOWN = 40
"""Characters of a value in a message."""


class DequantisationStep(StrEnum):
    """When weights are dequantised: before a model is loaded from them, while it is, or after that."""

    BEFORE = "before"
    WHILE = "while"
    AFTER = "after"


@dataclass(frozen=True)
class Quantised:
    """A method whose weights can be dequantised.

    Attributes:
        package: distribution that reads them; empty where `transformers` does by itself.
        module: name that the package is imported by.
        settings: settings of the method that are used.
        step: when weights are dequantised.
    """

    package: str
    module: str
    settings: frozenset[str]
    step: DequantisationStep


METHODS: Mapping[str, Quantised] = {
    "fp8": Quantised("", "", frozenset({"weight_block_size"}), DequantisationStep.BEFORE),
    "compressed-tensors": Quantised(
        "compressed-tensors",
        "compressed_tensors",
        frozenset({"config_groups", "format", "ignore", "quantization_status"}),
        DequantisationStep.WHILE,
    ),
    "bitsandbytes": Quantised(
        "bitsandbytes",
        "bitsandbytes",
        frozenset(
            {
                *("load_in_4bit", "load_in_8bit", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant"),
                *("bnb_4bit_quant_storage", "llm_int8_skip_modules", "llm_int8_threshold"),
            }
        ),
        DequantisationStep.AFTER,
    ),
}
_READ_BY = {
    "gptq": "gptqmodel",
    "awq": "gptqmodel",
    "fbgemm": "fbgemm-gpu and a GPU",
    "torchao": "torchao's own tensors",
    "mxfp4": "kernels of a GPU",
    "aqlm": "aqlm",
    "hqq": "hqq",
    "quanto": "optimum-quanto",
    "eetq": "eetq and a GPU",
}
"""Requirements of other methods of quantisation, by the first part of their names."""
_ADVICE = "take the weights that they were made from, or a GGUF file of the same model"


def quantisation_of(config: Mapping[str, Any]) -> str:
    """Return the method by which the weights of a configuration are quantised; empty for ordinary weights."""
    return _method(config[QUANTISATION]) if config.get(QUANTISATION) else ""


def check_quantisation(config: Mapping[str, Any], source: str, *, nested: bool) -> None:
    """Check that the weights of a configuration are ordinary ones, or can be dequantised here.

    Args:
        config: of a model, or of a part of it.
        source: the model, as the user typed it.
        nested: whether it is that of a part.

    Raises:
        RequestError: naming what is missing, and what to do.
    """
    if not config.get(QUANTISATION):
        return
    name = quantisation_of(config)
    method = METHODS.get(name)
    if method is None or nested:
        package = _READ_BY.get(name.partition("-")[0].partition("_")[0], "code of another package")
        raise RequestError(
            f"{source}: its weights are quantised (config.json: {QUANTISATION}, {name[:_SHOWN]!r}), which takes "
            f"{package} to read; none is used here\n"
            f"  Either {_ADVICE}, serve it (vLLM) and measure the server, or save them dequantised "
            f"(….dequantize(), then save_pretrained) without {QUANTISATION}."
        )
    if method.package and importlib.util.find_spec(method.module) is None:
        raise RequestError(
            f"{source}: its weights are quantised by {name}, and the package that reads them is not installed\n"
            f"  Install it ({install_command(_EXTRA)}, or {method.package} alone). Or: {_ADVICE}."
        )
    loader_settings(config, source)


def loader_settings(config: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the quantisation that a loader is given: the settings of its method alone.

    Args:
        config: of a model whose weights can be dequantised.
        source: the model, as the user typed it.

    Raises:
        RequestError: for a pattern of modules that may take long to match.
    """
    name, quantisation = quantisation_of(config), config[QUANTISATION]
    method = METHODS[name]
    settings = {key: value for key, value in quantisation.items() if key in method.settings}
    for pattern in _patterns(settings):
        if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern) or pattern.count("*") > _MOST_STARS:
            raise RequestError(
                f"{source}: config.json: {QUANTISATION} names modules by {str(pattern)[:_SHOWN]!r}, which is not read\n"
                "  Names of modules and simple patterns (re:.*lm_head) are."
            )
    return settings | {"quant_method": name} | ({"dequantize": True} if method.step is DequantisationStep.WHILE else {})


def forget_quantisation(module: Any) -> None:
    """Mark the weights of a module as dequantised, which `save_pretrained` requires."""
    for name, nothing in (("hf_quantizer", None), ("quantization_method", None), ("is_quantized", False)):
        setattr(module, name, nothing)
    if hasattr(module.config, QUANTISATION):
        delattr(module.config, QUANTISATION)


def _method(quantisation: Any) -> str:
    name = quantisation.get("quant_method", "unknown") if isinstance(quantisation, Mapping) else "unknown"
    return str(name) or "unknown"


def _patterns(settings: Mapping[str, Any]) -> list[Any]:
    """Return the names and patterns of modules in settings."""
    patterns = [*_listed(settings.get("ignore")), *_listed(settings.get("llm_int8_skip_modules"))]
    groups = settings.get("config_groups")
    for group in groups.values() if isinstance(groups, Mapping) else ():
        patterns += _listed(group.get("targets") if isinstance(group, Mapping) else None)
    return patterns


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
