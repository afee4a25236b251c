"""Chat templates of tokenizers, rendered in a sandbox with limits."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import jinja2
from transformers.utils import chat_template_utils

from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.data.bounded_templates import BoundedEnvironment
from leaderboard.errors import NotMeasurableError

DATE = date(2024, 7, 26)
"""Date that chat templates take for today: the date that Llama's own template assumes where nobody tells it one.
Prompts that have the day of the measurement in them would give other answers, under the same identity, the day
after."""
_FAILURES = (jinja2.TemplateError, ArithmeticError, LookupError, RecursionError, TypeError)
"""Errors that a chat template can raise."""


class LocalChat:
    """The chat format of a model's tokenizer."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model

    def template(self, name: str | None = None) -> str:
        """Return the chat template.

        Raises:
            NotMeasurableError: when the tokenizer has none.
        """
        try:
            template: str = self._model.tokenizer.get_chat_template(name)
        except ValueError:
            raise NotMeasurableError(f"{self._model.name} has no chat template") from None
        return template

    def render(self, messages: Sequence[Mapping[str, str]], *, add_generation_prompt: bool = True) -> str:
        """Render a conversation as one prompt, without system messages where the template has no system role.

        Raises:
            NotMeasurableError: when the model has no template, or one that fails or is beyond a limit.
        """
        self.template()
        bound_chat_templates()
        try:
            return self._render(messages, add_generation_prompt)
        except _FAILURES:
            without_system = [message for message in messages if message["role"] != "system"]
        try:
            return self._render(without_system, add_generation_prompt)
        except _FAILURES as error:
            raise NotMeasurableError(f"the chat template of {self._model.name} fails: {str(error)[:200]}") from None

    def _render(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool) -> str:
        rendered = self._model.tokenizer.apply_chat_template(
            [dict(message) for message in messages],
            tokenize=False,
            add_generation_prompt=add_generation_prompt,
            continue_final_message=not add_generation_prompt,
        )
        return str(rendered)


class ChatEnvironment(BoundedEnvironment):
    """The sandbox of chat templates, in which it is always the same day."""

    def from_string(self, source: Any, globals: Any = None, template_class: Any = None) -> jinja2.Template:  # noqa: A002
        """Compile a template, which is told `DATE` where transformers tells it the day."""
        self.globals["strftime_now"] = _strftime_now
        return super().from_string(source, globals, template_class)


def _strftime_now(pattern: str) -> str:
    return DATE.strftime(pattern)


def bound_chat_templates() -> None:
    """Have transformers render chat templates in our sandbox: templates are untrusted.

    transformers compiles them in Jinja's sandbox, where a template may compute without end.
    """
    transformers: Any = chat_template_utils
    if transformers.ImmutableSandboxedEnvironment is not ChatEnvironment:
        transformers.ImmutableSandboxedEnvironment = ChatEnvironment
        transformers._compile_jinja_template.cache_clear()  # noqa: SLF001 - templates of the other sandbox
