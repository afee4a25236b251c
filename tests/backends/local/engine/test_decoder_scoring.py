"""Likelihoods, generation and hidden states of encoder-decoders."""

import numpy as np
import pytest
import torch

from leaderboard.backends.generation import Sampling
from leaderboard.backends.hidden_states import Pooling
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine import decoder_reader
from leaderboard.backends.local.engine.decoder_reader import decodes_together
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import tiny_bart, tiny_t5
from tests.conftest import loaded

CONTEXTS = (
    "The film was",
    "It ",
    "Review: a great story. " * 6 + "Sentiment:",
    "She said that the doctor had been kind",
)
REQUESTS = [(start, choice) for start in CONTEXTS for choice in (" a wonderful surprise", " dull", "the best answer")]


@pytest.fixture(scope="module", params=[tiny_t5, tiny_bart], ids=["t5", "bart"])
def folder(request, tmp_path_factory):
    return request.param(tmp_path_factory.mktemp("models") / request.param.__name__)


@pytest.fixture
def model(folder) -> LoadedModel:
    return loaded(folder, ModelKind.ENCODER_DECODER)


@pytest.fixture
def local(model, engine) -> LocalModel:
    return LocalModel(engine, model)


def plainly(model: LoadedModel, context: str, continuation: str) -> list[float]:
    """What transformers gives of `labels`, one request at a time."""
    space = context[len(context.rstrip()) :]
    ids = model.tokenizer(context.rstrip(), return_tensors="pt").input_ids[:, -model.max_length :]
    labels = model.tokenizer(space + continuation, add_special_tokens=False, return_tensors="pt").input_ids
    with torch.inference_mode():
        logits = model.module(input_ids=ids, labels=labels).logits[0].log_softmax(-1)
    return logits.gather(-1, labels[0][:, None])[:, 0].tolist()


def test_each_token_is_scored_as_alone(local, model):
    scores = local.likelihood().token_scores(REQUESTS)
    for score, request in zip(scores, REQUESTS, strict=True):
        assert score.logprobs == pytest.approx(plainly(model, *request), abs=1e-4)
    assert np.ptp([score.logprobs.sum() for score in scores]) > 1


def test_a_model_that_mixes_continuations_decodes_each_alone(local, model, monkeypatch):
    monkeypatch.setattr(decoder_reader, "FLOAT32_TOLERANCE", -1.0)
    assert not decodes_together(local.engine, model)
    scores = local.likelihood().token_scores(REQUESTS[:3])
    assert scores[1].logprobs == pytest.approx(plainly(model, *REQUESTS[1]), abs=1e-4)


def test_continuations_share_an_encoding(engine, model):
    assert decodes_together(engine, model)


@pytest.mark.parametrize("context", ["", "  "])
def test_a_text_without_a_context_is_not_measured(local, context):
    with pytest.raises(NotMeasurableError, match="a text without a context has no standard likelihood"):
        local.likelihood().loglikelihoods([(context, "The film was dull.")])
    with pytest.raises(NotMeasurableError, match="a text without a context has no standard likelihood"):
        local.likelihood().whole_texts(["The film was dull."])


def test_a_context_that_is_too_long_loses_its_beginning_and_a_continuation_is_refused(local, model):
    long = "x" * 150 + " dull"
    (score,) = local.likelihood().token_scores([(long, " kind")])
    assert score.logprobs == pytest.approx(plainly(model, long, " kind"), abs=1e-4)
    assert local.evaluation_notes() == ("1 texts were longer than 128 tokens and were cut",)
    with pytest.raises(NotMeasurableError, match=r"the decoder of .* reads 128"):
        local.likelihood().token_scores([("dull", "x" * 150)])


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_texts_are_written_as_each_alone(local, model, temperature):
    prompts = [context.strip() for context in CONTEXTS]
    sampling = Sampling(8, temperature=temperature)
    texts = local.generator().generate(prompts, sampling)
    assert texts == [local.generator().generate([prompt], sampling)[0] for prompt in prompts]
    if not temperature:
        ids = model.tokenizer(prompts[0], return_tensors="pt").input_ids
        alone = model.module.generate(ids, max_new_tokens=8, num_beams=1, do_sample=False)
        assert texts[0] == model.tokenizer.decode(alone[0], skip_special_tokens=True)
    with pytest.raises(NotMeasurableError, match="too few to write 128"):
        local.generator().generate(prompts, Sampling(128))


def test_hidden_states_are_those_of_the_encoder(local, model):
    (pooled,) = local.hidden_states().pooled([CONTEXTS[0]], pooling=Pooling.FIRST)
    ids = model.tokenizer(CONTEXTS[0], return_tensors="pt").input_ids
    assert pooled == pytest.approx(model.module.get_encoder()(ids).last_hidden_state[0, 0].tolist(), abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-4), ("bfloat16", 5e-2)])
def test_scores_are_those_of_lm_evaluation_harness(folder, engine, dtype, tolerance):
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    from leaderboard.backends.local.models.loading import load
    from leaderboard.backends.local.models.reference import ModelReference, resolve

    resolved = resolve(ModelReference.parse(str(folder)), dtype=dtype, device_type="cpu", offline=True)
    scores = LocalModel(engine, load(resolved, torch.device("cpu"))).likelihood().token_scores(REQUESTS)
    harness = HFLM(pretrained=str(folder), backend="seq2seq", device="cpu", dtype=dtype, batch_size=4)
    instances = [Instance("loglikelihood", {}, request, index) for index, request in enumerate(REQUESTS)]
    for score, (total, greedy) in zip(scores, harness.loglikelihood(instances, disable_tqdm=True), strict=True):
        assert score.logprobs.sum() == pytest.approx(total, abs=tolerance * len(score.logprobs))
        assert bool(score.greedy.all()) is greedy
