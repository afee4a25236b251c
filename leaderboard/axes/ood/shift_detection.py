"""Detection: the protocol that tells texts of the subject's own distribution from those of others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import DETECTION_AUROC, DETECTION_FPR95, OPEN_SET_SCORE
from leaderboard.axes.ood.detection_numbers import DetectedTexts
from leaderboard.axes.ood.detectors import Detector, detector_scores
from leaderboard.axes.ood.distributions import ShiftParameters
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol
from leaderboard.backends.capability import Capability
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

SCORES, REASONS = "scores", "not_scored"
"""Keys of an observation: scores by detector, and why the subject allows no others."""


class DetectionParameters(ShiftParameters):
    """Parameters of detection: the splits of the own distribution; every other split is another one.

    Attributes:
        reference: split whose labelled texts the Mahalanobis distance is fitted on; it is not scored.
    """

    reference: str = "reference"


class ShiftDetection(Protocol[DetectionParameters]):
    """Protocol that compares scores of texts of the own distribution and of others.

    The numbers of the whole task are those of the maximum softmax probability, which every classifier has, as a mean
    over the other distributions; parts are the other detectors (`energy`) and single distributions (`msp, tweets`).
    """

    axis: ClassVar[Axis] = Axis.OOD
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = DetectionParameters
    metrics: ClassVar[tuple[Metric, ...]] = (OPEN_SET_SCORE, DETECTION_AUROC, DETECTION_FPR95)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the scores of each text, and of texts of the own distribution both classes."""
        del seed  # nothing is random
        classifier = subject.classifier()
        rows = [
            (name, example)
            for name, examples in splits.items()
            if name != self.parameters.reference
            for example in examples
            if name != self.parameters.home or example.label is not None
        ]
        if not rows:
            return
        texts = [example.content for _, example in rows]
        answers = require_finite(classifier.log_probabilities(texts), "the subject")
        scores, reasons = detector_scores(subject, texts, answers, splits.get(self.parameters.reference, ()))
        for place, (name, example) in enumerate(rows):
            predicted = classifier.labels[int(answers[place].argmax())]
            own = {"true": classifier.labels[example.label]} if name == self.parameters.home else {}
            yield Observation(
                f"{name}:{example.id}",
                {
                    "distribution": name,
                    "predicted": predicted,
                    **own,
                    SCORES: {str(detector): float(each[place]) for detector, each in scores.items()},
                    REASONS: {str(detector): reason for detector, reason in reasons.items()},
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the metrics by the maximum softmax probability, and by each detector and distribution as parts."""
        measurements: dict[tuple[Metric, str], Measurement] = {}
        for detector in Detector:
            estimates = self._texts(observations, detector).estimates()
            if not estimates:
                missing = Estimate.not_measured(
                    _reason(observations, detector, self.parameters.home), n=len(observations)
                )
                estimates = {(metric, ""): missing for metric in self.metrics}
            for (metric, distribution), estimate in estimates.items():
                for part in _parts(detector, distribution):
                    measurements[metric, part] = Measurement(metric, estimate, part)
        return list(measurements.values())

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all measured metrics as functions of how often each text counts, all distributions as one sample."""
        return {
            (metric.name, part): number
            for detector in Detector
            for (metric, distribution), number in self._texts(observations, detector).numbers().items()
            for part in _parts(detector, distribution)
        }

    def _texts(self, observations: Sequence[Observation], detector: Detector) -> DetectedTexts:
        scored = [each for each in observations if detector.value in each.data[SCORES]]
        rows = [(each.example_id, each.data[SCORES][detector.value], each.data) for each in scored]
        return DetectedTexts.of(rows, home=self.parameters.home)

    def answer(self, observation: Observation) -> Answer | None:
        """Return the true and the predicted class of a text of the own distribution."""
        data = observation.data
        return Answer(data["true"], data["predicted"]) if "true" in data else None

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note with the accuracy on the own distribution, which the open-set score is at most."""
        answers = [answer for answer in map(self.answer, observations) if answer is not None]
        if not answers:
            return ()
        right = sum(answer.right for answer in answers)
        return (f"{right} of {len(answers)} texts of the own distribution are classified right",)


def _parts(detector: Detector, distribution: str) -> tuple[str, ...]:
    """Return the parts that the numbers of a detector are; the first detector's are those of the whole task, too."""
    if distribution:
        return (f"{detector}, {distribution}",)
    return ("", detector.value) if detector is Detector.MSP else (detector.value,)


def _reason(observations: Sequence[Observation], detector: Detector, home: str) -> str:
    """Return why a detector has no numbers."""
    for observation in observations:
        if reason := observation.data[REASONS].get(str(detector)):
            return str(reason)
    own = any(each.data["distribution"] == home for each in observations)
    return "no texts of other distributions" if own else f"no labelled texts of '{home}', the own distribution"
