"""What every backend keeps to: subclass `BackendContract` in a backend's own tests."""

import getpass
import json
import platform
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from leaderboard.backends.backend import Backend
from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Sampling
from leaderboard.backends.hidden_states import HiddenStates, Pooling, pool_tokens
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.model import Model
from leaderboard.backends.registry import backend_of, backends
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.errors import NotMeasurableError

REQUESTS = [("The film was", " a good film"), ("The film was", " good"), ("", "The film was good")]
QUESTIONS = [("The film was", (" good", " a good film")), ("A good story", (" was", " was a film", " good"))]
PROMPTS = ["The film was", "A good story is", "The film was"]
_GIVEN_BY: Mapping[Capability, Callable[[Model], object]] = {
    Capability.LOGLIKELIHOOD: lambda model: model.likelihood(),
    Capability.PSEUDO_LOGLIKELIHOOD: lambda model: model.masked_likelihood(),
    Capability.GENERATE: lambda model: model.generator(),
    Capability.HIDDEN_STATES: lambda model: model.hidden_states(),
}
_ROUNDING = 1e-4
"""Rounding error of float32 sums, which depend on what shares a batch."""


class BackendContract:
    """Checks any backend. A subclass gives the fixtures `backend` and `reference`."""

    @pytest.fixture
    def backend(self) -> Backend[Any]:
        """The backend, open."""
        raise NotImplementedError

    @pytest.fixture
    def reference(self) -> str:
        """One of its models, as a user names it."""
        raise NotImplementedError

    @pytest.fixture
    def resolved(self, backend: Backend[Any], reference: str) -> ResolvedReference:
        """What is behind the reference."""
        resolved: ResolvedReference = backend.resolve(reference)
        return resolved

    @pytest.fixture
    def model(self, backend: Backend[Any], resolved: ResolvedReference) -> Model:
        """The model, ready to compute."""
        return backend.load(resolved)

    def test_it_is_registered_for_its_references(self, backend: Backend[Any], reference: str) -> None:
        backend.check(reference)
        assert backends.get(backend_of(reference)) is type(backend)

    def test_what_is_resolved_names_its_backend_and_source(self, resolved: ResolvedReference, reference: str) -> None:
        assert resolved.backend == backend_of(reference)
        assert resolved.source == reference
        assert resolved.name
        assert resolved.dtype

    def test_a_reference_has_the_same_identity_each_time(
        self, backend: Backend[Any], resolved: ResolvedReference, reference: str
    ) -> None:
        assert backend.resolve(reference).digest == resolved.digest
        assert json.loads(json.dumps(dict(resolved.identity), allow_nan=False))

    def test_the_model_is_what_was_resolved(self, model: Model, resolved: ResolvedReference) -> None:
        assert (model.name, model.identity, model.kind) == (resolved.name, resolved.digest, resolved.kind)
        assert isinstance(model.kind, ModelKind)

    def test_its_environment_is_json_and_names_neither_host_nor_user(
        self, backend: Backend[Any], resolved: ResolvedReference
    ) -> None:
        environment = backend.environment(resolved)
        text = json.dumps(dict(environment.details), allow_nan=False)
        assert platform.node() not in text
        assert getpass.getuser() not in text.split('"')
        assert environment.device
        assert environment.dtype
        assert environment.threads >= 1

    @pytest.mark.parametrize("capability", _GIVEN_BY)
    def test_it_gives_what_it_can_do_and_refuses_the_rest(self, model: Model, capability: Capability) -> None:
        if capability in model.capabilities:
            assert _GIVEN_BY[capability](model) is not None
            return
        with pytest.raises(NotMeasurableError, match=model.name):
            _GIVEN_BY[capability](model)

    def test_no_note_is_empty(self, model: Model) -> None:
        model.start_evaluation()
        assert all((*model.notes, *model.evaluation_notes()))

    def test_likelihoods_are_sums_over_tokens(self, model: Model) -> None:
        likelihood = _likelihood(model)
        sums = [score.logprobs.sum(dtype=np.float64) for score in likelihood.token_scores(REQUESTS)]
        assert likelihood.loglikelihoods(REQUESTS) == pytest.approx(sums, rel=_ROUNDING)
        assert all((score.logprobs <= 0).all() for score in likelihood.token_scores(REQUESTS))
        assert all(len(score.logprobs) == len(score.greedy) > 0 for score in likelihood.token_scores(REQUESTS))

    def test_likelihoods_do_not_depend_on_what_else_is_asked(self, model: Model) -> None:
        likelihood = _likelihood(model)
        alone = [float(likelihood.loglikelihoods([request], remember=False)[0]) for request in REQUESTS]
        together = likelihood.loglikelihoods(REQUESTS, remember=False)
        assert together == pytest.approx(alone, rel=_ROUNDING)
        assert likelihood.loglikelihoods(REQUESTS[::-1], remember=False)[::-1] == pytest.approx(alone, rel=_ROUNDING)

    def test_each_question_has_a_score_for_each_choice(self, model: Model) -> None:
        scores = _likelihood(model).choices(QUESTIONS)
        assert [len(each) for each in scores] == [len(choices) for _, choices in QUESTIONS]
        assert all(np.isfinite(each).all() for each in scores)

    def test_every_request_has_tokens(self, model: Model) -> None:
        assert all(count > 0 for count in _likelihood(model).token_counts(REQUESTS))

    def test_a_continuation_without_tokens_is_refused(self, model: Model) -> None:
        with pytest.raises(NotMeasurableError):
            _likelihood(model).token_counts([("The film", "")])

    @pytest.mark.parametrize("pooling", Pooling)
    def test_a_pooled_vector_is_that_of_the_states_of_its_tokens(self, model: Model, pooling: Pooling) -> None:
        states = _hidden_states(model)
        for layer in range(-1, states.layers + 1):
            of_tokens = states.of_tokens(PROMPTS, layer=layer)
            expected = np.array([pool_tokens(each, pooling) for each in of_tokens])
            pooled = states.pooled(PROMPTS, layer=layer, pooling=pooling)
            np.testing.assert_allclose(pooled, expected, rtol=_ROUNDING, atol=_ROUNDING)

    def test_there_is_a_hidden_state_for_each_token(self, model: Model) -> None:
        states = _hidden_states(model)
        counts = [states.token_count(text) for text in PROMPTS]
        assert [len(each) for each in states.of_tokens(PROMPTS)] == counts
        assert [len(each) for each in states.of_tokens(PROMPTS, max_length=2)] == [min(n, 2) for n in counts]
        assert [states.token_count(text, max_length=2) for text in PROMPTS] == [min(n, 2) for n in counts]

    def test_hidden_states_do_not_depend_on_what_else_is_read(self, model: Model) -> None:
        states = _hidden_states(model)
        alone = np.concatenate([states.pooled([text], remember=False) for text in PROMPTS])
        together = states.pooled(PROMPTS, remember=False)
        np.testing.assert_allclose(together, alone, rtol=_ROUNDING, atol=_ROUNDING)
        assert np.isfinite(together).all()
        assert states.pooled([]).shape[0] == 0

    def test_equal_prompts_are_continued_alike(self, model: Model) -> None:
        if Capability.GENERATE not in model.capabilities:
            pytest.skip("it writes nothing")
        texts = model.generator().generate(PROMPTS, Sampling(max_new_tokens=4))
        assert len(texts) == len(PROMPTS)
        assert texts[0] == texts[2]
        assert model.generator().generate(PROMPTS[:1], Sampling(max_new_tokens=4)) == texts[:1]

    def test_a_text_ends_before_its_stop_string(self, model: Model) -> None:
        if Capability.GENERATE not in model.capabilities:
            pytest.skip("it writes nothing")
        (text,) = model.generator().generate(PROMPTS[:1], Sampling(max_new_tokens=4))
        if not text:
            pytest.skip("it wrote nothing behind this prompt")
        (stopped,) = model.generator().generate(PROMPTS[:1], Sampling(max_new_tokens=4, until=(text[-1],)))
        assert text[-1] not in stopped


def _hidden_states(model: Model) -> HiddenStates:
    if Capability.HIDDEN_STATES not in model.capabilities:
        pytest.skip("it gives no hidden states")
    return model.hidden_states()


def _likelihood(model: Model) -> Likelihood:
    if Capability.LOGLIKELIHOOD not in model.capabilities:
        pytest.skip("it gives no log-likelihoods")
    return model.likelihood()
