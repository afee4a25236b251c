"""Layer dropping: the last layers of a body are removed, which makes it faster."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.errors import RequestError
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Whole
from leaderboard.mitigations.stages import WeightMitigation

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from leaderboard.training.target import Target


class LayerDropping(WeightMitigation):
    """Remove the last layers of a body.

    Attributes:
        drop_layers: number of layers removed, from the last one down.
    """

    name = "layer_dropping"
    axes = (Axis.LATENCY, Axis.ACCURACY)
    source = "Sajjad et al. 2023, On the Effect of Dropping Layers of Pre-trained Transformer Models"
    always_recorded = True

    drop_layers: Annotated[
        int,
        Field(ge=0),
        Searched(
            lambda layers: Whole(low=0, high=min(layers - 1, max(1, layers // 3))),
            "last layers left out",
            one_stack=True,
        ),
    ] = 0

    def check(self, target: "Target") -> None:
        """Check that the model has more layers than are removed."""
        if target.model.layers is not None:
            self._check(target.model.layers)

    def _check(self, layers: int) -> None:
        if self.drop_layers >= layers:
            raise RequestError(
                f"drop_layers {self.drop_layers}: it has {layers} layers; at most {layers - 1} can be removed"
            )

    def alter(self, module: "PreTrainedModel") -> None:
        """Remove the last layers, in the configuration as well, for export and for the key-value cache.

        Raises:
            RequestError: when the model has not a single list of layers, or too few layers.
        """
        from leaderboard.backends.local.models.layer_stacks import layer_stacks  # noqa: PLC0415 - slow to import

        count, config = self.drop_layers, module.config.get_text_config()
        layers = getattr(config, "num_hidden_layers", None)
        stacks = [stack for stack in layer_stacks(module) if len(stack) == layers]
        if layers is None or len(stacks) != 1 or getattr(config, "is_encoder_decoder", False):
            raise RequestError(f"drop_layers: {type(module).__name__} is not made of a single list of layers")
        self._check(layers)
        del stacks[0][layers - count :]
        for name, value in list(vars(config).items()):  # lists with an entry per layer, such as its kind of attention
            if "layer" in name and isinstance(value, list) and len(value) == layers:
                setattr(config, name, value[: layers - count])
        config.num_hidden_layers = layers - count
