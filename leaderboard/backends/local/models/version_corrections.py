"""Corrections of earlier versions that change the results of a model. They are in its identity: it is measured again.

A model that no correction affects keeps its identity and its stored results.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.architectures import DECODERS_IF_CONFIGURED, kind_by_name
from leaderboard.backends.local.models.config_limits import read_object
from leaderboard.backends.local.models.context_window import has_no_positions, window_of
from leaderboard.backends.local.models.model_files import CONFIG
from leaderboard.backends.local.models.private_folder import private_folder
from leaderboard.errors import LeaderboardError

LENGTH_UNKNOWN = 512
"""Tokens: length that earlier versions read of a model without a limit."""
MIXES_PADDING = frozenset({"convbert", "fnet", "funnel", "nystromformer", "xlnet", "yoso"})
"""Families whose answers depended on longer rows in the batch, or on its width."""
MISREAD_TREES = frozenset({"gpt_neo"})
"""Families with local attention, for which wide token trees were scored wrongly."""
DEPENDS_ON_ORDER = frozenset({"big_bird"})
"""Families whose attention changed after a short text."""
ENCODERS = DECODERS_IF_CONFIGURED | {
    "albert",
    "deberta",
    "deberta-v2",
    "distilbert",
    "eurobert",
    "mobilebert",
    "modernbert",
    "mpnet",
    "squeezebert",
}
"""Families that classify by their first token, so that nothing depends on which token is padding."""
_NOT_ONE_CLASS = frozenset({"multi_label_classification", "regression"})


def corrections_of(folder: Path, files: Mapping[str, str], config: dict[str, Any], kind: ModelKind) -> tuple[str, ...]:
    """Return the names of corrections that affect a model, in alphabetical order; empty for nearly all.

    Args:
        folder: of the model, with its tokenizer.
        files: name to digest of each of its files.
        config: its `config.json`.
        kind: Its kind.
    """
    if config.get("is_encoder_decoder"):  # which earlier versions did not measure
        return ()
    family = str(config.get("model_type", ""))
    headed = kind in {ModelKind.CLASSIFIER, ModelKind.TAGGER}
    wrong = {
        "attention": family in DEPENDS_ON_ORDER,
        "head": headed and config.get("problem_type") in _NOT_ONE_CLASS,
        "kind": kind is not kind_by_name(config),
        "layout": family in MIXES_PADDING,
        "padding": kind is ModelKind.CLASSIFIER and _has_another_padding(folder, config, family),
        "trees": kind is ModelKind.CAUSAL and family in MISREAD_TREES,
        "window": _has_another_window(folder, files, config),
    }
    return tuple(name for name, is_wrong in wrong.items() if is_wrong)


def words_corrected(folder: Path) -> bool:
    """Return whether words of a sentence may have had other tokens than in running text.

    That affects tokenizers with spaces in tokens, unless they put a space before each word.
    """
    tokenizer, settings = _json(folder / "tokenizer.json"), _json(folder / "tokenizer_config.json")
    if (tokenizer.get("model") or {}).get("type") == "WordPiece":
        return False
    text = json.dumps([tokenizer.get("pre_tokenizer"), tokenizer.get("normalizer")])
    named = str(settings.get("tokenizer_class", "")).removesuffix("Fast")
    adds_prefix_space = named in {
        "RobertaTokenizer",
        "GPT2Tokenizer",
        "LongformerTokenizer",
        "BartTokenizer",
        "LEDTokenizer",
    }
    byte_level = '"ByteLevel"' in text and not adds_prefix_space
    return byte_level or ('"▁"' in text and '"Prepend"' not in text and '"Metaspace"' not in text)


def _has_another_window(folder: Path, files: Mapping[str, str], config: dict[str, Any]) -> bool:
    """Return whether the window differs: nearly every configuration has `max_position_embeddings`."""
    text = config.get("text_config") if isinstance(config.get("text_config"), dict) else config
    named_length = (text or {}).get("max_position_embeddings", (text or {}).get("n_positions"))
    biased = has_no_positions(_Attributes(text or {}))
    if isinstance(named_length, int) and named_length > 0 and not biased:
        return False
    from leaderboard.backends.local.models.pretrained import load_config  # noqa: PLC0415 - slow to import, and needed for few

    try:
        with private_folder(folder, {CONFIG: files[CONFIG]}) as private:
            loaded_config = load_config(private)
    except Exception:  # noqa: BLE001 - the file is untrusted; loading reports why
        return False
    length = _json(folder / "tokenizer_config.json").get("model_max_length")
    length = length if isinstance(length, int | float) else None
    earlier_length = getattr(loaded_config.get_text_config(), "max_position_embeddings", None)
    if earlier_length is None:
        earlier_length = int(length) if length is not None and length < 1_000_000 else LENGTH_UNKNOWN  # noqa: PLR2004
    return bool(window_of(loaded_config, length).tokens != earlier_length)


def _has_another_padding(folder: Path, config: dict[str, Any], family: str) -> bool:
    """Return whether rows were padded with another token than the model's padding token."""
    own = config.get("pad_token_id")
    if own is None:
        return family not in ENCODERS
    return bool(own != _padding_token(folder))


def _padding_token(folder: Path) -> int | None:
    settings = {**_json(folder / "special_tokens_map.json"), **_json(folder / "tokenizer_config.json")}
    token = settings.get("pad_token")
    token = token.get("content") if isinstance(token, dict) else token
    tokenizer = _json(folder / "tokenizer.json")
    added = {each.get("content"): each.get("id") for each in tokenizer.get("added_tokens") or []}
    vocabulary = (tokenizer.get("model") or {}).get("vocab") or {}
    if token is None:
        return 0  # what rows were padded with where the tokenizer names nothing
    token_id = added.get(token, vocabulary.get(token) if isinstance(vocabulary, dict) else None)
    return int(token_id) if isinstance(token_id, int) else None


def _json(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except LeaderboardError:
        return {}  # loading reports why


class _Attributes:
    """A part of a configuration, read as attributes."""

    def __init__(self, values: dict[str, Any]) -> None:
        nested = {name: _Attributes(value) for name, value in values.items() if isinstance(value, dict)}
        self.__dict__.update({**values, **nested})
