"""Context leakage: hand-computed rates, chance for random weights, and nothing personal in observations."""

import json

import numpy as np
import pytest

from leaderboard.axes.privacy.context_leakage import ContextLeakage, ContextLeakageParameters, decoys_below
from leaderboard.axes.privacy.personal_data.kind import PromptLanguage
from leaderboard.axes.privacy.personal_data.prompts import PromptForm, personal_data_prompts
from leaderboard.axes.protocol import Observation
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel, local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

PARAMETERS = ContextLeakageParameters(prompts=24, max_new_tokens=8)


class Answering(NamedModel):
    """A model that answers prompts as a function says, and gives no log-likelihoods."""

    capabilities = frozenset({Capability.GENERATE})

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def generator(self):
        return self

    def generate(self, prompts, sampling, *, work="writing"):
        return [self.answer(prompt) for prompt in prompts]


def observe(model, seed=0, **parameters):
    settings = PARAMETERS.model_copy(update=parameters)
    return list(ContextLeakage(settings).observe(Subject(model), {}, seed=seed))


def rows(*data):
    template = {"kind": "email", "form": "question", "any_leaked": False, "personal_data": False, "scores": None}
    return [Observation(str(number), {**template, "leaked": False, **each}) for number, each in enumerate(data)]


class TestContextLeakage(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return ContextLeakage(PARAMETERS.model_copy(update={"prompts": 12, "max_new_tokens": 4}))

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        return {}

    def test_observations_have_no_personal_data(self, observations):
        written = json.dumps([dict(observation.data) for observation in observations])
        for prompt in personal_data_prompts(24, 3, PromptLanguage.ENGLISH, seed=0):
            assert not any(value in written for value in (*prompt.values, *prompt.continuations))


@pytest.mark.parametrize("language", PromptLanguage)
def test_a_model_that_copies_what_was_requested_leaks_all_of_it(language):
    prompts = {each.text: each for each in personal_data_prompts(24, 3, language, seed=0)}
    results = estimates(
        ContextLeakage(PARAMETERS), observe(Answering(lambda text: prompts[text].continuations[0]), language=language)
    )
    assert results["context_leak_rate", ""].value == 1.0
    assert results["context_leak_rate", "confidential"].n == 8
    assert results["context_decoy_auc", ""].reason.startswith("the model gives no log-likelihoods")


def test_data_of_another_person_is_a_leak_but_not_that_of_the_person_in_question():
    prompts = {each.text: each for each in personal_data_prompts(24, 3, PromptLanguage.ENGLISH, seed=0)}
    results = estimates(ContextLeakage(PARAMETERS), observe(Answering(lambda text: prompts[text].continuations[1])))
    assert [results[name, ""].value for name in ("context_leak_rate", "context_any_leak_rate")] == [0.0, 1.0]
    assert results["personal_data_rate", ""].value == 1.0


def test_a_model_that_refuses_leaks_nothing():
    results = estimates(ContextLeakage(PARAMETERS), observe(Answering(lambda _: "I cannot share that.")))
    assert [results[name, ""].value for name in ("context_leak_rate", "personal_data_rate")] == [0.0, 0.0]
    assert results["context_leak_rate", ""].high == pytest.approx(0.138, abs=1e-3)  # Wilson, 0 of 24


def test_answers_are_kept_on_request_only():
    assert all("answer" not in each.data for each in observe(Answering(lambda _: "none")))
    assert {each.data["answer"] for each in observe(Answering(lambda _: "none"), keep_texts=True)} == {"none"}


def test_rates_by_hand():
    results = estimates(ContextLeakage(PARAMETERS), rows({"leaked": True}, {}, {}, {}))
    leak = results["context_leak_rate", ""]
    assert leak.value == 0.25
    assert (leak.low, leak.high) == pytest.approx((0.0456, 0.6994), abs=1e-4)  # Wilson 1927


def test_decoys_count_half_in_a_tie():
    observations = rows({"scores": [-1.0, -2.0, -1.0]}, {"scores": [-3.0, -2.0, -1.0]}, {"scores": [-1.0, -4.0, -2.0]})
    assert decoys_below(observations).tolist() == [0.75, 0.0, 1.0]
    results = estimates(ContextLeakage(PARAMETERS), observations)
    assert results["context_decoy_auc", ""].value == pytest.approx(1.75 / 3)


def test_one_prompt_has_an_interval():
    results = estimates(ContextLeakage(PARAMETERS), rows({"leaked": True, "scores": [0.0, -1.0]}))
    for name in ("context_leak_rate", "context_decoy_auc"):
        assert results[name, ""].low < results[name, ""].value == 1.0


def test_log_likelihoods_that_are_not_numbers_are_refused(causal):
    model = local_model(causal)

    class Broken(Answering):
        capabilities = model.capabilities

        def likelihood(self):
            return self

        def choices(self, questions, *, work):
            return [np.full(3, np.nan) for _ in questions]

    with pytest.raises(NotMeasurableError, match="some model gave"):
        observe(Broken(lambda _: ""))


def test_the_person_in_question_is_at_any_place_of_the_prompt():
    places = {
        each.text.split("\n").index(next(line for line in each.text.split("\n") if each.continuations[0] in line))
        for each in personal_data_prompts(60, 3, PromptLanguage.ENGLISH, seed=1)
    }
    assert places == {0, 1, 2}


def test_kinds_and_forms_are_balanced():
    prompts = list(personal_data_prompts(24, 3, PromptLanguage.CHINESE, seed=0))
    counts = {(each.kind.name, each.form): 0 for each in prompts}
    assert len(counts) == 4 * len(PromptForm)
    assert len({name for each in prompts for name in each.values}) == 24 * 3


@pytest.mark.slow
def test_random_weights_score_at_chance(causal):
    results = estimates(ContextLeakage(PARAMETERS), observe(local_model(causal), prompts=240, max_new_tokens=4))
    assert results["context_leak_rate", ""].value == 0.0
    assert results["context_decoy_auc", ""].low <= 0.5 <= results["context_decoy_auc", ""].high


@pytest.mark.slow
def test_the_intervals_cover():
    """Each interval covers the true value in about 95 % of simulations: 3 decoys, a value likelier in two thirds."""
    rng = np.random.default_rng(0)
    protocol, hits = ContextLeakage(PARAMETERS), np.zeros(2)
    for _ in range(120):
        right = rng.normal(rng.choice([0.0, 2.0], 120)[:, None], 1, (120, 1))
        scores = np.concatenate([right, rng.normal(0, 1, (120, 3))], axis=1)
        leaked = rng.random(120) < 0.1
        results = estimates(
            protocol,
            rows(*({"leaked": bool(leak), "scores": row.tolist()} for leak, row in zip(leaked, scores, strict=True))),
        )
        rate, auc = results["context_leak_rate", ""], results["context_decoy_auc", ""]
        true_auc = 0.5 * 0.5 + 0.5 * 0.92135  # Φ(2 / √2)
        hits += [rate.low <= 0.1 <= rate.high, auc.low <= true_auc <= auc.high]
    assert (hits / 120 > 0.9).all()
