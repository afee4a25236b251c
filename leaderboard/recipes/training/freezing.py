"""Freezing: the lower layers of a body stay as they come."""

import torch
from transformers import PreTrainedModel

from leaderboard.errors import RequestError
from leaderboard.recipes.training.adapters import heads


def freeze_below(module: PreTrainedModel, layers: int, *, name: str) -> None:
    """Let only the last layers of the body and what stands on top of them change: pooler and head.

    Args:
        module: with a head; changed in place.
        layers: of the body that are trained; 0 trains the head (and pooler) alone.
        name: of the model, for messages.

    Raises:
        RequestError: when it has fewer layers, or is not made of one list of them.
    """
    count = getattr(module.config.get_text_config(), "num_hidden_layers", None)
    parts = module.base_model.modules()
    stacks = [part for part in parts if isinstance(part, torch.nn.ModuleList) and len(part) == count]
    if len(stacks) != 1 and layers:
        raise RequestError(f"recipe.unfrozen_layers {layers}: {name} is not made of a single list of layers")
    if layers > (count or 0):
        raise RequestError(
            f"recipe.unfrozen_layers {layers}: {name} has {count} layers\n"
            f"  Valid: 0 (the head alone) to {count}; leave it out to train the embeddings too."
        )
    module.requires_grad_(requires_grad=False)
    learned = [module.get_submodule(head) for head in heads(module)]
    if layers:
        learned += stacks[0][-layers:]
    for part in learned:
        part.requires_grad_(requires_grad=True)
