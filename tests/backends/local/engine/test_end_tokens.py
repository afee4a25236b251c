"""Heads of encoder-decoders, which read a text at its last end-of-sequence token."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.attribution import gradient_times_input
from leaderboard.backends.local.engine.end_tokens import class_logits, end_token
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.as_is.heads import HeadClassifier
from leaderboard.recipes.labels import LabelMap
from leaderboard.testing.models import tiny_bart, tiny_t5

TEXTS = ["The film was dull.", "A </s> in </s> the middle.", ("The plot", "is dull"), "It was kind. " * 8, "</s>"]


@pytest.fixture(scope="module", params=[tiny_t5, tiny_bart], ids=["t5", "bart"])
def classifier(request, tmp_path_factory) -> LoadedModel:
    folder = request.param(tmp_path_factory.mktemp("models") / request.param.__name__)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2).eval()
        for weight in module.classification_head.parameters():
            torch.nn.init.normal_(weight, std=0.5)
    tokenizer, device = AutoTokenizer.from_pretrained(folder), torch.device("cpu")
    kind = ModelKind.CLASSIFIER
    return LoadedModel(folder.name, str(folder), folder, kind, module, tokenizer, device, module.dtype, 128)


def test_texts_with_other_numbers_of_ends_are_answered_as_alone(classifier, engine):
    answers = HeadClassifier(engine, classifier, LabelMap(("a", "b"), (0, 1))).log_probabilities(TEXTS)
    for text, answer in zip(TEXTS, answers, strict=True):
        first, second = (text, None) if isinstance(text, str) else text
        encoded = classifier.tokenizer(first, second, return_tensors="pt")
        with torch.inference_mode():
            logits = classifier.module(input_ids=encoded.input_ids, attention_mask=encoded.attention_mask).logits[0]
        assert answer == pytest.approx(logits.log_softmax(-1).tolist(), abs=1e-4)
    assert np.ptp(answers[:, 0]) > 1e-3


def test_a_text_without_an_end_is_refused(classifier):
    inputs = {"input_ids": torch.tensor([[5, 6, 7]]), "attention_mask": torch.ones(1, 3, dtype=torch.long)}
    with pytest.raises(NotMeasurableError, match="reads a text at its end-of-sequence token"):
        class_logits(classifier.module, inputs, end_token(classifier.module))


def test_a_tagger_and_an_encoder_read_no_end(masked, tmp_path):
    assert end_token(AutoModelForTokenClassification.from_pretrained(tiny_t5(tmp_path / "m"))) is None
    assert end_token(masked.module) is None


def test_gradients_count_what_encoder_and_decoder_read(classifier):
    """Each token's embedding is made larger by a little, where it is read first and where it is read again."""
    ids = classifier.tokenizer("The film was dull.")["input_ids"]

    def log_probability(output, _mask):
        return output.logits[0].log_softmax(-1)[0]

    (saliency,) = gradient_times_input(classifier, [ids], log_probability, headless=False)
    step, place = 1e-3, 2

    def changed(size):
        def scale(at):
            def hook(_table, _ids, states):
                states = states.clone()
                states[:, at] *= 1 + size
                return states

            return hook

        tables = (classifier.module.get_encoder(), place), (classifier.module.get_decoder(), place + 1)
        hooks = [part.get_input_embeddings().register_forward_hook(scale(at)) for part, at in tables]
        with torch.inference_mode():
            value = log_probability(classifier.module(input_ids=torch.tensor([ids])), None)
        for hook in hooks:
            hook.remove()
        return float(value)

    assert saliency[place] == pytest.approx((changed(step) - changed(-step)) / (2 * step), rel=0.05, abs=1e-4)


def test_an_engine_batches_rows_of_any_length(classifier):
    engine = Engine(torch.device("cpu"), threads=1)
    texts = [f"The film was dull {'again ' * number}" for number in range(1, 30)]
    HeadClassifier(engine, classifier, LabelMap(("a", "b"), (0, 1))).log_probabilities(texts)
    assert engine.notes([classifier]) == ()
    assert engine.layouts[classifier.module]
