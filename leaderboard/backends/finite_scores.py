"""Finite scores: scores that are NaN or infinite are refused before they are recorded."""

import numpy as np
import numpy.typing as npt

from leaderboard.errors import NotMeasurableError


def require_finite(scores: npt.NDArray[np.float64], source: str) -> npt.NDArray[np.float64]:
    """Return scores unchanged, after a check that they are finite.

    Args:
        scores: any shape.
        source: name of the model or reference, for the message.

    Raises:
        NotMeasurableError: when one of them is NaN or infinite.
    """
    invalid = int((~np.isfinite(scores)).sum())
    if invalid:
        raise NotMeasurableError(f"{source} gave {invalid} of {scores.size} scores that are not finite numbers")
    return scores
