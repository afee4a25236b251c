"""Continuation bias: the protocol that compares what a subject writes about groups of people."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import GENERATED_TOXICITY, HURTFUL_GAP, HURTFUL_RATE, SENTIMENT_GAP, TOXICITY_GAP
from leaderboard.axes.bias.continuation_classifiers import Lexicon, sentiment_classifier, toxicity_classifier
from leaderboard.axes.bias.continuation_metrics import ContinuationScores, gap_of, largest_gap, mean_score
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Sampling
from leaderboard.backends.subject import Subject
from leaderboard.data.bias_examples import ContinuationExample
from leaderboard.data.examples import Example
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

TOXICITY, SENTIMENT, LEXICON = "toxicity", "sentiment", "lexicon"
"""Splits that continuations are scored by, and the keys of the scores."""
METRICS: Mapping[Metric, tuple[str, Callable[[ContinuationScores], Estimate]]] = {
    TOXICITY_GAP: (TOXICITY, largest_gap),
    GENERATED_TOXICITY: (TOXICITY, mean_score),
    SENTIMENT_GAP: (SENTIMENT, largest_gap),
    HURTFUL_RATE: (LEXICON, mean_score),
    HURTFUL_GAP: (LEXICON, largest_gap),
}
_REASON = "not_scored"
Scorer = Callable[[Sequence[str]], list[float]]


class ContinuationBiasParameters(Parameters):
    """Parameters of continuation bias.

    Attributes:
        max_new_tokens: largest number of tokens of a continuation.
        samples: continuations of each prompt.
        temperature: 0 writes the likeliest continuation, of which there is one.
        until: stop strings; a continuation ends before the first of them.
        positive: index of the positive class of split `sentiment`.
    """

    max_new_tokens: Annotated[int, Field(ge=1, le=512)] = 20
    samples: Annotated[int, Field(ge=1, le=100)] = 1
    temperature: Annotated[float, Field(ge=0, le=10)] = 0.0
    until: tuple[Annotated[str, Field(min_length=1)], ...] = ("\n",)
    positive: Annotated[int, Field(ge=0)] = 1


class ContinuationBias(Protocol[ContinuationBiasParameters]):
    """Protocol in which a subject continues the prompts of split `test`, a template filled for every group.

    Continuations are scored by classifiers that learn from the splits `toxicity` (texts with the parts that people
    marked as toxic) and `sentiment` (texts with classes), and by whether an entry of `lexicon` is in them (texts, an
    entry each). A split that a task lacks leaves its metrics not measured.
    """

    axis: ClassVar[Axis] = Axis.BIAS
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GENERATE})
    example: ClassVar[type[Example] | None] = ContinuationExample
    parameters_type: ClassVar[type[Parameters]] = ContinuationBiasParameters
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)
    reads_labels: ClassVar[bool] = False
    learned_from: ClassVar[frozenset[str]] = frozenset({TOXICITY, SENTIMENT, LEXICON})

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the continuations of each prompt with the mean of each of their scores.

        Raises:
            NotMeasurableError: without a prompt that has a group; for several samples without a temperature.
        """
        prompts: list[ContinuationExample] = [each for each in splits["test"] if each.group is not None]
        if not prompts:
            raise NotMeasurableError("no prompt has a group: name the column under `fields: {group: …}`")
        if self.parameters.samples > 1 and self.parameters.temperature == 0:
            raise NotMeasurableError("`samples` above 1 needs a `temperature` above 0: the likeliest text is one")
        scorers, notes = self._scorers(splits)
        if not scorers:
            raise NotMeasurableError("; ".join(notes.values()))
        written = self._written(subject, prompts, seed)
        for prompt, texts in zip(prompts, written, strict=True):
            data = {"group": prompt.group, "category": prompt.category, "template": prompt.cluster, "texts": texts}
            scores = {name: float(np.mean(scorer(texts))) for name, scorer in scorers.items()}
            yield Observation(prompt.id, {**data, **scores, _REASON: notes})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, and those of each category where there are several."""
        return [
            attempt(metric, partial(self._estimated, name, estimate, part), category)
            for category, part in _by_category(observations).items()
            for metric, (name, estimate) in METRICS.items()
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each prompt counts."""
        ordered = _in_order(observations)
        numbers: dict[tuple[str, str], Resampled] = {}
        for metric, (name, estimate) in METRICS.items():
            if not ordered or name not in ordered[0].data:
                continue
            scores, ids = _scores(ordered, name), [each.example_id for each in ordered]
            names, group = scores.group_keys
            clusters = scores.templates.tolist()
            if estimate is mean_score:
                numbers[metric.name, ""] = Resampled.mean(ids, scores.scores, clusters)
            elif self._estimated(name, estimate, ordered).value is not None:
                own = np.eye(len(names))[group]
                rows = np.concatenate([own * scores.scores[:, None], own], axis=1)
                numbers[metric.name, ""] = Resampled.of_sums(ids, partial(gap_of, names=names), rows, clusters)
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return what each classifier is worth, or why it is missing, and the number of empty continuations."""
        if not observations:
            return ()
        empty = sum(not text.strip() for each in observations for text in each.data["texts"])
        total = sum(len(each.data["texts"]) for each in observations)
        emptiness = (f"continuations that are empty: {empty} of {total}",) if empty else ()
        return (*observations[0].data[_REASON].values(), *emptiness)

    def _scorers(self, splits: Mapping[str, Sequence[Any]]) -> tuple[dict[str, Scorer], dict[str, str]]:
        """Return the scorer of each split that the task has, and a sentence on each."""
        makers: dict[str, Callable[[Sequence[ContinuationExample]], tuple[Scorer, str]]] = {
            TOXICITY: _toxicity,
            SENTIMENT: partial(_sentiment, positive=self.parameters.positive),
            LEXICON: _lexicon,
        }
        scorers: dict[str, Scorer] = {}
        notes: dict[str, str] = {}
        for name, make in makers.items():
            if name not in splits:
                notes[name] = f"the task has no split '{name}' to score continuations by"
                continue
            try:
                scorers[name], notes[name] = make(splits[name])
            except NotMeasurableError as error:
                notes[name] = str(error)
        return scorers, notes

    def _written(self, subject: Subject, prompts: Sequence[ContinuationExample], seed: int) -> list[list[str]]:
        """Return the continuations of each prompt."""
        settings = self.parameters
        texts = [subject.opening(prompt.text) + prompt.text for prompt in prompts]
        generator = subject.generator()
        rounds = [
            generator.generate(
                texts,
                Sampling(
                    settings.max_new_tokens, settings.until, settings.temperature, seed * settings.samples + number
                ),
                work="continuing prompts",
            )
            for number in range(settings.samples)
        ]
        return [list(each) for each in zip(*rounds, strict=True)]

    def _estimated(
        self, name: str, estimate: Callable[[ContinuationScores], Estimate], observations: Sequence[Observation]
    ) -> Estimate:
        if not observations:
            return Estimate.not_measured("no continuations")
        if name not in observations[0].data:
            return Estimate.not_measured(observations[0].data[_REASON][name])
        return estimate(_scores(observations, name))


def _toxicity(examples: Sequence[ContinuationExample]) -> tuple[Scorer, str]:
    classifier = toxicity_classifier(examples)
    return lambda texts: classifier.probabilities(texts).tolist(), f"classifier of toxicity: {_worth(classifier.auc)}"


def _sentiment(examples: Sequence[ContinuationExample], *, positive: int) -> tuple[Scorer, str]:
    classifier = sentiment_classifier(examples, positive)
    return lambda texts: classifier.probabilities(texts).tolist(), f"classifier of sentiment: {_worth(classifier.auc)}"


def _lexicon(examples: Sequence[ContinuationExample]) -> tuple[Scorer, str]:
    lexicon = Lexicon([example.text for example in examples])
    return lambda texts: [float(lexicon.finds(text)) for text in texts], f"lexicon: {len(examples):,} entries"


def _worth(auc: float) -> str:
    return f"AUC {auc:.2f} on texts held out"


def _in_order(observations: Sequence[Observation]) -> list[Observation]:
    return sorted(observations, key=lambda observation: observation.example_id)


def _by_category(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Return all observations, and those of each category where there are several."""
    ordered = _in_order(observations)
    categories = sorted({each.data["category"] for each in ordered})
    parts = {name: [each for each in ordered if each.data["category"] == name] for name in categories}
    return {"": ordered} | (parts if len(parts) > 1 else {})


def _scores(observations: Sequence[Observation], name: str) -> ContinuationScores:
    groups, categories, templates = (
        np.array([each.data[key] for each in observations], dtype=np.str_) for key in ("group", "category", "template")
    )
    values = np.array([each.data[name] for each in observations], dtype=np.float64)
    return ContinuationScores(values, groups, categories, templates)
