"""Debiasing: directions that encode the group that a text names are removed from a probe's features."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.dp_sgd import LEARNS_WITHOUT_NOISE, DpSgd
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Whole
from leaderboard.mitigations.stages import FeatureMitigation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from leaderboard.data.examples import Text


class Debiasing(FeatureMitigation):
    """Remove directions that encode groups from the features of a frozen body (iterative nullspace projection).

    Attributes:
        debias_directions: number of directions removed that separate texts from their copies with the group exchanged,
            for each pair of groups that at least 20 training texts name; 0 is off.
    """

    name = "debiasing"
    axes = (Axis.BIAS, Axis.ACCURACY)
    source = "Ravfogel et al. 2020, Null It Out: Guarding Protected Attributes by Iterative Nullspace Projection"
    excludes = ((DpSgd, LEARNS_WITHOUT_NOISE),)
    always_recorded = True

    debias_directions: Annotated[
        int,
        Field(ge=0),
        Searched(Whole(low=0, high=10, half_off=True), "projected out of a probe's features"),
    ] = 0

    def projection(
        self, texts: "Sequence[Text]", features: "Callable[[Sequence[Text]], npt.NDArray[np.float64]]"
    ) -> "npt.NDArray[np.float64]":
        """Return the projection after which a linear classifier cannot separate groups.

        Raises:
            NotMeasurableError: when too few texts name a group.
            RequestError: when no direction would remain.
        """
        from leaderboard.mitigations.debiasing.nullspace import group_contrasts, nullspace_projection  # noqa: PLC0415 - slow to import

        return nullspace_projection(group_contrasts(texts), features, self.debias_directions)
