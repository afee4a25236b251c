"""Text generation by a server."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from leaderboard.backends.generation import Sampling
from leaderboard.backends.openai.answering import Questions
from leaderboard.backends.openai.writers import Writer
from leaderboard.cache.answer_file import Float32Array
from leaderboard.identity import digest

TEXTS = "texts"
"""Kind of a question for greedily decoded text."""
SAMPLES = "samples"
"""Kind of a question for sampled text."""


class ServedGenerator:
    """A generator whose texts a server writes; an answer is kept as its bytes in UTF-8, behind one number."""

    def __init__(self, questions: Questions, writer: Writer) -> None:
        """Create the generator of a model.

        Args:
            questions: asks the server.
            writer: way of asking for one text.
        """
        self._questions = questions
        self._writer = writer

    def generate(self, prompts: Sequence[str], sampling: Sampling, *, work: str = "writing") -> list[str]:
        """Generate the continuation of each prompt; see `Generator.generate`."""
        settings = digest(asdict(sampling))
        answers = self._questions.ask(
            SAMPLES if sampling.temperature else TEXTS,
            [(settings, prompt) for prompt in prompts],
            lambda question: _kept(self._writer.write(question[1], sampling)),
            work=work,
            repeatable=not sampling.temperature,
        )
        return [answer[1:].astype(np.uint8).tobytes().decode() for answer in answers]


def _kept(text: str) -> Float32Array:
    encoded = b"\0" + text.encode(errors="replace")
    return np.frombuffer(encoded, dtype=np.uint8).astype(np.float32)
