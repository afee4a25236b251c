"""A backend without weights: its model expects the words that it has just read, and writes the last one again."""

import numpy as np

from leaderboard.backends import (
    Backend,
    Capability,
    Environment,
    Likelihood,
    Model,
    ModelKind,
    ResolvedReference,
    TokenScores,
)
from leaderboard.errors import NotMeasurableError, RequestError


class Copycat(Backend):
    def resolve(self, reference, *, helps=False):
        name = reference.removeprefix("copycat:")
        if not name.isidentifier():
            raise RequestError(f"model '{reference}': not of the form copycat:NAME")
        return ResolvedReference(name=name, source=reference, kind=ModelKind.CAUSAL, revision="1.0", backend="copycat")

    def load(self, model):
        return CopycatModel(model)

    def environment(self, model):
        return Environment(device="copycat", details={"version": "1.0"})


class CopycatModel(Model):
    capabilities = frozenset({Capability.LOGLIKELIHOOD, Capability.GENERATE})

    def likelihood(self):
        return Overlap()

    def generator(self):
        return LastWord()


EXPECTED, NEW = np.log(0.9), np.log(0.1)


def words_of(continuation):
    if not continuation.split():
        raise NotMeasurableError(f"the continuation {continuation!r} has no words")
    return continuation.split()


class Overlap(Likelihood):
    def token_scores(self, requests, *, work="scoring", remember=True):
        read = [np.isin(words_of(text), context.split()) for context, text in requests]
        return [TokenScores(np.where(repeated, EXPECTED, NEW).astype(np.float32), repeated) for repeated in read]

    def token_counts(self, requests):
        return [len(context.split()) + len(words_of(text)) for context, text in requests]


class LastWord:
    def generate(self, prompts, sampling, *, work="writing"):
        words = [(prompt.split() or [""])[-1] for prompt in prompts]
        return [min((word.partition(stop)[0] for stop in sampling.until), key=len, default=word) for word in words]
