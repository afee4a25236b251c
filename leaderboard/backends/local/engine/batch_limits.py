"""Limits of batches that bound the memory of activations."""

import torch

from leaderboard.backends.local.engine.batching import BatchBudget
from leaderboard.backends.local.models.loaded_model import LoadedModel

CPU_ACTIVATION_BYTES = 64 * 2**20
"""Size of the caches of a CPU, not of its memory: 135 M parameters on two cores read 625 tokens/s in batches of 512
tokens (13 MiB) and 440 in batches of 4096."""
CPU_LOGIT_BYTES = 512 * 2**20
CPU_BATCH_COST = 64
"""Cost of a batch besides its tokens, in tokens: a pass of MiniLM takes 7 ms and .19 ms a token on one core."""
GPU_SHARE = 0.25
"""Share of the memory that is free once the weights are loaded, for the activations, and once more for the logits: the
rest is left to attention, to fragmentation and to whoever else uses the GPU. Where it is too much, batches shrink."""
GPU_TOKENS = 65_536
"""More in one batch no longer makes a GPU faster."""
_LOGIT_COPIES = 2
_BYTES_PER_CELL = 4
"""Bytes per pair of tokens of a mask in float32; a few more in truth values are made on the way to it."""


def budget_of(model: LoadedModel) -> BatchBudget:
    """Return the limits of one batch of a model on its device."""
    activation_bytes, logit_bytes, most = CPU_ACTIVATION_BYTES, CPU_LOGIT_BYTES, GPU_TOKENS
    if model.device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(model.device)
        activation_bytes = logit_bytes = int(free * GPU_SHARE)
    tokens = activation_bytes // bytes_per_token(model)
    reads = logit_bytes // (_LOGIT_COPIES * model.module.config.get_text_config().vocab_size * 4)
    return BatchBudget(max(1, min(tokens, most)), max(1, reads), max(1, activation_bytes // _BYTES_PER_CELL))


def bytes_per_token(model: LoadedModel) -> int:
    """Return the peak bytes of activations for each token in the widest part of a layer, the feed-forward network.

    Its input, residual and output, and both halves of a gated inner layer; without gradients nothing more is kept.
    """
    config = model.module.config.get_text_config()
    hidden = int(config.hidden_size)
    inner = int(getattr(config, "intermediate_size", None) or 4 * hidden)
    return (2 * inner + 6 * hidden) * model.dtype.itemsize
