"""Advice where no server answers at an address: how to start one there."""

from urllib.parse import urlsplit

from leaderboard.backends.openai.reference import ServerAddress

_PORTS = {"http": 80, "https": 443}


def starting_advice(address: ServerAddress) -> str:
    """Return lines for a message: which server to start, and which address to name otherwise.

    Args:
        address: at which no server accepts a connection.
    """
    parts = urlsplit(address.url)
    port = parts.port or _PORTS[parts.scheme]
    place = f"{parts.hostname}:{port}"
    machine, host = ("this machine", "") if address.on_this_machine else (str(parts.hostname), " --host 0.0.0.0")
    return (
        f"\n  No server accepts connections at {place}. Start one on {machine} and leave it running:"
        f"\n    vllm serve {address.model}{host} --port {port}"
        f"\n    llama-server -m {_file(address.model)}{host} --port {port}"
        f"\n  or name the address of one that runs: openai:MODEL@http://HOST:PORT/v1"
    )


def _file(model: str) -> str:
    """Return the name of a GGUF file of a model, as llama.cpp names its models."""
    return model if model.endswith(".gguf") else f"{model.rpartition('/')[2]}.gguf"
