"""The backend of OpenAI-compatible servers: vLLM, SGLang, llama.cpp, Ollama, transformers serve and others."""

from collections.abc import Sequence
from dataclasses import asdict

from leaderboard.backends.backend import Backend, ComputeOptions
from leaderboard.backends.environment import Environment
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.openai.abilities import Abilities
from leaderboard.backends.openai.answering import Questions
from leaderboard.backends.openai.connection import WAITS_S, Connection
from leaderboard.backends.openai.model import ServedModel
from leaderboard.backends.openai.model_listing import (
    description_of,
    entry_of,
    listed_models,
    longest_of,
    version_of,
)
from leaderboard.backends.openai.prices import server_prices
from leaderboard.backends.openai.probing import probe
from leaderboard.backends.openai.reference import NAME, ServedReference, ServerAddress, parse_reference
from leaderboard.backends.progress import Progress, silent
from leaderboard.backends.resolved import UNKNOWN
from leaderboard.cache.answer_file import AnswerFile
from leaderboard.cache.kinds import CacheKind
from leaderboard.errors import SourceUnavailableError
from leaderboard.settings import cache_folder, server_concurrency, server_first_token
from leaderboard.visible_text import one_line


class OpenAIBackend(Backend[ServedReference]):
    """A backend that asks servers with an OpenAI-compatible API."""

    def __init__(
        self, options: ComputeOptions, progress: Progress = silent, *, waits_s: Sequence[float] = WAITS_S
    ) -> None:
        """Open the backend; nothing is sent.

        Args:
            options: of the run; those that concern weights have no effect.
            progress: called after every answer.
            waits_s: seconds before each retry of a request.
        """
        super().__init__(options, progress)
        self._waits_s = waits_s
        self._tried: dict[str, ServedReference] = {}
        self._connections: dict[ServerAddress, Connection] = {}

    def check(self, reference: str) -> None:
        """Check the form of a reference, and the user's settings for servers.

        Raises:
            RequestError: If one of them is not valid.
        """
        self._connection(parse_reference(reference))
        server_concurrency()
        server_prices()

    def resolve(self, reference: str, *, helps: bool = False) -> ServedReference:
        """Look a model up on its server, and try what the server can do with it; once a run.

        Raises:
            RequestError: when the server does not have the model.
            SourceUnavailableError: when the server cannot be reached, denies access, or fails.
        """
        del helps
        if reference not in self._tried:
            self._tried[reference] = self._try(reference)
        return self._tried[reference]

    def load(self, model: ServedReference) -> ServedModel:
        """Return the model; the server has loaded it."""
        questions = Questions(
            self._connection(model.address),
            server_concurrency(),
            self.progress,
            AnswerFile(cache_folder() / CacheKind.ANSWERS / f"{model.digest}.sqlite"),
        )
        return ServedModel(model, questions)

    def environment(self, model: ServedReference) -> Environment:
        """Describe the server: its software, its version, its model, and how it is asked."""
        sources = {name: value for name, value in model.abilities.identity.items() if name != "model" and value}
        prices = server_prices()
        priced = {} if prices is None else {"prices": asdict(prices)}
        details = {"server": dict(model.description), "concurrency": server_concurrency(), **sources, **priced}
        return Environment(device=NAME, dtype=model.dtype, details=details)

    def _try(self, reference: str) -> ServedReference:
        address = parse_reference(reference)
        if self.options.offline and not address.on_this_machine:
            raise SourceUnavailableError(f"{reference}: not on this machine, and the run is offline")
        connection = self._connection(address)
        models, headers = listed_models(connection)
        entry = entry_of(models, address.model, where=reference)
        served_name = str(entry.get("id", address.model))
        abilities = probe(connection, served_name)
        self._refuse_without_abilities(reference, abilities)
        description = description_of(entry, headers, version_of(connection))
        revision = " ".join(str(description[name]) for name in ("software", "version") if name in description)
        return ServedReference(
            name=one_line(address.model.rstrip("/").rpartition("/")[2] or address.model),
            source=reference,
            kind=ModelKind.CAUSAL,
            revision=revision or UNKNOWN,
            backend=NAME,
            address=address,
            served_name=served_name,
            abilities=abilities,
            description=description,
            first_token=server_first_token(),
            longest=longest_of(entry),
        )

    @staticmethod
    def _refuse_without_abilities(reference: str, abilities: Abilities) -> None:
        if not abilities.capabilities:
            reasons = "\n  ".join(f"{capability}: {text}" for capability, text in abilities.refusals.items())
            raise SourceUnavailableError(f"{reference}: the server answers no request for this model\n  {reasons}")

    def _connection(self, address: ServerAddress) -> Connection:
        if address not in self._connections:
            self._connections[address] = Connection(address, waits_s=self._waits_s)
        return self._connections[address]
