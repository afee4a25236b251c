"""Leave-one-out for generation: the likelihood of an answer without each word of the prompt."""

import numpy as np
import pytest

from leaderboard.attributions.generated_answer import GeneratedAnswer
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.likelihood import Likelihood, TokenScores
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model

WORDS = "the film was a surprise".split()
LEFT_OUT = {"occlusion", "lime", "kernel_shap", "partition_shap"}


class AdditiveLikelihood(Likelihood):
    """A server whose answer is likelier by one nat for each `film` in the prompt."""

    def token_scores(self, requests, *, work="", remember=True):
        return [
            TokenScores(np.array([-9.0 + context.count("film")], np.float32), np.array([True]))
            for context, _ in requests
        ]

    def token_counts(self, requests):
        if any(not context for context, _ in requests):
            raise NotMeasurableError("no context")
        return [2 for _ in requests]


def attribute(likelihood, name, prompt=str):
    text = GeneratedAnswer(likelihood, WORDS, " great", prompt=prompt)
    return attribution_methods()[name].attribute(TextUnits(text, budget=64), seed=0)


def test_occlusion_is_leave_one_out_of_the_likelihood(causal):
    likelihood = local_model(causal).likelihood()

    def prompt(text):
        return f"Film: {text}\nVerdict:"

    whole, without = likelihood.loglikelihoods(
        [(prompt(" ".join(WORDS)), " great"), (prompt(" ".join(WORDS[1:])), " great")]
    )
    assert attribute(likelihood, "occlusion", prompt).values[0] == pytest.approx(whole - without, abs=1e-4)


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_every_method_of_answers_finds_the_word_behind_a_server(name):
    values = attribute(AdditiveLikelihood(), name, "Text: {}".format).values
    assert values == pytest.approx([0, 1, 0, 0, 0], abs=1e-3)


@pytest.mark.parametrize("name", sorted(set(attribution_methods()) - LEFT_OUT))
def test_gradients_and_attention_are_refused(name):
    with pytest.raises(NotMeasurableError, match="explained by its likelihood alone"):
        attribute(AdditiveLikelihood(), name)


def test_a_model_that_reads_no_empty_prompt_says_so():
    with pytest.raises(NotMeasurableError, match="reads no empty prompt"):
        attribute(AdditiveLikelihood(), "kernel_shap")
    assert attribute(AdditiveLikelihood(), "occlusion").values[1] == pytest.approx(1)
