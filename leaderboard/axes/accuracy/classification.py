"""Classification: the protocol that classifies texts, with accuracy and calibration."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray, IntArray
from leaderboard.axes.accuracy import (
    ACCURACY,
    AURC,
    BAG_OF_WORDS,
    BRIER,
    CLASS_REPORT,
    ECE,
    EVALUATE_SCORE,
    MACRO_F1,
    MCC,
    OVER_BAG_OF_WORDS,
    calibration,
    metrics,
    selective,
)
from leaderboard.axes.accuracy.evaluate_modules.estimating import (
    estimate_modules,
    module_metrics,
    module_notes,
    resampled_modules,
)
from leaderboard.axes.accuracy.evaluate_modules.settings import ModuleParameters, modules_of
from leaderboard.axes.accuracy.report import report_of_answers
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.axes.ties import tie_notes
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.paired import paired_sample
from leaderboard.stats.resampled import Resampled

BAG_OF_WORDS_ANSWER = "bag_of_words"
"""Key of an observation: the class that a bag-of-words classifier predicts, where it could be trained on the task."""


class Classification(Protocol[Parameters]):
    """Protocol in which the subject classifies every example of split `test`.

    Its accuracy is compared with that of a bag of words on the same examples, where observations have its predictions.
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    version: ClassVar[int] = 4  # 3 had intervals of the calibration error that were too short below chance
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = ModuleParameters
    metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY, MACRO_F1, MCC, ECE, BRIER, EVALUATE_SCORE)
    mean_metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY,)
    reported: ClassVar[tuple[Metric, ...]] = (*CLASS_REPORT, AURC, BAG_OF_WORDS, OVER_BAG_OF_WORDS)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the class and the predicted log-probabilities of each example."""
        del seed  # nothing is random
        yield from self._scored(classify(subject.classifier(), splits["test"]))

    @property
    def task_metrics(self) -> tuple[Metric, ...]:
        """Metrics of the modules of `evaluate` in its parameters."""
        return module_metrics(modules_of(self.parameters))

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics and the report of the classes that occur."""
        true, predicted_names = (
            [observation.data[side] for observation in observations] for side in ("true", "predicted")
        )
        if not observations:
            empty = metrics.accuracy(np.empty(0, np.intp), np.empty(0, np.intp))
            empty_metrics = (*self.metrics, AURC, BAG_OF_WORDS, OVER_BAG_OF_WORDS, *self.task_metrics)
            return [*(Measurement(metric, empty) for metric in empty_metrics), *report_of_answers([], [])]
        probabilities, truth = prediction_arrays(observations)
        predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
        macro_f1 = attempt(MACRO_F1, lambda: metrics.macro_f1(predicted, truth, classes))
        return [
            attempt(ACCURACY, lambda: metrics.accuracy(predicted, truth)),
            macro_f1,
            attempt(MCC, lambda: metrics.mcc(predicted, truth, classes)),
            attempt(ECE, lambda: calibration.ece(probabilities, truth)),
            attempt(BRIER, lambda: metrics.brier(probabilities, truth)),
            attempt(AURC, lambda: selective.aurc(probabilities, truth)),
            *compare_with_bag_of_words(observations),
            *estimate_modules(modules_of(self.parameters), observations),
            *report_of_answers(true, predicted_names, macro_f1.estimate),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics but the report as functions of how often each example counts."""
        if not observations:
            return {}
        ids = sorted(observation.example_id for observation in observations)
        probabilities, truth = prediction_arrays(observations)
        predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
        counts = metrics.example_counts(predicted, truth, classes).reshape(len(ids), -1)

        def of_counts(formula: Callable[[FloatArray], FloatArray]) -> Resampled:
            return Resampled.of_sums(ids, lambda sums: formula(sums.reshape(len(sums), classes, -1)), counts)

        numbers = {
            (ACCURACY.name, ""): Resampled.mean(ids, predicted == truth),
            (MACRO_F1.name, ""): of_counts(metrics.macro_f1_from_counts),
            (MCC.name, ""): of_counts(metrics.mcc_from_counts),
            (BRIER.name, ""): Resampled.mean(ids, metrics.brier_scores(probabilities, truth)),
        }
        baseline = bag_of_words_answers(observations)
        if baseline is not None:
            numbers[BAG_OF_WORDS.name, ""] = Resampled.mean(ids, baseline == truth)
            difference = (predicted == truth).astype(np.float64) - (baseline == truth)
            numbers[OVER_BAG_OF_WORDS.name, ""] = Resampled.mean(ids, difference)
        if len(ids) >= calibration.MINIMUM_N:
            numbers[ECE.name, ""] = calibration.resampled_ece(ids, probabilities, truth)
        if len(ids) >= selective.MINIMUM_N:
            numbers[AURC.name, ""] = selective.resampled_aurc(ids, probabilities, truth)
        return numbers | dict(resampled_modules(modules_of(self.parameters), observations))

    def answer(self, observation: Observation) -> Answer | None:
        """Return the true and the predicted class of an example."""
        return Answer(observation.data["true"], observation.data["predicted"])

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note where predictions are worse than chance."""
        ties = tie_notes((each.data["log_probabilities"] for each in observations), "classes")
        return (*ties, *chance_notes(observations), *module_notes(modules_of(self.parameters), observations))

    def _scored(self, classified: Iterator[Observation]) -> Iterable[Observation]:
        """Return observations with the scores of modules of `evaluate`, where a run loaded any."""
        if not modules_of(self.parameters):
            return classified
        from leaderboard.axes.accuracy.evaluate_modules.inputs import Predictions  # noqa: PLC0415 - slow to import
        from leaderboard.axes.accuracy.evaluate_modules.scoring import with_scores  # noqa: PLC0415 - slow to import

        observations = list(classified)
        data = [observation.data for observation in observations]
        predictions = Predictions(
            tuple(each["predicted"] for each in data),
            tuple((each["true"],) for each in data),
            tuple((int(np.argmax(each["log_probabilities"])), each["label"]) for each in data),
        )
        return with_scores(modules_of(self.parameters), observations, predictions)


MAX_CLASSES = 5000
"""Limit of the number of classes: their squares are counted, which takes 200 MB at this limit."""


def classify(classifier: Classifier, examples: Sequence[TextExample]) -> Iterator[Observation]:
    """Yield one observation per labelled example: class index, log-probabilities, and both classes by name."""
    names = classifier.labels
    labelled_examples = [example for example in examples if example.label is not None]
    answers = require_finite(
        classifier.log_probabilities([example.content for example in labelled_examples]), "the subject"
    )
    for example, answer in zip(labelled_examples, answers, strict=True):
        if example.label is not None:
            names_of_classes = {"true": names[example.label], "predicted": names[int(answer.argmax())]}
            yield Observation(
                example.id, {"label": example.label, "log_probabilities": answer.tolist(), **names_of_classes}
            )


def compare_with_bag_of_words(observations: Sequence[Observation]) -> list[Measurement]:
    """Measure the accuracy of the bag of words, and the difference to the subject's on the same examples."""
    baseline = bag_of_words_answers(observations)
    if baseline is None:
        not_measured = Estimate.not_measured("no bag of words learned these labels", n=len(observations))
        return [Measurement(BAG_OF_WORDS, not_measured), Measurement(OVER_BAG_OF_WORDS, not_measured)]
    probabilities, truth = prediction_arrays(observations)
    ids = sorted(observation.example_id for observation in observations)
    correctness = [Resampled.mean(ids, answers == truth) for answers in (probabilities.argmax(axis=1), baseline)]

    def difference() -> Estimate:
        sample = paired_sample(*correctness)
        if sample is None:
            raise NotMeasurableError("no examples")
        return sample.contrast().estimate().within(OVER_BAG_OF_WORDS.bounds)

    return [
        attempt(BAG_OF_WORDS, lambda: metrics.accuracy(baseline, truth)),
        attempt(OVER_BAG_OF_WORDS, difference),
    ]


def bag_of_words_answers(observations: Sequence[Observation]) -> IntArray | None:
    """Return the class that the bag of words predicts for each example, by id; None where one is missing."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    answers = [observation.data.get(BAG_OF_WORDS_ANSWER) for observation in ordered]
    return None if None in answers else np.array(answers, dtype=np.intp)


def chance_notes(observations: Sequence[Observation]) -> tuple[str, ...]:
    """Return a note where predictions are significantly worse than chance.

    They are where the 95 % interval of Matthews' correlation lies below 0 and Wilson's of the accuracy below that of
    the same predictions by chance, Σ_k p_k t_k / n², with p_k and t_k the counts of class k predicted and true. Where
    every prediction is wrong the correlation has no interval, and Wilson's decides alone.
    """
    if not observations:
        return ()
    probabilities, truth = prediction_arrays(observations)
    predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
    share, correlation = metrics.accuracy(predicted, truth), metrics.mcc(predicted, truth, classes)
    counts = [np.bincount(side, minlength=classes) / len(truth) for side in (predicted, truth)]
    chance = float(counts[0] @ counts[1])
    upper = correlation.value if correlation.high is None else correlation.high
    if upper is None or share.value is None or share.high is None or upper >= 0 or share.high >= chance:
        return ()
    comparison = f"{share.value:.3f} of the answers are right, where the same answers in any order reach {chance:.3f}"
    return (f"worse than chance: are the labels reversed? {comparison}",)


def prediction_arrays(observations: Sequence[Observation]) -> tuple[FloatArray, IntArray]:
    """Return probabilities (n, classes) and true classes (n,) of observations of `classify`, in the order of ids.

    Raises:
        ValueError: for a label without a probability, as in a damaged file: counts are as long as the largest label.
    """
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    probabilities = np.exp(
        np.array([observation.data["log_probabilities"] for observation in ordered], dtype=np.float64)
    )
    truth = np.array([observation.data["label"] for observation in ordered], dtype=np.intp)
    if probabilities.ndim != 2 or probabilities.shape[1] > MAX_CLASSES:  # noqa: PLR2004 - examples by classes
        raise ValueError(f"log_probabilities are not one number for each of at most {MAX_CLASSES} classes")
    if not ((truth >= 0) & (truth < probabilities.shape[1])).all():
        raise ValueError(f"a label is none of the {probabilities.shape[1]} classes")
    return probabilities / probabilities.sum(axis=1, keepdims=True), truth
