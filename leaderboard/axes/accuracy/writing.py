"""Writing: the prompts and lengths of texts that a subject writes, and the texts."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from leaderboard.axes.protocol import Parameters
from leaderboard.backends.generation import Chat, Sampling
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import PromptExample
from leaderboard.data.template import fields_only, render


class WritingParameters(Parameters):
    """Prompt and length of a generated text.

    Attributes:
        template: sandboxed Jinja template over `text`.
        max_new_tokens: largest number of generated tokens.
        until: stop strings; a text ends before the first of them, and at the end-of-sequence token.
    """

    template: Annotated[str, AfterValidator(fields_only("text"))] = "{{ text }}"
    max_new_tokens: Annotated[int, Field(ge=1)] = 256
    until: tuple[Annotated[str, Field(min_length=1)], ...] = ()


def write(
    subject: Subject, examples: Sequence[PromptExample], parameters: WritingParameters, *, chat: Chat | None = None
) -> Iterator[str]:
    """Yield the text that a subject writes for each example, by greedy decoding.

    Args:
        subject: subject that generates.
        examples: examples with the texts of the prompts.
        parameters: prompt and length.
        chat: chat format in which each prompt is the message of a user; None for the bare prompt.
    """
    prompts = [subject.opening(each.text) + render(parameters.template, {"text": each.text}) for each in examples]
    if chat is not None:
        prompts = [chat.render([{"role": "user", "content": prompt}]) for prompt in prompts]
    sampling = Sampling(max_new_tokens=parameters.max_new_tokens, until=parameters.until)
    yield from subject.generator().generate(prompts, sampling)
