"""Prompting: a model that continues text classifies by what it would rather continue a prompt with."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy
import torch

from leaderboard.axes.accuracy.multiple_choice import MultipleChoiceParameters
from leaderboard.data.examples import ChoiceExample, Example, Text, TextExample
from leaderboard.data.template import render
from leaderboard.engine.attribution import gradient_times_input, sum_by_word, words_of_tokens
from leaderboard.engine.engine import Engine
from leaderboard.engine.scoring import choices
from leaderboard.engine.tokens import encode_pairs
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.models.subject import Subject
from leaderboard.recipes.wording import asks_questions, either, wording
from leaderboard.tasks import Prompt, Task, protocol_of

FloatArray = npt.NDArray[np.float64]


Beginning = Callable[[Text], str]
"""What stands before the question about a text; it may depend on the text."""


def ask(prompt: Prompt, text: Text) -> str:
    """The prompt for a text, or for two (`second` in its template); `options` are its choices in a sentence."""
    first, second = (text, None) if isinstance(text, str) else text
    return render(prompt.template, {"text": first, "second": second, "options": either(prompt.choices)})


def solved(task: Task, example: Example, template: int = 0) -> str:
    """A question together with its right answer, as few-shot prompts show it.

    Raises:
        NotMeasurableError: for a task that asks neither for a class nor for a choice in words.
    """
    if isinstance(example, ChoiceExample):
        parameters = protocol_of(task).parameters
        if not isinstance(parameters, MultipleChoiceParameters):
            raise NotMeasurableError(f"task '{task.name}' does not say how its questions are put")
        question = render(parameters.template, {"question": example.question})
        return f"{question}{parameters.separator}{example.choices[example.answer]}"
    prompt = wording(task, template)
    if not isinstance(example, TextExample):
        raise NotMeasurableError(f"task '{task.name}' is not about the class of a text, which a prompt could show")
    return ask(prompt, example.content) + prompt.choices[example.label or 0]


def prompted(
    engine: Engine,
    model: LoadedModel,
    task: Task,
    *,
    template: int,
    beginning: str | Beginning,
    trained_on: Mapping[str, str],
) -> Subject:
    """A causal model that is asked a task's questions in words.

    Args:
        engine: spends the forward passes.
        model: a causal one.
        task: whose questions.
        template: which wording of them; see `wording`.
        beginning: what stands before each.
        trained_on: see `Subject`.

    Raises:
        NotMeasurableError: for a model or a task that is not asked in words, or not in these.
    """
    if model.kind is not ModelKind.CAUSAL:
        raise NotMeasurableError(f"{model.name} is no causal model: nothing can be said to it in a prompt")
    if not asks_questions(task):
        prompt, labels = wording(task, template), task.data.labels if task.data else ()
        classifier = PromptClassifier(engine, model, prompt, labels, beginning=beginning)
        return Subject(model, classifier, trained_on=trained_on)
    if template or not isinstance(beginning, str):
        raise NotMeasurableError(
            f"task '{task.name}' brings its own questions: all are asked as it puts them, behind the same beginning; "
            "leave recipe.template at 0"
        )
    return Subject(model, beginning=beginning, trained_on=trained_on)


class PromptClassifier:
    """Classes by log-likelihood: softmax over the log-likelihoods of the prompt's choices (Brown et al. 2020).

    `beginning` stands before every prompt: solved examples, or nothing. What it is may depend on the text.
    """

    def __init__(
        self,
        engine: Engine,
        model: LoadedModel,
        prompt: Prompt,
        labels: tuple[str, ...],
        *,
        beginning: str | Beginning = "",
    ) -> None:
        self._engine = engine
        self._model = model
        self._prompt = prompt
        self._labels = labels
        self._beginning = beginning

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """See `models.subject.Classifier`."""
        return self._classify(texts, remember=True)

    def answer(self, text: Text) -> FloatArray:
        """See `models.subject.Classifier`; nothing is remembered here."""
        answer: FloatArray = self._classify([text], remember=False)[0]
        return answer

    def token_count(self, text: Text) -> int:
        """Tokens of the prompt and of one choice, the longest."""
        context = self._context(text)
        pairs = encode_pairs(self._model, [(context, choice) for choice in self._prompt.choices])
        return max(len(before) + len(after) for before, after in pairs)

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """See `models.subject.Classifier`; the gradient runs through every choice's log-likelihood.

        What stands before the prompt is taken as given, also where it was chosen by the text.
        """
        text = " ".join(words)
        beginning = self._before(text)
        context = beginning + ask(self._prompt, text)
        pairs = encode_pairs(self._model, [(context, choice) for choice in self._prompt.choices])
        rows = [[*before, *after] for before, after in pairs]

        def log_probability(output: object, _mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = output.logits.float().log_softmax(-1)  # type: ignore[attr-defined]
            totals = [
                logits[index, len(before) - 1 : len(before) + len(after) - 1]
                .gather(-1, torch.tensor(after, device=logits.device)[:, None])
                .sum()
                for index, (before, after) in enumerate(pairs)
            ]
            return torch.stack(totals).log_softmax(0)[label]

        saliency = gradient_times_input(self._model, rows, log_probability, headless=False)
        read = context.rstrip()  # the space at its end belongs to the choices
        offsets = self._model.tokenizer(read, add_special_tokens=False, return_offsets_mapping=True).offset_mapping
        begins = len(pairs[0][0]) - len(offsets)  # BOS, where the tokenizer puts one
        owners = [*[None] * begins, *words_of_tokens(offsets, words, len(beginning) + self._text_start)]
        # The choices share the context's tokens; only its own belong to words of the text.
        shared = min(len(owners), *(len(before) for before, _ in pairs))
        contributions = np.sum([row[:shared] for row in saliency], axis=0)
        return sum_by_word(contributions, owners[:shared], len(words))

    def _classify(self, texts: Sequence[Text], *, remember: bool) -> FloatArray:
        questions = [(self._context(text), self._prompt.choices) for text in texts]
        scores = choices(self._engine, self._model, questions, what="classifying", remember=remember)
        answers: FloatArray = scipy.special.log_softmax(np.reshape(scores, (len(texts), len(self._labels))), axis=1)
        return answers

    def _context(self, text: Text) -> str:
        return self._before(text) + ask(self._prompt, text)

    def _before(self, text: Text) -> str:
        return self._beginning if isinstance(self._beginning, str) else self._beginning(text)

    @cached_property
    def _text_start(self) -> int:
        """Where the text begins in the rendered prompt; the same for every text, since what precedes it is fixed."""
        marker = "\x00"
        return ask(self._prompt, marker).index(marker)
