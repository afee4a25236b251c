"""The settings of `generation_config.json` that change what a model writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leaderboard.backends.local.models.config_limits import check_numbers
from leaderboard.backends.local.models.model_files import GENERATION_CONFIG, read_json

_WITHOUT_EFFECT = frozenset(
    {
        # about the file
        *("transformers_version", "_from_model_config", "_commit_hash", "_name_or_path"),
        # given with every call of `generate`
        *("max_length", "max_new_tokens", "num_beams", "do_sample", "pad_token_id", "use_cache"),
        # of sampling and of several beams, which `generate` is never asked for: draws are made by the engine
        *("temperature", "top_k", "top_p", "min_p", "top_h", "typical_p", "epsilon_cutoff", "eta_cutoff"),
        *("early_stopping", "length_penalty", "num_beam_groups", "diversity_penalty"),
        # of a prompt without tokens, which is never given
        "bos_token_id",
        # what is returned beside the tokens
        *("output_attentions", "output_hidden_states", "output_scores", "output_logits", "return_dict_in_generate"),
    }
)
_NOTHING: Mapping[str, Any] = {
    "repetition_penalty": 1.0,
    "encoder_repetition_penalty": 1.0,
    "guidance_scale": 1.0,
    "num_return_sequences": 1,
    "no_repeat_ngram_size": 0,
    "encoder_no_repeat_ngram_size": 0,
    "min_length": 0,
    "min_new_tokens": 0,
}
"""Values without effect, in addition to null and false."""
_FROM_CONFIG = frozenset(
    {
        *_NOTHING,
        *("eos_token_id", "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id", "bad_words_ids"),
        *("suppress_tokens", "begin_suppress_tokens", "exponential_decay_length_penalty", "sequence_bias"),
        *("remove_invalid_values", "renormalize_logits"),
    }
)
"""Settings that `transformers` takes from `config.json` without a `generation_config.json`."""


def generation_settings(folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that change what a model generates, compared with `config.json` alone; empty for most.

    An unknown setting counts: it may have an effect.

    Args:
        folder: of the model.
        config: its `config.json`.

    Raises:
        RequestError: when the file cannot be read, or has a list or number that no model has.
    """
    path = folder / GENERATION_CONFIG
    if not path.is_file():
        return {}
    settings = read_json(path)
    check_numbers(settings, GENERATION_CONFIG, str(folder))  # lists of a million tokens would be read for each token
    text: Any = next((config[name] for name in ("decoder", "generator", "text_config") if config.get(name)), {})
    own = {name: value for name, value in config.items() if value is not None}
    implied = {**(text if isinstance(text, dict) else {}), **own}
    names = (set(settings) | (_FROM_CONFIG & set(implied))) - _WITHOUT_EFFECT
    return {
        name: settings.get(name)
        for name in sorted(names)
        if _effect(name, settings.get(name)) != _effect(name, implied.get(name))
    }


def _effect(name: str, value: Any) -> Any:
    """Return the value, or None where it has no effect; one token and a list of it are the same."""
    if value is None or value is False or value == _NOTHING.get(name, ...):
        return None
    if name.endswith("_token_id"):
        return sorted(set(value)) if isinstance(value, list) else [value]
    return value
