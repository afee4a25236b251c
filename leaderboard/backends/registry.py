"""The registry of backends, and the backends that are open in a run."""

import re
from collections.abc import Mapping
from typing import Any

from leaderboard.backends.backend import Backend, ComputeOptions
from leaderboard.backends.environment import Environment
from leaderboard.backends.model import Model
from leaderboard.backends.progress import Progress, silent
from leaderboard.backends.resolved import LOCAL, ResolvedReference
from leaderboard.registry import Registry

backends: Registry[type[Backend[Any]]] = Registry(
    "backend",
    "leaderboard.backends",
    {
        LOCAL: "leaderboard.backends.local.backend:LocalBackend",
        "openai": "leaderboard.backends.openai.backend:OpenAIBackend",
    },
)
"""A reference `NAME:…` belongs to the backend called NAME; every other one to `local`."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_LOCAL_SCHEMES = frozenset({LOCAL, "package", "adapter"})
"""Schemes that no plug-in can take over."""


def backend_of(reference: str) -> str:
    """Return the name of the backend that a model reference belongs to, without importing it."""
    scheme = _SCHEME.match(reference)
    if scheme is None or scheme[1] in _LOCAL_SCHEMES or scheme[1] not in backends:
        return LOCAL
    return scheme[1]


class Backends:
    """The backends of one run, each opened when a reference first needs it."""

    def __init__(
        self,
        options: ComputeOptions | None = None,
        progress: Progress = silent,
        *,
        opened: Mapping[str, Backend[Any]] | None = None,
    ) -> None:
        """Prepare the backends; each is opened on first use.

        Args:
            options: of the run.
            progress: called after every batch.
            opened: backends that are open already, by name.
        """
        self.options = options or ComputeOptions()
        self._progress = progress
        self._open: dict[str, Backend[Any]] = dict(opened or {})

    def check(self, reference: str) -> None:
        """Check the form of a reference.

        Raises:
            RequestError: If no model can have such a reference.
        """
        self.get(backend_of(reference)).check(reference)

    def resolve(self, reference: str, *, helps: bool = False) -> ResolvedReference:
        """Resolve a reference to an exact model; arguments and errors as of `Backend.resolve`."""
        model: ResolvedReference = self.get(backend_of(reference)).resolve(reference, helps=helps)
        return model

    def load(self, model: ResolvedReference) -> Model:
        """Load a model; errors as of `Backend.load`."""
        return self.get(model.backend).load(model)

    def environment(self, model: ResolvedReference) -> Environment:
        """Return the environment in which a model is computed."""
        return self.get(model.backend).environment(model)

    def get(self, name: str) -> Backend[Any]:
        """Return the backend of a name, opening it on first use.

        Raises:
            RequestError: for a name that no backend has.
        """
        if name not in self._open:
            self._open[name] = backends.get(name)(self.options, self._progress)
        return self._open[name]
