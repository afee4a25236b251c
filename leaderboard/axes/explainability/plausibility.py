"""Plausibility: the protocol that compares attributions with the words that people marked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from pydantic import AfterValidator, Field

from leaderboard.arrays import FloatArray
from leaderboard.attributions.classified_text import ClassifiedText, places_read
from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.axes.axis import Axis
from leaderboard.axes.explainability import (
    PLAUSIBILITY,
    RATIONALE_AUPRC,
    RATIONALE_AVERAGE_PRECISION,
    RATIONALE_IOU_F1,
    RATIONALE_TOKEN_F1,
    plausibility_metrics,
)
from leaderboard.axes.explainability.rationale_agreement import RANDOM, Agreement, RationaleTexts
from leaderboard.axes.explainability.rationale_words import marked_words
from leaderboard.axes.explainability.word_units import WordUnit, split_words
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import (
    LEFT_OUT,
    Measurement,
    Observation,
    Parameters,
    Protocol,
    attempt,
    left_out_notes,
    without_left_out,
)
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Classifier, UnspacedWords
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, RationaleExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

_DIGITS = 6


def _registered(names: tuple[str, ...]) -> tuple[str, ...]:
    """Check names of attribution methods.

    Raises:
        ValueError: for an unknown name, or one that is there twice.
    """
    methods = attribution_methods()
    for place, name in enumerate(names):
        if name not in methods:
            raise ValueError(f"unknown attribution method '{name}'; known: {', '.join(methods)}")
        if name in names[:place]:
            raise ValueError(f"'{name}' is there twice; name each attribution method once")
    return names


MethodNames = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_registered)]
"""Names of attribution methods, each once."""


class MarkedText(NamedTuple):
    """Words of a text, which of them a person marked, and the class that they are reasons for.

    Attributes:
        words: the words, as `joined_words` joins them.
        marked: whether each is marked.
        label: index of the class.
        cluster: key of the texts that are not independent of it.
    """

    words: Sequence[str]
    marked: list[bool]
    label: int
    cluster: str


class PlausibilityParameters(Parameters):
    """Parameters of plausibility.

    Attributes:
        texts: maximal number of texts, drawn at random from those with a rationale.
        methods: attribution methods; the best of those that have a sign is chosen on one half of the texts and scored
            on the other.
        max_units: maximal number of spans of a text for methods that cost more the more there are; the words of a span
            have the same attribution. Other methods attribute to each word.
        units: parts of a text that are scored.
    """

    texts: Annotated[int, Field(gt=0)] = 200
    methods: MethodNames = (
        "attention",
        "gradient_x_input",
        "occlusion",
    )
    max_units: Annotated[int, Field(ge=2)] = 64
    units: WordUnit = WordUnit.WORDS


class Plausibility(Protocol[PlausibilityParameters]):
    """Protocol that compares attributions with human rationales, as ERASER does (DeYoung et al. 2020).

    Explained is the class of the label, for which people marked the words, also where the subject predicts another.
    Texts without a marked word, or with all words marked, are left out, since all orders of their words are equal. Of a
    text longer than the window of the model the words that it reads count.

    Methods without a sign, such as attention, are reported and never chosen as the best: they say nothing of a class,
    and words of several tokens, which are rarer, sum the attention of all of them. By attention, random weights are
    above chance.
    """

    version: ClassVar[int] = 2  # 1 cut the first characters of texts whose first token has several
    axis: ClassVar[Axis] = Axis.EXPLAINABILITY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = RationaleExample
    parameters_type: ClassVar[type[Parameters]] = PlausibilityParameters
    metrics: ClassVar[tuple[Metric, ...]] = (
        PLAUSIBILITY,
        RATIONALE_AVERAGE_PRECISION,
        RATIONALE_AUPRC,
        RATIONALE_TOKEN_F1,
        RATIONALE_IOU_F1,
    )

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the marked words and the attributions of every method for each text."""
        unit = self.parameters.units
        read = [(example, self.marked_text(example)) for example in splits["test"]]
        texts = [(example, text) for example, text in read if any(text.marked) and not all(text.marked)]
        if not texts:
            raise NotMeasurableError(
                f"none of {len(splits['test'])} texts has a rationale that marks some of its {unit} and not all"
            )
        sampled = np.random.default_rng(seed).permutation(len(texts))[: self.parameters.texts]
        for index in sampled:
            example, text = texts[index]
            with subject.quietly() as progress:
                data = self._explain(self.classifier_of(subject, example), text, seed)
            progress("explaining", 1, len(sampled))
            yield Observation(example.id, data)

    def marked_text(self, example: Any) -> MarkedText:
        """Return the words of an example, and which of them are marked."""
        words = split_words(example.text, self.parameters.units)
        return MarkedText(words, marked_words(example.text, words, example.rationale), example.label, example.cluster)

    def classifier_of(self, subject: Subject, example: Any) -> Classifier:  # noqa: ARG002 - the same for all examples
        """Return what classifies an example."""
        return subject.classifier()

    def _explain(self, classifier: Classifier, example: MarkedText, seed: int) -> dict[str, Any]:
        words = example.words
        container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
        read = places_read(classifier, words)
        kept, marks = container(words[read.start : read.stop]), example.marked[read.start : read.stop]
        if not any(marks) or all(marks):
            return {
                LEFT_OUT: f"the model reads {len(kept)} of its {len(words)} words, and none of them, or all, is marked"
            }
        text = ClassifiedText(classifier, kept, example.label)
        explanations = {}
        for name in self.parameters.methods:
            method = attribution_methods()[name]
            units = TextUnits(text, budget=self._budget(method, len(kept)))
            try:
                explanations[name] = _values(method.checked(units, seed), units) | {"signed": method.signed}
            except NotMeasurableError as error:
                explanations[name] = {"reason": str(error)}
        return {
            "words": len(words),
            "read": len(kept),
            "marked": [place for place, mark in enumerate(marks) if mark],
            "label": classifier.labels[example.label],
            "predicted_label": classifier.labels[int(text.log_probabilities.argmax())],
            "cluster": example.cluster,
            "explanations": explanations,
        }

    def _budget(self, method: AttributionMethod, words: int) -> int:
        """Return the maximal number of units: all words where fewer units would save no forward pass."""
        most = min(words, self.parameters.max_units)
        return most if method.most_passes(most) < method.most_passes(words) else words

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each method and random attributions as parts."""
        texts = RationaleTexts.of(without_left_out(observations))
        if not texts.ids:
            return [Measurement(metric, Estimate.not_measured("no texts with a rationale")) for metric in self.metrics]
        measurements = [attempt(PLAUSIBILITY, partial(plausibility_metrics.plausibility_of_best, texts))]
        for name, reason in texts.unmeasured.items():
            measurements += [Measurement(metric, Estimate.not_measured(reason), name) for metric in self.metrics]
        for name, each in texts.agreements.items():
            if name != RANDOM:
                gains = plausibility_metrics.gains_of(texts, name)
                measurements.append(attempt(PLAUSIBILITY, partial(plausibility_metrics.plausibility, gains), name))
            measurements += [
                attempt(metric, partial(plausibility_metrics.mean_of_texts, texts, values), name)
                for metric, values in _means(each).items()
            ]
            measurements.append(attempt(RATIONALE_IOU_F1, partial(plausibility_metrics.iou_f1, texts, name), name))
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all measured metrics as functions of how often each text counts, with the chosen methods fixed."""
        texts = RationaleTexts.of(without_left_out(observations))
        numbers = {}
        for name, each in texts.agreements.items():
            for metric, values in _means(each).items():
                numbers[metric.name, name] = Resampled.mean(texts.ids, values, texts.clusters)
            numbers[RATIONALE_IOU_F1.name, name] = plausibility_metrics.resampled_iou_f1(texts, name)
            if name != RANDOM:
                gains = plausibility_metrics.gains_of(texts, name)
                numbers[PLAUSIBILITY.name, name] = plausibility_metrics.resampled_plausibility(gains)
        best = plausibility_metrics.gains_of_best_method(texts)
        if best is not None:
            numbers[PLAUSIBILITY.name, ""] = plausibility_metrics.resampled_plausibility(best)
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on texts that were left out, cut off, or explained in spans, and on wrong predictions."""
        explained = [each.data for each in without_left_out(observations)]
        counts: dict[str, Callable[[Mapping[str, Any]], bool]] = {
            "are longer than the model reads; the words that it reads count": lambda data: data["read"] < data["words"],
            f"have more than {self.parameters.max_units} words; methods that remove words remove spans of them": (
                lambda data: any(
                    each.get("units", data["read"]) < data["read"] for each in data["explanations"].values()
                )
            ),
            "are predicted to be of another class than the explained one, that of the label": (
                lambda data: data["predicted_label"] != data["label"]
            ),
        }
        numbers = {note: sum(map(holds, explained)) for note, holds in counts.items()}
        return (
            *left_out_notes(observations),
            *(f"{number} of {len(explained)} texts {note}" for note, number in numbers.items() if number),
        )


def _values(attribution: Attribution, units: TextUnits) -> dict[str, Any]:
    """Return the attribution of each word, that of its unit divided by the words of the unit."""
    values = [
        float(f"{value / len(span):.{_DIGITS}g}")
        for value, span in zip(attribution.values, units.spans, strict=True)
        for _ in span
    ]
    return {"scores": values, "units": len(units), "passes": attribution.passes}


def _means(each: Agreement) -> dict[Metric, FloatArray]:
    """Return the metrics that are means of values of texts."""
    return {
        RATIONALE_AVERAGE_PRECISION: each.average_precision,
        RATIONALE_AUPRC: each.auprc,
        RATIONALE_TOKEN_F1: each.token_f1,
    }
