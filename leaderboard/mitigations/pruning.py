"""Pruning: the weights of smallest magnitude are set to 0."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Real
from leaderboard.mitigations.stages import WeightMitigation

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Pruning(WeightMitigation):
    """Set the weights of smallest magnitude to 0, over all linear layers together (Han et al. 2015).

    Neither memory nor time is saved without kernels for sparse weights.

    Attributes:
        prune: share of the weights of all linear layers set to 0, those of smallest magnitude.
    """

    name = "pruning"
    axes = (Axis.ACCURACY, Axis.EXPLAINABILITY)
    source = "Han et al. 2015, Learning both Weights and Connections for Efficient Neural Networks"
    order = 1
    always_recorded = True

    prune: Annotated[
        float, Field(ge=0, lt=1), Searched(Real(low=0, high=0.6, half_off=True), "share of weights set to 0")
    ] = 0.0

    def alter(self, module: "PreTrainedModel") -> None:
        """Prune the linear layers of the body.

        Raises:
            RequestError: when there are none.
        """
        from torch.nn.utils import prune as pruning  # noqa: PLC0415 - slow to import

        from leaderboard.backends.local.models.layer_stacks import linear_layers  # noqa: PLC0415 - as above

        linear = list(linear_layers(module))
        if not linear:
            raise RequestError(f"prune: the layers of {type(module).__name__} have no linear layers")
        pruning.global_unstructured(
            [(layer, "weight") for layer in linear], pruning_method=pruning.L1Unstructured, amount=self.prune
        )
        for layer in linear:
            pruning.remove(layer, "weight")  # type: ignore[no-untyped-call]
