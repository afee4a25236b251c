"""Words and numbers of a search that the command line needs before anything is imported."""

from enum import StrEnum


class SamplerName(StrEnum):
    """Optuna samplers, which propose the next point; see `studies.samplers`."""

    AUTO = "auto"
    TPE = "tpe"
    GP = "gp"
    NSGA2 = "nsga2"
    RANDOM = "random"


class ScalarisationName(StrEnum):
    """How weighted losses become one; see `ranking.scalarise`."""

    SUM = "sum"
    CHEBYSHEV = "chebyshev"


TRIALS = 50
"""Trials of a search, unless another number is asked for."""
LIMIT = 1000
"""Examples of each split of a search, unless another number is asked for."""
VARIANTS = 2
"""Points after each training that differ from it only in what follows it, unless another number is asked for."""
