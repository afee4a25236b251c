"""Robustness: answers to the same texts as they are and in changed forms."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import INVARIANCE_FAILURES, WORST_CASE_ACCURACY
from leaderboard.axes.ood.distributions import UNIT
from leaderboard.axes.protocol import Measurement, Observation
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled


class _Form(NamedTuple):
    """A form of a text: the id of the example, its class, and the predicted one."""

    example: str
    label: int
    predicted: int


def measure_robustness(observations: Sequence[Observation], home: str) -> list[Measurement]:
    """Measure the accuracy in the worst case, and how often a change of a text changes the answer.

    Worst-case accuracy is the share of texts with the right answer in every distribution (Gardner et al. 2020).
    Invariance failures are the share of texts of which a changed form gets another answer than the text (Ribeiro et al.
    2020), with each distribution as a part; a form in which nothing could be changed gets the same one. Both have
    Wilson's interval over texts.

    Args:
        observations: classes and predictions of all distributions.
        home: distribution of the texts as they are.

    Returns:
        Both, *not measured* where no distribution has changed forms of texts of `home`.
    """
    return [Measurement(metric, _share(scores), part) for (metric, part), scores in _scores(observations, home).items()]


def resampled_robustness(observations: Sequence[Observation], home: str) -> Mapping[tuple[str, str], Resampled]:
    """Return the numbers of `measure_robustness` as functions of how often each text counts."""
    return {
        (metric.name, part): Resampled.mean(list(scores), list(scores.values()))
        for (metric, part), scores in _scores(observations, home).items()
        if scores
    }


def _share(scores: Mapping[str, bool]) -> Estimate:
    if not scores:
        return Estimate.not_measured("no text is there as it is and in every changed form")
    return proportion(sum(scores.values()), len(scores))


def _scores(observations: Sequence[Observation], home: str) -> dict[tuple[Metric, str], dict[str, bool]]:
    """Return for each metric and part whether it counts each text, by the id of the text as it is."""
    texts = {forms[home].example: forms for forms in _forms(observations) if home in forms}
    distributions = sorted({name for forms in texts.values() for name in forms} - {home})
    complete = {key: forms for key, forms in texts.items() if forms.keys() >= {*distributions}}
    invariant = {key: forms for key, forms in texts.items() if len({form.label for form in forms.values()}) == 1}
    worst = {key: all(form.predicted == form.label for form in forms.values()) for key, forms in complete.items()}
    failures = {
        name: {key: forms[name].predicted != forms[home].predicted for key, forms in invariant.items() if name in forms}
        for name in distributions
    }
    anywhere = {key: any(failures[name][key] for name in distributions) for key in complete if key in invariant}
    return {
        (WORST_CASE_ACCURACY, ""): worst,
        (INVARIANCE_FAILURES, ""): anywhere,
        **{(INVARIANCE_FAILURES, name): each for name, each in failures.items()},
    }


def _forms(observations: Sequence[Observation]) -> list[dict[str, _Form]]:
    """Return the forms of each text that has several, by distribution."""
    texts: dict[str, dict[str, _Form]] = {}
    for observation in sorted(observations, key=lambda observation: observation.example_id):
        if UNIT in observation.data:
            scores = observation.data["log_probabilities"]
            form = _Form(
                observation.example_id, observation.data["label"], max(range(len(scores)), key=scores.__getitem__)
            )
            texts.setdefault(observation.data[UNIT], {})[observation.data["distribution"]] = form
    return [forms for forms in texts.values() if len(forms) > 1]
