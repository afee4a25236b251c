"""Freezing: the lower layers of a body are not trained."""

import torch
from transformers import PreTrainedModel

from leaderboard.errors import RequestError
from leaderboard.training.adapters import module_heads
from leaderboard.training.setting_checks import check_unfrozen_layers


def freeze_below(module: PreTrainedModel, layers: int, *, name: str) -> None:
    """Freeze all but the last layers of the body, the pooler and the head.

    Args:
        module: model with a head; changed in place.
        layers: number of layers of the body that are trained; 0 trains the head (and pooler) alone.
        name: name of the model, for messages.

    Raises:
        RequestError: when the model has fewer layers, or not a single list of them.
    """
    count = getattr(module.config.get_text_config(), "num_hidden_layers", None)
    modules = module.base_model.modules()
    stacks = [part for part in modules if isinstance(part, torch.nn.ModuleList) and len(part) == count]
    if (len(stacks) != 1 or module.config.get_text_config().is_encoder_decoder) and layers:
        raise RequestError(f"recipe.unfrozen_layers {layers}: {name} is not made of a single list of layers")
    check_unfrozen_layers(layers, count or 0, name=name)
    module.requires_grad_(requires_grad=False)
    trainable = [module.get_submodule(head) for head in module_heads(module)]
    if layers:
        trainable += stacks[0][-layers:]
    for part in trainable:
        part.requires_grad_(requires_grad=True)
