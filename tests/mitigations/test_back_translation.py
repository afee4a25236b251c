import pytest
import torch
from transformers import MarianConfig, MarianMTModel

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.errors import RequestError
from leaderboard.mitigations.augmentation.back_translation import back_translate, translate
from leaderboard.recipes.probe import Probe
from leaderboard.testing.models import SENTENCES, _save, _wordpiece

TEXTS = [*SENTENCES, "worse", "a bad ending"]


def tiny_marian(folder, seed):
    tokenizer = _wordpiece()
    tokenizer.eos_token = tokenizer.sep_token
    config = MarianConfig(
        vocab_size=len(tokenizer), d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=128,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.sep_token_id, bos_token_id=None,
        decoder_start_token_id=tokenizer.pad_token_id, forced_eos_token_id=None, init_std=1.0,
    )  # fmt: skip
    torch.manual_seed(seed)
    return _save(MarianMTModel(config), tokenizer, folder)


def translator(folder):
    resolved = resolve(ModelReference.parse(str(folder)), dtype="auto", device_type="cpu", offline=True, helps=True)
    return load(resolved, torch.device("cpu"))


@pytest.fixture(scope="module")
def translators(tmp_path_factory):
    folder = tmp_path_factory.mktemp("translators")
    return tuple(translator(tiny_marian(folder / name, seed)) for seed, name in enumerate(("there", "back")))


def test_an_encoder_decoder_helps_as_a_translator_and_is_measured_as_itself(tmp_path):
    folder = tiny_marian(tmp_path / "m", 0)
    assert translator(folder).kind is ModelKind.TRANSLATOR
    measured = resolve(ModelReference.parse(str(folder)), dtype="auto", device_type="cpu", offline=True)
    assert measured.kind is ModelKind.ENCODER_DECODER


@pytest.mark.slow
def test_a_batch_is_translated_as_each_text_alone_by_greedy_search(translators, engine):
    model = translators[0]
    translations = translate(TEXTS, model, engine)
    assert len(set(translations)) > 1
    for text, translation in zip(TEXTS, translations, strict=True):
        ids = model.tokenizer(text, return_tensors="pt").input_ids
        limit = 2 * ids.shape[1] + 16
        alone = model.module.generate(ids, max_new_tokens=limit, do_sample=False, num_beams=1)
        assert translation == model.tokenizer.decode(alone[0], skip_special_tokens=True).strip()


@pytest.mark.slow
def test_back_translation_is_one_translator_after_the_other(translators, engine):
    forward, backward = translators
    both_ways = translate(translate(TEXTS, forward, engine), backward, engine)
    expected = [None if new in {"", text} else new for text, new in zip(TEXTS, both_ways, strict=True)]
    assert back_translate(TEXTS, forward, backward, engine) == expected
    assert back_translate([], forward, backward, engine) == []


@pytest.mark.slow
def test_translations_are_cached(translators, tmp_path, monkeypatch):
    engine = Engine(torch.device("cpu"), threads=1, answers=AnswerCache(tmp_path))
    first = translate(TEXTS, translators[0], engine)
    monkeypatch.setattr(translators[0].module, "generate", lambda **_: pytest.fail("translated again"))
    assert translate(TEXTS, translators[0], engine) == first


def test_another_kind_of_model_is_refused(encoder, engine):
    with pytest.raises(RequestError, match=r"recipe\.translators: tiny-encoder is a encoder model, not a translator"):
        translate(TEXTS, encoder, engine)


@pytest.mark.slow
def test_a_subject_depends_on_its_translators(translators, preparing, encoder, praise):
    def answers(forward, backward):
        recipe = Probe(augment="back_translation", augmented_share=1.0, translators=("there", "back"))
        models = {"there": forward, "back": backward}
        subject = recipe.prepare(preparing(encoder, praise.task, praise.splits, models=models))
        return subject.classifier().log_probabilities([example.text for example in praise.splits["test"]])

    assert abs(answers(*translators) - answers(*reversed(translators))).max() > 1e-3
