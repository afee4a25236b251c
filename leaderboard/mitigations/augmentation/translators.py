"""Translators: the models that back-translation needs."""

from typing import Protocol

from leaderboard.backends.kind import ModelKind
from leaderboard.errors import RequestError


class TranslationModel(Protocol):
    """A model, loaded or only resolved."""

    @property
    def name(self) -> str:
        """Name for people."""

    @property
    def kind(self) -> ModelKind:
        """What it predicts."""


def check_translator(model: TranslationModel) -> None:
    """Check that a model translates.

    Raises:
        RequestError: when it does not.
    """
    if model.kind is not ModelKind.TRANSLATOR:
        raise RequestError(f"recipe.translators: {model.name} is a {model.kind} model, not a translator")
