"""Instruction example: a prompt and the checks that a text for it has to pass."""

from typing import Annotated

from pydantic import BeforeValidator, Field, SerializeAsAny

from leaderboard.axes.accuracy.instructions.check import InstructionCheck
from leaderboard.axes.accuracy.instructions.parsing import checks_of
from leaderboard.data.examples import PromptExample


class InstructionExample(PromptExample):
    """A prompt with instructions, and a check for each of them."""

    checks: Annotated[tuple[SerializeAsAny[InstructionCheck], ...], Field(min_length=1), BeforeValidator(checks_of)]
