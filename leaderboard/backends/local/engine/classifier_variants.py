"""ClassifierVariants: copies of a classifier with other weights, for classifiers whose weights are on this machine."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.weight_variants import with_embedding_noise, with_random_weights
from leaderboard.backends.progress import silent

WeightVariant = Callable[[LoadedModel], LoadedModel]


class ClassifierVariants(ABC):
    """Variants of a classifier that says how it is built on other weights."""

    @abstractmethod
    def variant(self, change: WeightVariant, *, head_seed: int | None) -> Classifier:
        """Return the classifier on changed weights.

        Args:
            change: returns the changed model.
            head_seed: seed of a random head in the place of one that is not part of the model; None to keep it.
        """

    def with_random_weights(self, seed: int) -> Classifier:
        """Return a classifier of the same architecture with random weights."""
        return self.variant(partial(with_random_weights, seed=seed), head_seed=seed)

    def with_embedding_noise(self, radius: float, seed: int) -> Classifier:
        """Return the classifier with noise on the embeddings of its tokens."""
        return self.variant(partial(with_embedding_noise, radius=radius, seed=seed), head_seed=None)


def without_cache(engine: Engine) -> Engine:
    """Return an engine on the same device that caches no answers: nobody asks for those of a variant again."""
    return replace(engine, answers=AnswerCache(), replicas=(), progress=silent, cuts=Counter())
