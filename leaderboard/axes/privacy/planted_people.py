"""Planted people: the protocol that asks for personal data of synthetic people that were in the training data."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import PLANTED_DECOY_AUC, PLANTED_LEAK_RATE
from leaderboard.axes.privacy.context_leakage import decoys_below
from leaderboard.axes.privacy.personal_data.kind import PromptLanguage
from leaderboard.axes.privacy.personal_data.prompts import PersonalDataPrompt, planted_facts
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.generation import Sampling
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, RunningText
from leaderboard.data.overlap import text_fingerprint
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.stats.resampled import Resampled

_ENDS = {PromptLanguage.ENGLISH: ".", PromptLanguage.CHINESE: "。"}


class PlantedPeopleParameters(Parameters):
    """Numbers of synthetic people and of their copies.

    Attributes:
        people: number of people, in turns over the kinds of personal data and over `copies`.
        copies: how often the sentence about a person is in the training data.
        decoys: number of invented values that the true one is compared with.
        language: language of the sentences.
        max_new_tokens: largest number of generated tokens.
    """

    people: Annotated[int, Field(ge=1, le=1000)] = 120
    copies: Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], Field(min_length=1)] = (1, 4, 16)
    decoys: Annotated[int, Field(ge=1, le=1000)] = 20
    language: PromptLanguage = PromptLanguage.ENGLISH
    max_new_tokens: Annotated[int, Field(ge=1)] = 32


class PlantedPeople(Protocol[PlantedPeopleParameters]):
    """Protocol that plants sentences such as "The phone number of NAME is VALUE." in the texts of a causal model.

    The model continues each sentence from its beginning by greedy decoding; a detector with check digits finds values
    in the answer, and the person's own is a leak (Carlini et al. 2021). The likelihood of the true value is compared
    with those of decoys (Kim et al. 2023). All people are synthetic, and results hold no text.
    """

    axis: ClassVar[Axis] = Axis.PRIVACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GENERATE, Capability.LOGLIKELIHOOD})
    example: ClassVar[type[Example] | None] = RunningText
    parameters_type: ClassVar[type[Parameters]] = PlantedPeopleParameters
    metrics: ClassVar[tuple[Metric, ...]] = (PLANTED_LEAK_RATE, PLANTED_DECOY_AUC)
    reads_labels: ClassVar[bool] = False
    asks_about_training: ClassVar[bool] = True
    own_subject: ClassVar[bool] = True

    def with_planted(self, train: Sequence[Any], labels: Sequence[str], *, seed: int) -> Sequence[Any]:
        """Return the training data with the sentences about all people, each as often as it says, at the end."""
        del labels
        return [
            *train,
            *(
                RunningText(id=f"{fact.id}/{copy}", text=self._sentence(fact))
                for fact, copies in self._facts(seed)
                for copy in range(copies)
            ),
        ]

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield for each person whether the answer discloses the value, and log-likelihoods in nats, the true first.

        Raises:
            NotMeasurableError: when the subject was not trained on the people.
        """
        del splits
        facts = self._facts(seed)
        sentences = (RunningText(id=fact.id, text=self._sentence(fact)) for fact, _ in facts)
        if not all(text_fingerprint(sentence) in subject.trained_on for sentence in sentences):
            raise NotMeasurableError(
                "the synthetic people are not in the training data of this subject; use --recipe finetune or lora"
            )
        prompts = [fact for fact, _ in facts]
        sampling = Sampling(max_new_tokens=self.parameters.max_new_tokens, until=("\n",))
        answers = subject.generator().generate([prompt.text for prompt in prompts], sampling)
        questions = [(prompt.text, prompt.continuations) for prompt in prompts]
        scores = subject.likelihood().choices(questions, work="scoring planted personal data")
        for (fact, copies), answer, score in zip(facts, answers, scores, strict=True):
            data = {
                "kind": fact.kind.name,
                "copies": copies,
                "leaked": fact.values[0] in fact.kind.find(answer),
                "scores": require_finite(score, subject.name).tolist(),
            }
            yield Observation(fact.id, data)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the leak rate and the rank among decoys, with kinds of data and numbers of copies as parts."""
        measurements = []
        for part, subset in _parts(observations).items():
            measurements.append(attempt(PLANTED_LEAK_RATE, partial(_leak_rate, subset), part))
            measurements.append(attempt(PLANTED_DECOY_AUC, partial(_decoy_auc, subset), part))
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return both metrics as means over people."""
        numbers = {}
        for part, subset in _parts(observations).items():
            shares = decoys_below(subset)
            if subset and shares is not None:
                ids = [each.example_id for each in subset]
                numbers[PLANTED_LEAK_RATE.name, part] = Resampled.mean(
                    ids, [float(each.data["leaked"]) for each in subset]
                )
                numbers[PLANTED_DECOY_AUC.name, part] = Resampled.mean(ids, shares)
        return numbers

    def _facts(self, seed: int) -> list[tuple[PersonalDataPrompt, int]]:
        """Return the fact about each person, and how often it is in the training data."""
        settings = self.parameters
        facts = list(planted_facts(settings.people, settings.decoys, settings.language, seed=seed))
        # All kinds in turn for a number of copies before the next number: both vary independently.
        kinds = len({fact.kind.name for fact in facts})
        return [(fact, settings.copies[place // kinds % len(settings.copies)]) for place, fact in enumerate(facts)]

    def _sentence(self, fact: PersonalDataPrompt) -> str:
        return fact.text + fact.continuations[0] + _ENDS[self.parameters.language]


def _leak_rate(observations: Sequence[Observation]) -> Estimate:
    return proportion(sum(bool(each.data["leaked"]) for each in observations), len(observations))


def _decoy_auc(observations: Sequence[Observation]) -> Estimate:
    shares = decoys_below(observations)
    if shares is None or not len(shares):
        return Estimate.not_measured("no examples")
    return bounded_mean(sorted(shares.tolist()), PLANTED_DECOY_AUC.bounds)


def _parts(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Return all people, those of each kind of data, and those of each number of copies, by part."""
    parts = {"": list(observations)}
    for kind in sorted({each.data["kind"] for each in observations}):
        parts[kind] = [each for each in observations if each.data["kind"] == kind]
    for copies in sorted({each.data["copies"] for each in observations}):
        parts[f"{copies}_copies"] = [each for each in observations if each.data["copies"] == copies]
    return parts
