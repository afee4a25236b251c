"""Classification: which class does the subject say, and how surely?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from leaderboard.axes.accuracy import calibration, metrics
from leaderboard.axes.accuracy.report import counts_of, report
from leaderboard.axes.catalogue import ACCURACY, BRIER, CLASS_REPORT, ECE, MACRO_F1, MCC
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import Example, TextExample
from leaderboard.models.subject import Capability, Classifier, Subject
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine


class Classification(Protocol[Parameters]):
    """The subject classifies every example of split `test`."""

    axis: ClassVar[Axis] = Axis.ACCURACY
    version: ClassVar[int] = 3
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY, MACRO_F1, MCC, ECE, BRIER)
    reported: ClassVar[tuple[Metric, ...]] = CLASS_REPORT

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        del engine, seed  # the classifier brings its own engine; nothing is random
        yield from classify(subject.classify(), splits["test"])

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`. The report is of the classes that occur."""
        names, counts = counts_of(*([seen.data[side] for seen in observations] for side in ("true", "predicted")))
        if not observations:
            of_classes = report(names, counts, independent=True)
            empty = metrics.accuracy(np.empty(0, np.intp), np.empty(0, np.intp))
            return [*(Measurement(metric, empty) for metric in self.metrics), *of_classes]
        probabilities, truth = arrays(observations)
        predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
        macro_f1 = attempt(MACRO_F1, lambda: metrics.macro_f1(predicted, truth, classes))
        return [
            attempt(ACCURACY, lambda: metrics.accuracy(predicted, truth)),
            macro_f1,
            attempt(MCC, lambda: metrics.mcc(predicted, truth, classes)),
            attempt(ECE, lambda: calibration.ece(probabilities, truth)),
            attempt(BRIER, lambda: metrics.brier(probabilities, truth)),
            *report(names, counts, independent=True, macro_f1=macro_f1.estimate),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`. The report of the classes is compared by its intervals alone."""
        if not observations:
            return {}
        ids = sorted(seen.example_id for seen in observations)
        probabilities, truth = arrays(observations)
        predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
        counts = metrics.example_counts(predicted, truth, classes).reshape(len(ids), -1)

        def of_counts(formula: Callable[[metrics.FloatArray], metrics.FloatArray]) -> Resampled:
            return Resampled.of_sums(ids, lambda sums: formula(sums.reshape(len(sums), classes, -1)), counts)

        numbers = {
            (ACCURACY.name, ""): Resampled.mean(ids, predicted == truth),
            (MACRO_F1.name, ""): of_counts(metrics.macro_f1_of),
            (MCC.name, ""): of_counts(metrics.mcc_of),
            (BRIER.name, ""): Resampled.mean(ids, metrics.brier_scores(probabilities, truth)),
        }
        if len(ids) >= calibration.MINIMUM_N:
            numbers[ECE.name, ""] = calibration.resampled_ece(ids, probabilities, truth)
        return numbers

    def answer(self, seen: Observation) -> Answer | None:
        """See `Protocol.answer`."""
        return Answer(seen.data["true"], seen.data["predicted"])

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`."""
        return worse_than_chance(observations)


def classify(classifier: Classifier, examples: Sequence[TextExample]) -> Iterator[Observation]:
    """One observation a labelled example: its class, the log-probability of each class, and both classes by name."""
    names = classifier.labels
    labelled = [example for example in examples if example.label is not None]
    answers = finite(classifier.log_probabilities([example.content for example in labelled]), "the subject")
    for example, answer in zip(labelled, answers, strict=True):
        if example.label is not None:
            named = {"true": names[example.label], "predicted": names[int(answer.argmax())]}
            yield Observation(example.id, {"label": example.label, "log_probabilities": answer.tolist(), **named})


def worse_than_chance(observations: Sequence[Observation]) -> tuple[str, ...]:
    """A note where answers are significantly worse than chance; none elsewhere.

    They are where the 95 % interval of Matthews' correlation lies below 0 and Wilson's of the accuracy below what the
    same answers would reach by chance, Σ_k p_k t_k / n², with p_k and t_k the counts of class k predicted and true.
    Where every answer is wrong the correlation has no interval, and Wilson's decides alone.
    """
    if not observations:
        return ()
    probabilities, truth = arrays(observations)
    predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
    share, correlation = metrics.accuracy(predicted, truth), metrics.mcc(predicted, truth, classes)
    counts = [np.bincount(side, minlength=classes) / len(truth) for side in (predicted, truth)]
    by_chance = float(counts[0] @ counts[1])
    highest = correlation.value if correlation.high is None else correlation.high
    if highest is None or share.value is None or share.high is None or highest >= 0 or share.high >= by_chance:
        return ()
    reached = f"{share.value:.3f} of the answers are right, where the same answers in any order reach {by_chance:.3f}"
    return (f"worse than chance: are the labels reversed? {reached}",)


def arrays(observations: Sequence[Observation]) -> tuple[metrics.FloatArray, metrics.IntArray]:
    """Probabilities (n, classes) and true classes (n,) of what `classify` saw, in the order of the ids."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    probabilities = np.exp(
        np.array([observation.data["log_probabilities"] for observation in ordered], dtype=np.float64)
    )
    truth = np.array([observation.data["label"] for observation in ordered], dtype=np.intp)
    return probabilities / probabilities.sum(axis=1, keepdims=True), truth
