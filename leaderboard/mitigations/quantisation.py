"""Quantisation: the weights of linear layers are stored as 8-bit integers."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from leaderboard.axes.axis import Axis
from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import choice
from leaderboard.mitigations.stages import WeightMitigation

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


class WeightQuantisation(WeightMitigation):
    """Store the weights of linear layers as 8-bit integers.

    Attributes:
        quantise: method of 8-bit quantisation.
    """

    name = "quantisation"
    axes = (Axis.LATENCY, Axis.ACCURACY)
    source = "Dettmers et al. 2022, LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale"
    order = 2
    always_recorded = True
    kept_in_files: ClassVar[bool] = False

    quantise: Annotated[Quantisation, Searched(choice([each.value for each in Quantisation]), "8-bit weights")] = (
        Quantisation.NONE
    )

    @property
    def rounds_inputs(self) -> bool:
        """Return whether the inputs of a layer are rounded as well."""
        return self.quantise is Quantisation.INT8_DYNAMIC

    def alter(self, module: "PreTrainedModel") -> None:
        """Quantise the weights of the linear layers of the body.

        Raises:
            RequestError: without torchao, or when there is no linear layer.
        """
        from leaderboard.backends.local.models.layer_stacks import layer_stacks  # noqa: PLC0415 - slow to import
        from leaderboard.backends.local.models.quantisation import quantise_linear_layers  # noqa: PLC0415 - as above

        quantise_linear_layers(layer_stacks(module), self.quantise, module.device)

    def arithmetic(self, device: "torch.device") -> dict[str, Any]:
        """Return the properties of the processor that affect the numbers."""
        from leaderboard.backends.local.models.quantisation import arithmetic  # noqa: PLC0415 - slow to import

        return arithmetic(self.quantise, device)

    def notes(self, device: "torch.device") -> tuple[str, ...]:
        """Return a note where the processor multiplies fewer bits."""
        from leaderboard.backends.local.models.quantisation import range_note  # noqa: PLC0415 - slow to import

        note = range_note(self.quantise, device)
        return (note,) if note else ()

    def import_requirements(self) -> None:
        """Import torchao."""
        from leaderboard.backends.local.models.quantisation import import_torchao  # noqa: PLC0415 - slow to import

        import_torchao()
