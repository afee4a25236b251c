"""Prompt formats: the protocol that classifies the same texts with a task's prompt and with others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from leaderboard.axes.accuracy.classification import classify
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import (
    BEST_FORMAT_ACCURACY,
    FORMAT_DEVIATION,
    FORMAT_SPREAD,
    INVARIANCE_FAILURES,
    OOD_ACCURACY,
    OOD_DROP,
    WORST_CASE_ACCURACY,
    WORST_FORMAT_ACCURACY,
)
from leaderboard.axes.ood.distributions import UNIT, ShiftParameters
from leaderboard.axes.ood.format_spread import estimate_spread, resampled_spread
from leaderboard.axes.ood.perturbation import PerturbationShift
from leaderboard.axes.protocol import Measurement, Observation, Parameters
from leaderboard.backends.classifiers import Classifier, with_prompt
from leaderboard.backends.subject import Subject
from leaderboard.data.template import fields_only
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.resampled import Resampled


class PromptFormat(BaseModel):
    """Another prompt than the task's.

    Attributes:
        template: sandboxed Jinja over `text`, `second` of pairs, and `options`, the choices in words.
        choices: the continuation that stands for each label, in the order of `data.labels`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: Annotated[str, AfterValidator(fields_only("text", "second", "options"))]
    choices: Annotated[tuple[str, ...], Field(min_length=2)]


class PromptFormatParameters(ShiftParameters):
    """Parameters of prompt formats.

    Attributes:
        home: split that is asked about; the answers with the task's own prompt have its name, too.
        formats: other prompts, by name.
    """

    home: str = "test"
    formats: Annotated[dict[str, PromptFormat], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_others(self) -> Self:
        if self.home in self.formats:
            raise ValueError(f"'{self.home}' is the name of the task's own prompt; give the format another one")
        return self


class PromptFormats(PerturbationShift):
    """Protocol in which a prompted subject classifies every text with its own prompt and with each of several others.

    The prompts are the distributions of a shift, and the answers to one text with all of them are its forms. Solved
    examples of few-shot prompts are worded as the question is. Nothing is chosen by the answers: a prompt that is best
    here is not thereby the best elsewhere.
    """

    parameters_type: ClassVar[type[Parameters]] = PromptFormatParameters
    parameters: PromptFormatParameters
    metrics: ClassVar[tuple[Metric, ...]] = (
        OOD_ACCURACY,
        OOD_DROP,
        WORST_CASE_ACCURACY,
        INVARIANCE_FAILURES,
        WORST_FORMAT_ACCURACY,
        BEST_FORMAT_ACCURACY,
        FORMAT_SPREAD,
        FORMAT_DEVIATION,
    )

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the prediction for each text with each prompt."""
        del seed  # nothing is random
        own = subject.classifier()
        others = {name: self._reworded(own, each) for name, each in self.parameters.formats.items()}
        for name, classifier in {self.parameters.home: own, **others}.items():
            for observation in classify(classifier, splits[self.parameters.home]):
                notes = {"distribution": name, UNIT: observation.example_id}
                yield Observation(f"{name}:{observation.example_id}", {**observation.data, **notes})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate accuracies and drop, the robustness to other prompts, and the spread over prompts."""
        return [*super().estimate(observations), *estimate_spread(observations, self.parameters.home)]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each example counts."""
        return {**super().resampled(observations), **resampled_spread(observations, self.parameters.home)}

    def _reworded(self, classifier: Classifier, prompt: PromptFormat) -> Classifier:
        if len(prompt.choices) != len(classifier.labels):
            raise NotMeasurableError(
                f"parameters.formats: {len(prompt.choices)} choices ({', '.join(map(repr, prompt.choices))}) for "
                f"{len(classifier.labels)} labels ({', '.join(classifier.labels)}); give one for each, in their order"
            )
        return with_prompt(classifier, prompt.template, prompt.choices)
