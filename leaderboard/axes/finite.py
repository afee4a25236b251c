"""Scores that are not numbers measure nothing: they are refused where they are seen, before they are kept."""

import numpy as np
import numpy.typing as npt

from leaderboard.errors import NotMeasurableError


def finite(scores: npt.NDArray[np.float64], who: str) -> npt.NDArray[np.float64]:
    """The scores as they are.

    Args:
        scores: any shape.
        who: gave them, for the message.

    Raises:
        NotMeasurableError: when one of them is NaN or infinite.
    """
    broken = int((~np.isfinite(scores)).sum())
    if broken:
        raise NotMeasurableError(f"{who} gave {broken} of {scores.size} scores that are not finite numbers")
    return scores
