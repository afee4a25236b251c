"""References of served models: `openai:MODEL@http://host:port/v1`."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from leaderboard.backends.openai.abilities import Abilities
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.errors import RequestError

NAME = "openai"
"""Name of the backend, and scheme of its references."""
_FORM = re.compile(rf"{NAME}:(?P<model>[^\s]*[^\s@])@(?P<url>https?://[^\s@]+)", re.ASCII)
_EXAMPLE = f"{NAME}:MODEL@http://localhost:8000/v1"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A model's name on a server, and the address of the server.

    Attributes:
        model: name that requests have.
        url: base address of the API, without a slash at its end.
    """

    model: str
    url: str

    @property
    def root(self) -> str:
        """Address of the server itself, where servers have endpoints that are not of the API."""
        return self.url.removesuffix("/v1")

    @property
    def encrypted(self) -> bool:
        """Whether requests are encrypted."""
        return self.url.startswith("https://")

    @property
    def on_this_machine(self) -> bool:
        """Whether the server is on this machine, by its name or address."""
        host = urlsplit(self.url).hostname or ""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def parse_reference(reference: str) -> ServerAddress:
    """Parse the reference of a served model.

    Raises:
        RequestError: for another form, an address with a user, a password, a query or a fragment, or a wrong port.
    """
    form = _FORM.fullmatch(reference)
    if form is None:
        raise RequestError(
            f"model '{reference}': not of the form {_EXAMPLE}\n"
            "  The address has no user or password; the key comes from the environment (OPENAI_API_KEY)."
        )
    url = form["url"].rstrip("/")
    try:
        parts = urlsplit(url)
        valid = bool(parts.hostname) and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError:
        valid = False
    if not valid:
        raise RequestError(f"model '{reference}': '{url}' is no address of a server\n  Write it as in {_EXAMPLE}")
    return ServerAddress(form["model"], url)


@dataclass(frozen=True, kw_only=True)
class ServedReference(ResolvedReference):
    """A model of a server, with everything that the server told about it.

    Attributes:
        address: of the server.
        served_name: name of the model that the server lists and that requests have.
        description: properties that the server reports of itself and the model, JSON-like.
        abilities: kinds of answers that the server gives.
        first_token: text of the token in front of a text without context, where the user named it.
        longest: maximum sequence length in tokens; None where it is unknown.
    """

    address: ServerAddress
    served_name: str
    abilities: Abilities
    description: Mapping[str, Any] = field(default_factory=dict)
    first_token: str = ""
    longest: int | None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """Address, name, version and properties of the model, and how it is asked."""
        named = {"first_token": self.first_token} if self.first_token else {}
        return {**super().identity, "server": dict(self.description), "asked": self.abilities.identity, **named}
