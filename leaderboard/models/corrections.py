"""Corrections: what earlier versions computed wrongly of a model. They are in its identity: it is measured again.

A model of which nothing was wrong keeps the identity that it had, and what is stored of it.
"""

import json
from pathlib import Path
from typing import Any

from leaderboard.errors import LeaderboardError
from leaderboard.models.architectures import DECODERS_IF_TOLD, kind_by_name
from leaderboard.models.loaded import ModelKind
from leaderboard.models.window import has_no_positions, window_of

LENGTH_UNKNOWN = 512
"""Tokens: what was read of a model that names no limit."""
MIXES_PADDING = frozenset({"convbert", "fnet", "funnel", "nystromformer", "xlnet", "yoso"})
"""Families that answered otherwise beside longer rows, or by how wide a batch was."""
MISREAD_TREES = frozenset({"gpt_neo"})
"""Families whose local attention counts places: token trees wider than that were scored wrongly."""
DEPENDS_ON_ORDER = frozenset({"big_bird"})
"""Families that attended otherwise once they had read a short text."""
ENCODERS = DECODERS_IF_TOLD | {
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


def corrections_of(folder: Path, config: dict[str, Any], kind: ModelKind) -> tuple[str, ...]:
    """Names of what earlier versions computed wrongly of a model, in alphabetical order; none for nearly all.

    Args:
        folder: of the model, with its tokenizer.
        config: its `config.json`.
        kind: what it is taken for now.
    """
    family = str(config.get("model_type", ""))
    headed = kind in {ModelKind.CLASSIFIER, ModelKind.TAGGER}
    wrong = {
        "attention": family in DEPENDS_ON_ORDER,
        "head": headed and config.get("problem_type") in _NOT_ONE_CLASS,
        "kind": kind is not kind_by_name(config) and kind is not ModelKind.TRANSLATOR,
        "layout": family in MIXES_PADDING,
        "padding": kind is ModelKind.CLASSIFIER and _padded_otherwise(folder, config, family),
        "trees": kind is ModelKind.CAUSAL and family in MISREAD_TREES,
        "window": kind is not ModelKind.TRANSLATOR and _another_window(folder, config),
    }
    return tuple(name for name, is_wrong in wrong.items() if is_wrong)


def words_corrected(folder: Path) -> bool:
    """Whether words of a sentence may have got other tokens than in running text: a tokenizer with spaces in tokens.

    Word-piece tokenizers have none, and those that were asked for a space before each word put it there.
    """
    tokenizer, settings = _json(folder / "tokenizer.json"), _json(folder / "tokenizer_config.json")
    if (tokenizer.get("model") or {}).get("type") == "WordPiece":
        return False
    text = json.dumps([tokenizer.get("pre_tokenizer"), tokenizer.get("normalizer")])
    named = str(settings.get("tokenizer_class", "")).removesuffix("Fast")
    asked = named in {"RobertaTokenizer", "GPT2Tokenizer", "LongformerTokenizer", "BartTokenizer", "LEDTokenizer"}
    byte_level = '"ByteLevel"' in text and not asked
    return byte_level or ('"▁"' in text and '"Prepend"' not in text and '"Metaspace"' not in text)


def _another_window(folder: Path, config: dict[str, Any]) -> bool:
    """Whether the window was read otherwise: nearly every configuration names `max_position_embeddings`."""
    text = config.get("text_config") if isinstance(config.get("text_config"), dict) else config
    stated = (text or {}).get("max_position_embeddings", (text or {}).get("n_positions"))
    biased = has_no_positions(_Attributes(text or {}))
    if isinstance(stated, int) and stated > 0 and not biased:
        return False
    from transformers import AutoConfig  # noqa: PLC0415 - slow to import, and asked of few

    try:
        known = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError):
        return False  # loading says why
    length = _json(folder / "tokenizer_config.json").get("model_max_length")
    length = length if isinstance(length, int | float) else None
    before = getattr(known.get_text_config(), "max_position_embeddings", None)
    if before is None:
        before = int(length) if length is not None and length < 1_000_000 else LENGTH_UNKNOWN  # noqa: PLR2004
    return bool(window_of(known, length).tokens != before)


def _padded_otherwise(folder: Path, config: dict[str, Any], family: str) -> bool:
    """Whether rows were padded with another token than the one that the model takes for padding."""
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
    found = added.get(token, vocabulary.get(token) if isinstance(vocabulary, dict) else None)
    return int(found) if isinstance(found, int) else None


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, LeaderboardError):
        return {}  # loading says why
    return content if isinstance(content, dict) else {}


class _Attributes:
    """A part of a configuration, read as attributes."""

    def __init__(self, values: dict[str, Any]) -> None:
        nested = {name: _Attributes(value) for name, value in values.items() if isinstance(value, dict)}
        self.__dict__.update({**values, **nested})
