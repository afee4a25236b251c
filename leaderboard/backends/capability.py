"""Capabilities of subjects; a protocol names those that it needs."""

from collections.abc import Collection
from enum import StrEnum


class Capability(StrEnum):
    """A kind of answer that a subject can give.

    The first six come with a model; a recipe can add the others. A subject with log-likelihoods can choose, too.
    """

    LOGLIKELIHOOD = "loglikelihood"
    PSEUDO_LOGLIKELIHOOD = "pseudo_loglikelihood"
    GENERATE = "generate"
    STREAM = "stream"
    HIDDEN_STATES = "hidden_states"
    WEIGHTS = "weights"
    CLASSIFY = "classify"
    ATTRIBUTE = "attribute"
    TAG = "tag"
    CHOOSE = "choose"

    @property
    def phrase(self) -> str:
        """What a subject with it can do, for messages: `compute log-likelihoods`, `classify`."""
        return _PHRASES.get(self, self.value)


_PHRASES = {
    Capability.LOGLIKELIHOOD: "compute log-likelihoods",
    Capability.PSEUDO_LOGLIKELIHOOD: "compute pseudo-log-likelihoods",
    Capability.HIDDEN_STATES: "give hidden states",
    Capability.WEIGHTS: "give weights",
    Capability.ATTRIBUTE: "compute attributions",
}
GIVEN_BY_RECIPES = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE, Capability.TAG, Capability.CHOOSE})
"""Capabilities that a recipe can add to those of the model."""


def listed(capabilities: Collection[Capability]) -> str:
    """List capabilities for a message: ` (it can: choose, compute log-likelihoods)`; empty where there are none."""
    answers = set(capabilities) - {Capability.WEIGHTS, Capability.HIDDEN_STATES}  # which give none
    names = sorted(each.phrase for each in answers)
    return f" (it can: {', '.join(names)})" if names else ""
