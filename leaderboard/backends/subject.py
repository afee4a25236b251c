"""Subjects: models prepared by a recipe, with the capabilities that protocols ask for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field

from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Attributor, Chooser, Classifier, Tagger, attributor_of
from leaderboard.backends.generation import Chat, Generator
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.masked_likelihood import MaskedLikelihood
from leaderboard.backends.model import Model
from leaderboard.backends.privacy_budget import PrivacyBudget
from leaderboard.backends.progress import Progress
from leaderboard.backends.shadow_training import ShadowTraining
from leaderboard.backends.streaming import Streamer
from leaderboard.backends.weights import Weights
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError


@dataclass(frozen=True)
class Training:
    """Training data of an adapted subject: the ground truth of a membership attack.

    Attributes:
        members: examples whose texts and labels the recipe trained on.
        nonmembers: a random part of the same split that was kept out of training.
        reference: a classifier of the same form trained on other examples of the same distribution (neither members
            nor non-members), for attacks that calibrate each example's difficulty; trained when it is first asked for.
        shadows: how the training is repeated on other examples; None where it cannot be.
    """

    members: Sequence[TextExample]
    nonmembers: Sequence[TextExample]
    reference: Callable[[], Classifier]
    shadows: ShadowTraining | None = None


@dataclass(frozen=True)
class Subject:
    """One row of the leaderboard.

    Attributes:
        model: what computes.
        classifies_with: how it classifies, where its recipe made it able to.
        tags_with: how it tags the words of a sentence.
        chooses_with: how it chooses among answers, where it does not do so by their log-likelihoods.
        beginning: what stands before every question whose answers it chooses by their log-likelihoods.
        before_question: text for a question and its choices, behind `beginning`, such as facts; None for none.
        training: what its recipe trained on; None where nothing was trained here, so that membership is unknown.
        trained_on: fingerprints of every text its recipe trained on (see `data.overlap`), and where each came from.
        members: of an ensemble, the model of each member.
        stages: of a subject that learned several tasks in turn, how it classified after each, by the task's name.
        preparation_notes: Notes for readers of its results on how it was prepared, one sentence each.
        privacy_budget: guarantee of the training by DP-SGD; None for a training without noise, or several in turn.
        training_seconds: time of its training when it was trained, in all of its stages; None where it is not recorded.
        unadapted: the causal model before its recipe trained it on texts, a reference for attacks; None elsewhere.
        reference_models: other models that the protocol scores its answers with, by reference.
    """

    model: Model
    classifies_with: Classifier | None = None
    _: KW_ONLY
    tags_with: Tagger | None = None
    chooses_with: Chooser | None = None
    beginning: str = ""
    before_question: Callable[[str, Sequence[str]], str] | None = None
    training: Training | None = None
    trained_on: Mapping[str, str] = field(default_factory=dict)
    members: tuple[Model, ...] = ()
    stages: Mapping[str, Classifier] = field(default_factory=dict)
    preparation_notes: tuple[str, ...] = ()
    privacy_budget: PrivacyBudget | None = None
    training_seconds: float | None = None
    unadapted: Model | None = None
    reference_models: Mapping[str, Model] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the model, for messages."""
        return self.model.name

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for readers of its results: of each of its models, and of how it was prepared."""
        of_models = (note for model in self.models for note in model.notes)
        return tuple(dict.fromkeys((*of_models, *self.preparation_notes)))

    @property
    def models(self) -> tuple[Model, ...]:
        """All models that compute an answer; the same model may occur several times."""
        return self.members or (self.model,)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Capabilities of the model and of the recipe."""
        able = set(self.model.capabilities)
        if Capability.LOGLIKELIHOOD in able or self.chooses_with is not None:
            able.add(Capability.CHOOSE)
        if self.classifies_with is not None:
            able.add(Capability.CLASSIFY)
        if isinstance(self.classifies_with, Attributor):
            able.add(Capability.ATTRIBUTE)
        if self.tags_with is not None:
            able.add(Capability.TAG)
        return frozenset(able)

    def opening(self, question: str, choices: Sequence[str] = ()) -> str:
        """Return what stands before a question whose answer it writes, or chooses by the log-likelihoods of choices."""
        return self.beginning + (self.before_question(question, choices) if self.before_question else "")

    @property
    def chooses_by_likelihood(self) -> bool:
        """Whether it has no head for multiple choice, so that it chooses by log-likelihoods."""
        return self.chooses_with is None

    def likelihood(self) -> Likelihood:
        """Return its log-likelihoods of continuations.

        Raises:
            NotMeasurableError: when it gives no log-likelihoods.
        """
        return self.model.likelihood()

    def masked_likelihood(self) -> MaskedLikelihood:
        """Return its pseudo-log-likelihoods.

        Raises:
            NotMeasurableError: when it gives no pseudo-log-likelihoods.
        """
        return self.model.masked_likelihood()

    def generator(self) -> Generator:
        """Return its text generator.

        Raises:
            NotMeasurableError: If it generates no text.
        """
        return self.model.generator()

    def streamer(self) -> Streamer:
        """Return its text, token by token.

        Raises:
            NotMeasurableError: when its model generates no text, or is behind a server that does not stream.
        """
        return self.model.streamer()

    def hidden_states(self) -> HiddenStates:
        """Return the hidden states of its model's body.

        Raises:
            NotMeasurableError: when it gives no hidden states.
        """
        return self.model.hidden_states()

    def chat(self) -> Chat:
        """Return its chat format.

        Raises:
            NotMeasurableError: when it has none.
        """
        return self.model.chat()

    def classifier(self) -> Classifier:
        """Return its classifier of texts.

        Raises:
            NotMeasurableError: when it does not classify.
        """
        if self.classifies_with is None:
            raise NotMeasurableError(f"{self.name} does not classify")
        return self.classifies_with

    def attributor(self) -> Attributor:
        """Return its classifier with attributions to words.

        Raises:
            NotMeasurableError: If it has none.
        """
        return attributor_of(self.classifier())

    def tagger(self) -> Tagger:
        """Return its tagger of words.

        Raises:
            NotMeasurableError: when it does not tag words.
        """
        if self.tags_with is None:
            raise NotMeasurableError(f"{self.name} does not tag words")
        return self.tags_with

    def chooser(self) -> Chooser:
        """Return its head for multiple choice; a subject without one chooses by `likelihood`.

        Raises:
            NotMeasurableError: when it has no such head.
        """
        if self.chooses_with is None:
            raise NotMeasurableError(f"{self.name} has no head that chooses")
        return self.chooses_with

    def weights(self) -> Weights:
        """Return the weights that its answers are computed with.

        Raises:
            NotMeasurableError: when they are not on this machine.
        """
        return self.model.weights(self.models)

    def start_evaluation(self) -> None:
        """Forget the notes of its models on the last evaluation."""
        for model in self.models:
            model.start_evaluation()

    def evaluation_notes(self) -> tuple[str, ...]:
        """Notes for readers on how this evaluation was computed, one sentence each."""
        return tuple(dict.fromkeys(note for model in self.models for note in model.evaluation_notes()))

    @contextmanager
    def quietly(self) -> Iterator[Progress]:
        """Silence the progress of single batches; yields the progress for the caller's own reports."""
        with self.model.quietly() as progress:
            yield progress
