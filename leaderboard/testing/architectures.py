"""Tiny random models of nearly every architecture that `transformers` has, made from their configurations."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import torch
from transformers import CONFIG_MAPPING, PreTrainedConfig, PreTrainedModel

SIZES: Mapping[str, int] = {
    **dict.fromkeys(("attention_hidden_size", "pooler_hidden_size", "image_size"), 32),
    **dict.fromkeys(("mamba_n_heads", "mamba_d_head", "patch_size"), 8),
    **dict.fromkeys(("hidden_size", "d_model", "n_embd", "dim", "emb_dim", "embedding_size", "model_dim"), 32),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers"), 2),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "attention_heads", "encoder_attention_heads"), 4),
    **dict.fromkeys(("decoder_attention_heads", "linear_num_value_heads"), 4),
    **dict.fromkeys(("num_key_value_heads", "linear_num_key_heads"), 2),
    **dict.fromkeys(("head_dim", "d_head", "d_kv", "global_head_dim", "linear_key_head_dim"), 8),
    **dict.fromkeys(("linear_value_head_dim", "rotary_dim", "v_head_dim", "qk_nope_head_dim", "qk_rope_head_dim"), 8),
    **dict.fromkeys(("intermediate_size", "n_inner", "d_inner", "ffn_dim", "hidden_dim", "d_ff"), 64),
    **dict.fromkeys(("encoder_ffn_dim", "decoder_ffn_dim"), 64),
    **dict.fromkeys(("moe_intermediate_size", "shared_expert_intermediate_size"), 32),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"), 4),
    **dict.fromkeys(("num_experts_per_tok", "moe_k"), 2),
    **dict.fromkeys(("n_group", "topk_group"), 1),
    **dict.fromkeys(("q_lora_rank", "kv_lora_rank", "qk_head_dim"), 16),
    **dict.fromkeys(("state_size", "mamba_d_state"), 8),
    **dict.fromkeys(("time_step_rank", "mamba_dt_rank", "conv_kernel"), 4),
    "sliding_window": 8,
}
"""Small values of the sizes in a configuration, by their name there."""
OVERRIDES: Mapping[str, Mapping[str, Any]] = {
    "deepseek_v2": {"topk_method": "greedy", "num_experts_per_tok": 2},
    "esm": {"pad_token_id": 0, "mask_token_id": 1, "vocab_size": None},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]], "attention_layers": ["global", "local"]},
    "jamba": {"attn_layer_offset": 1, "attn_layer_period": 2},
    "mamba2": {"num_heads": 8, "head_dim": 8, "n_groups": 1},
    "nemotron": {"num_key_value_heads": 2, "head_dim": 8},
    "roc_bert": {"pronunciation_vocab_size": 10, "shape_vocab_size": 10},
    "xlstm": {"embedding_dim": 32, "num_heads": 4, "qk_dim_factor": 1.0},
    "xmod": {"languages": ["en_XX"], "default_language": "en_XX"},
}
"""Further settings of architectures that small sizes alone would break, by model type."""


def tiny_config(family: str, vocabulary: int, **changes: Any) -> PreTrainedConfig:
    """The configuration of a family, with its own defaults but for sizes.

    Args:
        family: `model_type` of its configuration.
        vocabulary: number of tokens.
        changes: of its part for text, made last.
    """
    config: PreTrainedConfig = CONFIG_MAPPING[family]()
    text, vision = config.get_text_config(), getattr(config, "vision_config", None)
    latent = {"num_key_value_heads": 4} if getattr(text, "kv_lora_rank", None) else {}
    own = {**latent, **OVERRIDES.get(family, {}), **changes}
    for part in (text, vision):
        for name, value in {**SIZES, **({"vocab_size": vocabulary, **own} if part is text else {})}.items():
            with suppress(AttributeError, NotImplementedError):  # what follows from others, or differs by layer
                if (part is text and name in own) or getattr(part, name, None) is not None:
                    setattr(part, name, value)
    layers = getattr(text, "layer_types", None)
    if isinstance(layers, list) and len(layers) != text.num_hidden_layers and "layer_types" in vars(text):
        text.layer_types = [layers[0], *layers[1 - text.num_hidden_layers :]]
    for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
        token = getattr(text, name, None)
        if isinstance(token, list) or (isinstance(token, int) and not 0 <= token < vocabulary):
            setattr(text, name, 1)
    return config


def build(kind: Any, config: PreTrainedConfig, seed: int = 0) -> PreTrainedModel:
    """A model with random weights that are large enough for its tokens to make a difference, in evaluation mode.

    Args:
        kind: an auto class of `transformers`.
        config: from `tiny_config`.
        seed: of the weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module: PreTrainedModel = kind.from_config(config).eval()
        for name, weight in module.named_parameters():
            spread = float(weight.detach().float().std()) if weight.dim() > 1 else 0.0
            if 1e-3 < spread < 0.08 and "A_log" not in name:  # noqa: PLR2004 - as initialised by default
                weight.data.mul_(0.25 / spread)
    module.config.use_cache = False
    return module
