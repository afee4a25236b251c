"""Explanation checks: the protocol that measures properties of attribution methods on a subject."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import AfterValidator, Field

from leaderboard.attributions.classified_text import words_read
from leaderboard.attributions.registry import attribution_methods
from leaderboard.axes.axis import Axis
from leaderboard.axes.explainability.checks.agreement import MethodAgreementCheck, TopAgreementCheck
from leaderboard.axes.explainability.checks.check import Check
from leaderboard.axes.explainability.checks.classifier_copies import ClassifierCopies
from leaderboard.axes.explainability.checks.explained_variants import explained_variants
from leaderboard.axes.explainability.checks.infidelity import InfidelityCheck
from leaderboard.axes.explainability.checks.method_scores import estimate_of, reasons_of, scores_of
from leaderboard.axes.explainability.checks.paraphrase_stability import ParaphraseStabilityCheck
from leaderboard.axes.explainability.checks.randomisation import RandomisationCheck, verdict
from leaderboard.axes.explainability.checks.seed_stability import SeedStabilityCheck
from leaderboard.axes.explainability.checks.sensitivity import SensitivityCheck
from leaderboard.axes.explainability.checks.text_variants import TextVariants
from leaderboard.axes.explainability.word_units import WordUnit, split_words
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

_MINIMUM_WORDS = 2
_LARGEST_SEED = 2**31
_RANDOMISATION = RandomisationCheck()
_INFIDELITY = InfidelityCheck()
_VARIANT_CHECKS = (_RANDOMISATION, SensitivityCheck(), SeedStabilityCheck(), ParaphraseStabilityCheck())
CHECKS: tuple[Check, ...] = (*_VARIANT_CHECKS, _INFIDELITY, MethodAgreementCheck(), TopAgreementCheck())
"""All checks, in the order of their metrics."""
_METHODS = (
    "attention",
    "attention_rollout",
    "gradient_x_input",
    "integrated_gradients",
    "kernel_shap",
    "lime",
    "occlusion",
    "partition_shap",
)


def _known_methods(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in attribution_methods():
            raise ValueError(f"unknown attribution method '{name}'; known: {', '.join(attribution_methods())}")
    return tuple(dict.fromkeys(names))


class ExplanationCheckParameters(Parameters):
    """Parameters of explanation checks. Each text is explained by each method once for each variant.

    Attributes:
        texts: maximal number of texts, drawn at random.
        methods: names of the attribution methods.
        most_units: largest number of units of a text; a longer one is divided into as many spans.
        units: parts of a text that are words elsewhere.
        random_models: number of models with random weights; the texts are divided among them.
        noises: number of noises on the embeddings.
        radius: largest noise, in standard deviations of the embeddings.
        seeds: number of seeds of methods that draw texts.
        removals: number of random sets of units that are removed.
    """

    texts: Annotated[int, Field(gt=0)] = 20
    methods: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known_methods)] = _METHODS
    most_units: Annotated[int, Field(ge=_MINIMUM_WORDS)] = 16
    units: WordUnit = WordUnit.WORDS
    random_models: Annotated[int, Field(gt=0)] = 5
    noises: Annotated[int, Field(gt=0)] = 2
    radius: Annotated[float, Field(gt=0)] = 0.1
    seeds: Annotated[int, Field(ge=2)] = 3
    removals: Annotated[int, Field(gt=0)] = 50


class ExplanationChecks(Protocol[ExplanationCheckParameters]):
    """Protocol that explains texts and variants of them, and compares the explanations.

    Its metrics describe attribution methods on this subject. They are reported and count in no score.
    """

    version: ClassVar[int] = 2  # 1 cut the first characters of texts whose first token has several
    axis: ClassVar[Axis] = Axis.EXPLAINABILITY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = ExplanationCheckParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = tuple(check.metric for check in CHECKS)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the attributions of each text and of its variants by each method."""
        if any(example.second is not None for example in splits["test"]):
            raise NotMeasurableError("single texts are explained; these examples are pairs of texts")
        classifier, rng = subject.classifier(), np.random.default_rng(seed)
        texts = self._texts(classifier, splits["test"], rng)
        copies = ClassifierCopies(
            classifier,
            radius=self.parameters.radius,
            noise_seeds=_seeds(rng, self.parameters.noises),
            model_seeds=_seeds(rng, self.parameters.random_models),
        )
        seeds = _seeds(rng, self.parameters.seeds)
        for number, (name, words) in enumerate(texts):
            with subject.quietly() as progress:
                text = TextVariants(
                    classifier,
                    words,
                    budget=self.parameters.most_units,
                    seeds=seeds,
                    random_weights=copies.random_weights(number, len(texts)),
                    noises=copies.noises,
                )
                explanations = self._explain(text, rng)
            progress("explaining", 1, len(texts))
            label = {"predicted_label": classifier.labels[text.label]}
            yield Observation(name, {"words": len(words), **label, **explanations})

    def _texts(
        self, classifier: Classifier, examples: Sequence[TextExample], rng: np.random.Generator
    ) -> list[tuple[str, Sequence[str]]]:
        """Draw texts; of each, the words are kept that the model reads."""
        texts: list[tuple[str, Sequence[str]]] = []
        for index in rng.permutation(len(examples)):
            read = words_read(classifier, split_words(examples[index].text, self.parameters.units))
            if len(read) >= _MINIMUM_WORDS:
                texts.append((examples[index].id, read))
            if len(texts) == self.parameters.texts:
                break
        if not texts:
            raise NotMeasurableError(f"none of {len(examples)} texts has {_MINIMUM_WORDS} words that the model reads")
        return texts

    def _explain(self, text: TextVariants, rng: np.random.Generator) -> dict[str, Any]:
        methods = [attribution_methods()[name] for name in self.parameters.methods]
        return {
            "units": len(text.original),
            "probability": float(np.exp(text.log_probabilities[text.label])),
            "unsigned": [method.name for method in methods if not method.signed],
            **_INFIDELITY.observe(text.original, self.parameters.removals, rng),
            "methods": {method.name: explained_variants(text, method, _VARIANT_CHECKS) for method in methods},
        }

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the mean of each check over texts, with each method as a part."""
        measurements = []
        for check in CHECKS:
            parts, reasons = scores_of(check, observations), reasons_of(check, observations)
            if not parts and not reasons:
                reasons = {"": check.unmeasured if observations else "no texts"}
            for part, scores in parts.items():
                measurements.append(attempt(check.metric, partial(estimate_of, check.metric, scores), part))
            measurements += [
                Measurement(check.metric, Estimate.not_measured(reason), part)
                for part, reason in reasons.items()
                if part not in parts
            ]
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as means over the texts that have a score."""
        return {
            (check.metric.name, part): Resampled.mean(scores.ids, scores.values)
            for check in CHECKS
            for part, scores in scores_of(check, observations).items()
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return the verdict of the model-randomisation check on each method."""
        verdicts: dict[str, list[str]] = {}
        for part, scores in scores_of(_RANDOMISATION, observations).items():
            verdicts.setdefault(verdict(estimate_of(_RANDOMISATION.metric, scores)), []).append(part)
        if not verdicts:
            return ()
        listed = "; ".join(f"{name} {', '.join(methods)}" for name, methods in sorted(verdicts.items()))
        return (f"model-randomisation check, whether explanations change with random weights: {listed}",)


def _seeds(rng: np.random.Generator, number: int) -> list[int]:
    return [int(seed) for seed in rng.integers(0, _LARGEST_SEED, number)]
