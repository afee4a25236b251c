"""Merging of the adapters of a PEFT model in memory."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def merge_and_unload(adapted: Any) -> "PreTrainedModel":
    """Return the model inside a PEFT model with its adapters added to the weights, and its own modules in place.

    Modules that the adapter holds in full are put in place first: for some methods (IA³, LoHa, LoKr) PEFT merges only
    those that are a single layer, and not a pooler or a head of two layers.

    Args:
        adapted: the PEFT model; cannot be used afterwards.

    Raises:
        ValueError: when a merged weight is not finite.
    """
    from peft.utils.other import ModulesToSaveWrapper  # noqa: PLC0415 - slow to import

    model = adapted.base_model.model
    wrapped = {name: part for name, part in model.named_modules() if isinstance(part, ModulesToSaveWrapper)}
    for name, part in wrapped.items():
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, part.modules_to_save[part.active_adapters[0]])
    merged: PreTrainedModel = adapted.merge_and_unload(safe_merge=True)
    return merged
