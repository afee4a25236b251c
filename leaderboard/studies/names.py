"""Names and defaults of a search, importable without heavy packages."""

from enum import StrEnum


class SamplerName(StrEnum):
    """Optuna samplers, which propose the next point; see `studies.samplers`."""

    AUTO = "auto"
    TPE = "tpe"
    GP = "gp"
    NSGA2 = "nsga2"
    RANDOM = "random"


class ScalarisationName(StrEnum):
    """How weighted losses become one; see `ranking.scalarisation`."""

    SUM = "sum"
    CHEBYSHEV = "chebyshev"


TRIALS = 50
"""Default number of trials."""
LIMIT = 1000
"""Default number of examples of each split."""
VARIANTS = 2
"""Default number of variants of each training."""
