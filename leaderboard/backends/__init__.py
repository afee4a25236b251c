"""Backends: what computes answers for model references, and the classes that plug-ins extend."""

from typing import TYPE_CHECKING

from leaderboard.lazy_names import lazy_import

if TYPE_CHECKING:
    from leaderboard.backends.backend import Backend, ComputeOptions
    from leaderboard.backends.capability import Capability
    from leaderboard.backends.classifiers import Attributor, Chooser, Classifier, Tagger
    from leaderboard.backends.environment import Environment
    from leaderboard.backends.generation import Chat, Generator, Sampling
    from leaderboard.backends.hidden_states import HiddenStates, Pooling
    from leaderboard.backends.kind import ModelKind
    from leaderboard.backends.likelihood import Likelihood, TokenScores
    from leaderboard.backends.masked_likelihood import MaskedLikelihood, MaskedScore, MaskedSentence
    from leaderboard.backends.model import Model
    from leaderboard.backends.resolved import ResolvedReference
    from leaderboard.backends.subject import Subject
    from leaderboard.backends.weights import Cost, Weights

__all__ = [
    "Attributor",
    "Backend",
    "Capability",
    "Chat",
    "Chooser",
    "Classifier",
    "ComputeOptions",
    "Cost",
    "Environment",
    "Generator",
    "HiddenStates",
    "Likelihood",
    "MaskedLikelihood",
    "MaskedScore",
    "MaskedSentence",
    "Model",
    "ModelKind",
    "Pooling",
    "ResolvedReference",
    "Sampling",
    "Subject",
    "Tagger",
    "TokenScores",
    "Weights",
]

__getattr__ = lazy_import(
    "leaderboard.backends",
    {
        "Attributor": "classifiers",
        "Backend": "backend",
        "Capability": "capability",
        "Chat": "generation",
        "Chooser": "classifiers",
        "Classifier": "classifiers",
        "ComputeOptions": "backend",
        "Cost": "weights",
        "Environment": "environment",
        "Generator": "generation",
        "HiddenStates": "hidden_states",
        "Likelihood": "likelihood",
        "MaskedLikelihood": "masked_likelihood",
        "MaskedScore": "masked_likelihood",
        "MaskedSentence": "masked_likelihood",
        "Model": "model",
        "ModelKind": "kind",
        "Pooling": "hidden_states",
        "ResolvedReference": "resolved",
        "Sampling": "generation",
        "Subject": "subject",
        "Tagger": "classifiers",
        "TokenScores": "likelihood",
        "Weights": "weights",
    },
)
