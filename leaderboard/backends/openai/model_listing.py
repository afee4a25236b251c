"""The list of models of a server, and what it says about the server and one model."""

from collections.abc import Mapping, Sequence
from typing import Any

from leaderboard.backends.openai.connection import Connection, ServerAnswer
from leaderboard.backends.openai.server_errors import ServerRefusalError, ServerStatusError
from leaderboard.errors import unknown_name
from leaderboard.visible_text import one_line

_SERVERS = {"vllm": "vllm", "sglang": "sglang", "llamacpp": "llama.cpp", "library": "ollama"}
"""Names of servers by the owner that they give their models."""
_NUMBERS = ("max_model_len", "n_ctx", "n_ctx_train", "n_params", "n_vocab", "size")
_WORDS = ("ftype", "quantization", "dtype")
_CONTEXTS = ("max_model_len", "n_ctx", "context_length", "max_context_length")
"""Names of the maximum sequence length, in the order of trust."""
_LONGEST_WORD = 100


def listed_models(connection: Connection) -> tuple[list[dict[str, Any]], Mapping[str, str]]:
    """Return the models that a server lists, and the headers of its answer; no models where it has no such list.

    Raises:
        SourceUnavailableError: If the server cannot be reached, denies access, or fails.
    """
    try:
        answer = connection.get("/models")
    except (ServerRefusalError, ServerStatusError):
        return [], {}
    entries = answer.content.get("data") if isinstance(answer.content, dict) else None
    models = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [model for model in models if isinstance(model.get("id"), str)], answer.headers


def entry_of(models: Sequence[dict[str, Any]], name: str, *, where: str) -> dict[str, Any]:
    """Return the entry of a model, by its name, an alias, or the last part of one; an empty one where none is listed.

    Args:
        models: entries of a list.
        name: as the user typed it.
        where: the reference, for the message.

    Raises:
        RequestError: If the list has no such model.
    """
    if not models:
        return {}
    for model in models:
        aliases = model.get("aliases")
        names = [model["id"], *(aliases if isinstance(aliases, list) else ())]
        if any(name in {each, _base(str(each)), str(each).removesuffix(":latest")} for each in names):
            return model
    raise unknown_name("model", name, [one_line(_base(model["id"])) for model in models], where=where)


def description_of(entry: Mapping[str, Any], headers: Mapping[str, str], version: str) -> dict[str, Any]:
    """Return what is known of a server and a model, JSON-like; of paths only the last part."""
    meta = entry.get("meta")
    properties = {**entry, **(meta if isinstance(meta, dict) else {})}
    owner = properties.get("owned_by")
    numbers = {name: properties[name] for name in _NUMBERS if type(properties.get(name)) is int}
    words = {name: properties[name] for name in (*_WORDS, "root") if isinstance(properties.get(name), str)}
    server = _SERVERS.get(owner, owner) if isinstance(owner, str) else headers.get("server", "")
    names = {"software": server, "version": version, **words}
    return {name: one_line(_base(text), _LONGEST_WORD) for name, text in names.items() if text} | numbers


def longest_of(entry: Mapping[str, Any]) -> int | None:
    """Return the maximum sequence length in tokens; None where the server does not say."""
    meta = entry.get("meta")
    properties = {**entry, **(meta if isinstance(meta, dict) else {})}
    lengths = (properties.get(name) for name in _CONTEXTS)
    return next((length for length in lengths if type(length) is int and length > 0), None)


def version_of(connection: Connection) -> str:
    """Return the version of a server from its endpoints `/version` or `/props`; empty where it has neither."""
    for path, field in (("//version", "version"), ("//props", "build_info"), ("//get_server_info", "version")):
        try:
            answer: ServerAnswer = connection.get(path)
        except (ServerRefusalError, ServerStatusError):
            continue
        version = answer.content.get(field) if isinstance(answer.content, dict) else None
        if isinstance(version, str) and version:
            return version
    return ""


def _base(text: str) -> str:
    """Return the last part of an absolute path, which may name a user; any other text as it is."""
    return text.rstrip("/").rpartition("/")[2] if text.startswith("/") else text
