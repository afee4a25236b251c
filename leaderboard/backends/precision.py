"""Precision of floating-point weights."""

from enum import StrEnum


class Precision(StrEnum):
    """Values of `--dtype`; `auto` is float32 on a CPU and bfloat16 on a GPU."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
