"""Answers of every architecture that can be made tiny: those of one text at a time, or refused in a line."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers
from transformers.models.auto import modeling_auto as names

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine import layouts, tree_trial
from leaderboard.backends.local.engine.decoder_scoring import score_decoded
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.features import Features
from leaderboard.backends.local.engine.inputs import text_row, words_rows
from leaderboard.backends.local.engine.layouts import Layout, LayoutUse
from leaderboard.backends.local.engine.masked_scoring import encode_sentence, pseudo_loglikelihoods
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.engine.tokenisation import encode_apart, encode_pairs
from leaderboard.backends.local.models.causality import check_causality
from leaderboard.backends.local.models.context_window import window_of
from leaderboard.backends.local.models.forward_inputs import accept_all_inputs, attend_in_full
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import positions_not_used
from leaderboard.errors import LeaderboardError
from leaderboard.recipes.as_is.heads import HeadChooser, HeadClassifier, HeadTagger
from leaderboard.recipes.labels import LabelMap
from leaderboard.testing.architectures import build, tiny_config

TEXTS = [
    "The film was a wonderful surprise.",
    "Dull.",
    "The plot is dull, the acting is worse, and nobody laughed. " * 3,
    "He told the nurse that his father was a good engineer.",
    "It was",
    "She said that the doctor had been kind to her mother, and the film was bad.",
]
HEADER = "Review: a great story. Sentiment: positive\nReview: dull and worse. Sentiment: negative\n" * 2
REQUESTS = [
    (start, choice)
    for start in ("The film was", f"{HEADER}Nobody", "It", f"{HEADER * 2}She is", f"{HEADER}It was")
    for choice in (" a wonderful surprise", " dull", " the best answer to the question")
]
CLASSES = LabelMap(("a", "b", "c"), (0, 1, 2))
FAST = {
    ModelKind.CAUSAL: ["gpt2", "gpt_neo", "bloom", "mamba", "mistral", "mixtral", "llama", "xlnet"],
    ModelKind.MASKED: ["bert", "roberta", "fnet", "convbert", "modernbert", "deberta-v2"],
    ModelKind.CLASSIFIER: ["gpt2", "qwen2", "xlnet", "bert", "longformer", "funnel"],
    ModelKind.TAGGER: ["roberta", "fnet", "llama"],
    ModelKind.CHOOSER: ["bert", "fnet"],
    ModelKind.ENCODER_DECODER: ["bart", "t5"],
}
"""LayoutTrial with every run of the tests; all others are slow together."""
UNBUILT = {
    *("bailing_hybrid", "blt", "bros", "canine", "cohere_compass_text", "dbrx", "deepseek_v32", "dots1", "dots3_note"),
    *("dots3_note_text", "esm", "esmc", "falcon_h1", "fuyu", "gemma3n", "gemma3n_text", "gemma4", "gemma4_assistant"),
    *("gemma4_text", "gemma4_unified", "gemma4_unified_assistant", "gemma4_unified_text", "git", "glm4_moe_lite"),
    *("glm_moe_dsa", "got_ocr2", "hrm_text", "hunyuan_v1_dense", "hunyuan_v1_moe", "hy_v4", "inkling2_text"),
    *("inkling_text", "kimi_linear", "layoutlmv2", "layoutlmv3", "lfm2_moe", "lilt", "longcat_flash", "luke"),
    *("ministral", "mistral4", "modernvbert", "moss_transcribe_diarize", "musicgen", "musicgen_melody", "neomme"),
    *(
        "perceiver",
        "phi4_multimodal",
        "qwen3_5",
        "qwen4_exp",
        "qwen4_exp_text",
        "qwen3_asr",
        "recurrent_gemma",
        "reformer",
    ),
    *("t5gemma", "t5gemma2", "tapas", "ultravbert", "xlstm", "zamba", "zamba2"),
}
"""No tiny one can be made of the configuration by setting sizes, or it takes inputs other than text."""
_FAMILIES = {
    ModelKind.CAUSAL: (transformers.AutoModelForCausalLM, names.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES),
    ModelKind.MASKED: (transformers.AutoModelForMaskedLM, names.MODEL_FOR_MASKED_LM_MAPPING_NAMES),
    ModelKind.CLASSIFIER: (
        transformers.AutoModelForSequenceClassification,
        names.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
    ),
    ModelKind.TAGGER: (
        transformers.AutoModelForTokenClassification,
        names.MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES,
    ),
    ModelKind.CHOOSER: (transformers.AutoModelForMultipleChoice, names.MODEL_FOR_MULTIPLE_CHOICE_MAPPING_NAMES),
    ModelKind.ENCODER_DECODER: (
        transformers.AutoModelForSeq2SeqLM,
        # Of the others some differ from these in little, and some read speech.
        "bart bigbird_pegasus fsmt led longt5 m2m_100 pegasus prophetnet switch_transformers t5 umt5".split(),
    ),
}


def _cases(kind: ModelKind):
    """The families of a kind, those that are not among the fast ones marked as slow."""
    families = [family for family in _FAMILIES[kind][1] if family not in UNBUILT]
    if kind is ModelKind.CHOOSER:
        families.remove("longformer")  # counts the separators of RoBERTa's tokenizer
    return [
        pytest.param(family, marks=() if family in FAST[kind] else pytest.mark.slow, id=family) for family in families
    ]


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Trials come early and are narrow, so that these few short texts are batched."""
    monkeypatch.setattr(layouts, "FIRST", 64)
    monkeypatch.setattr(layouts, "COST", 1)
    monkeypatch.setattr(tree_trial, "FIRST", 256)


def model_of(kind: ModelKind, family: str, like: LoadedModel, **changes) -> LoadedModel:
    """A tiny model of a family, as `load` would make it."""
    config = tiny_config(family, len(like.tokenizer), **changes)
    if kind is ModelKind.CAUSAL and hasattr(config, "is_decoder"):
        config.is_decoder = True
    if kind in {ModelKind.CLASSIFIER, ModelKind.TAGGER}:
        config.num_labels = 3
    if getattr(config, "is_encoder_decoder", False):
        config.decoder_start_token_id = 0
        config.eos_token_id = like.tokenizer.sep_token_id or like.tokenizer.eos_token_id
    module = build(_FAMILIES[kind][0], config)
    accept_all_inputs(module)
    attend_in_full(module)
    window = min(window_of(config, like.tokenizer.model_max_length).tokens - positions_not_used(module), 512)
    model = LoadedModel(family, family, like.folder, kind, module, like.tokenizer, like.device, module.dtype, window)
    check_causality(model, family)
    return model


def alone(network, rows):
    """One row at a time, with nothing to mask: what transformers itself says."""
    ids = [torch.tensor([list(row)]) for row in rows]
    with torch.inference_mode():
        return [network(input_ids=each, attention_mask=torch.ones_like(each)) for each in ids]


def refusing(compare):
    """The comparison, unless the model is refused: in one sentence."""
    try:
        compare()
    except LeaderboardError as error:
        return str(error)
    return ""


@pytest.mark.slow_after(4)
@pytest.mark.parametrize("family", _cases(ModelKind.CAUSAL))
def test_a_causal_model(family, causal):
    def compare():
        engine = Engine(torch.device("cpu"), threads=1)
        model = model_of(ModelKind.CAUSAL, family, causal)
        pairs = encode_pairs(model, REQUESTS)
        expected = []
        for (before, after), output in zip(pairs, alone(model.module, [[*b, *a] for b, a in pairs]), strict=True):
            logits = output.logits[0].double().log_softmax(-1)
            expected.append(sum(float(logits[len(before) + at - 1, token]) for at, token in enumerate(after)))
        assert loglikelihoods(engine, model, REQUESTS) == pytest.approx(expected, abs=2e-3)
        _check_features(engine, model)

    message = refusing(compare)
    assert not message or family in {"cpmant", "prophetnet", "xlm", "xlnet"} or "encoder-decoder" in message, message


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("family", _cases(ModelKind.MASKED))
def test_a_masked_model(family, masked):
    def compare():
        engine = Engine(torch.device("cpu"), threads=1)
        model = model_of(ModelKind.MASKED, family, masked)
        sentences = [encode_sentence(model, text) for text in (*TEXTS[:2], *TEXTS[3:])]
        expected = []
        for sentence in sentences:
            rows = [list(sentence.ids) for _ in sentence.positions]
            for row, position in zip(rows, sentence.positions, strict=True):
                row[position] = model.tokenizer.mask_token_id
            outputs = alone(model.module, rows)
            read = zip(outputs, sentence.positions, strict=True)
            logits = [(output.logits[0, position].double().log_softmax(-1), position) for output, position in read]
            expected.append(sum(float(each[sentence.ids[position]]) for each, position in logits))
        assert pseudo_loglikelihoods(engine, model, sentences) == pytest.approx(expected, abs=2e-3)
        _check_features(engine, model)

    message = refusing(compare)
    assert not message or "encoder-decoder" in message, message


@pytest.mark.slow_after(3)
@pytest.mark.parametrize("family", _cases(ModelKind.CLASSIFIER))
def test_a_classifier(family, masked):
    def compare():
        engine = Engine(torch.device("cpu"), threads=1)
        model = model_of(ModelKind.CLASSIFIER, family, masked)
        rows = [text_row(model, text, max_length=model.max_length).ids for text in TEXTS]
        expected = [output.logits[0].double().log_softmax(-1).numpy() for output in alone(model.module, rows)]
        answers = HeadClassifier(engine, model, CLASSES).log_probabilities(TEXTS)
        np.testing.assert_allclose(answers, expected, atol=1e-4)
        assert np.ptp(answers[:, 0]) > 1e-3 or family == "mra"  # whose approximation is the same for all of these

    message = refusing(compare)
    assert not message or "encoder-decoder" in message, message


@pytest.mark.parametrize("family", _cases(ModelKind.TAGGER))
def test_a_tagger(family, masked):
    def compare():
        engine = Engine(torch.device("cpu"), threads=1)
        model = model_of(ModelKind.TAGGER, family, masked)
        sentences = [text.split() for text in TEXTS]
        rows = [words_rows(model, words)[0][0] for words in sentences]
        outputs = alone(model.module, [row.ids for row in rows])
        answers = HeadTagger(engine, model, CLASSES).log_probabilities(sentences)
        for answer, output, row in zip(answers, outputs, rows, strict=True):
            logits = output.logits[0].double().log_softmax(-1).numpy()
            read = logits[[position for position, _ in row.reads]]
            # Logits of MobileBERT reach 1e7; differences of such numbers have their last digits.
            np.testing.assert_allclose(answer, read, rtol=1e-4, atol=1e-4 + 1e-6 * np.abs(read).max())

    message = refusing(compare)
    assert not message or "encoder-decoder" in message, message


@pytest.mark.parametrize("family", _cases(ModelKind.CHOOSER))
def test_a_chooser(family, masked):
    engine = Engine(torch.device("cpu"), threads=1)
    model = model_of(ModelKind.CHOOSER, family, masked)
    questions = [("Which of these?", ["The film", TEXTS[2]]), (TEXTS[3], ["dull", "It was bad and worse", "a"])]
    expected = []
    for question, choices in questions:
        rows = [text_row(model, (question, choice), max_length=model.max_length).ids for choice in choices]
        ids = [torch.tensor([[list(row)]]) for row in rows]
        with torch.inference_mode():
            scores = [model.module(input_ids=each, attention_mask=torch.ones_like(each)).logits for each in ids]
        expected.append([float(each) for each in scores])
    for answer, scores in zip(HeadChooser(engine, model).scores(questions), expected, strict=True):
        assert answer == pytest.approx(scores, abs=1e-3)


@pytest.mark.parametrize("family", _cases(ModelKind.ENCODER_DECODER))
def test_an_encoder_decoder(family, causal):
    def compare():
        engine = Engine(torch.device("cpu"), threads=1)
        model = model_of(ModelKind.ENCODER_DECODER, family, causal)
        pairs = encode_apart(model, REQUESTS)
        expected = []
        for before, after in pairs:
            ids = torch.tensor([before])
            decoded = torch.tensor([[0, *after[:-1]]])
            with torch.inference_mode():
                output = model.module(input_ids=ids, attention_mask=torch.ones_like(ids), decoder_input_ids=decoded)
            logits = output.logits[0].double().log_softmax(-1)
            expected.append(sum(float(logits[at, token]) for at, token in enumerate(after)))
        scores = score_decoded(engine, model, pairs)
        assert [score.logprobs.sum() for score in scores] == pytest.approx(expected, abs=2e-3)
        assert len({round(total, 3) for total in expected}) > 3
        _check_features(engine, model)

    assert not refusing(compare)


def _check_features(engine: Engine, model: LoadedModel) -> None:
    features = Features(engine, model, max_length=128)
    rows = [features.tokens(text) for text in TEXTS]
    means = [output[0][0].mean(0).numpy() for output in alone(model.body, rows)]
    np.testing.assert_allclose(features.of(TEXTS), means, rtol=1e-3, atol=1e-3 * np.abs(means).max())


@pytest.mark.parametrize(("family", "layout"), [("bert", Layout.ANY), ("fnet", Layout.EQUAL), ("funnel", Layout.EQUAL)])
def test_what_padding_changes_is_reported(family, layout, masked):
    engine = Engine(torch.device("cpu"), threads=1)
    model = model_of(ModelKind.MASKED, family, masked)
    Features(engine, model, max_length=128).of(TEXTS)
    assert engine.layouts[model.module][LayoutUse.READ].layout is layout
    message = "only rows of equal length share a batch: beside longer ones" in " ".join(engine.notes([model]))
    assert message is (layout is Layout.EQUAL)


class _OverTheBatch(torch.nn.Module):
    """Takes the mean over a batch away, as a batch norm would, or experts with room for so many tokens."""

    def forward(self, states):
        return states - states.mean(0, keepdim=True) * 0.1


def test_what_other_rows_change_is_computed_one_row_at_a_time(masked):
    engine = Engine(torch.device("cpu"), threads=1)
    model = model_of(ModelKind.CLASSIFIER, "bert", masked)
    model.module.bert.encoder.layer[0].output.dropout = _OverTheBatch()
    rows = [text_row(model, text, max_length=128).ids for text in TEXTS]
    expected = [output.logits[0].double().log_softmax(-1).numpy() for output in alone(model.module, rows)]
    answers = HeadClassifier(engine, model, CLASSES).log_probabilities(TEXTS)
    np.testing.assert_allclose(answers, expected, atol=1e-5)
    assert engine.notes([model]) == ("rows are computed one at a time: in a batch bert answers otherwise",)


def test_an_answer_drawn_at_random_is_refused(masked):
    engine = Engine(torch.device("cpu"), threads=1)
    model = model_of(ModelKind.CLASSIFIER, "bert", masked)
    model.module.bert.encoder.layer[0].output.dropout.train()
    with pytest.raises(LeaderboardError, match="answers the same text otherwise each time"):
        HeadClassifier(engine, model, CLASSES).log_probabilities(TEXTS)


@pytest.mark.slow_after(4)
@pytest.mark.parametrize("pad", [None, 0, 7, -1], ids=["missing", "the first token", "a letter", "negative"])
@pytest.mark.parametrize("family", ["gpt2", "qwen2", "opt"])
def test_a_decoder_classifies_whatever_its_padding_token_is(family, pad, masked):
    engine = Engine(torch.device("cpu"), threads=1)
    model = model_of(ModelKind.CLASSIFIER, family, masked)
    model.module.config.pad_token_id = pad
    model = replace(model)
    texts = [*TEXTS, "The film %", "! % &"]  # letters among them end texts
    rows = [text_row(model, text, max_length=128).ids for text in texts]
    expected = [output.logits[0].double().log_softmax(-1).numpy() for output in alone(model.module, rows)]
    np.testing.assert_allclose(HeadClassifier(engine, model, CLASSES).log_probabilities(texts), expected, atol=1e-4)


@pytest.mark.parametrize("length", [100, 300, 600])
def test_local_attention_is_tried_as_wide_as_lines_are(length, causal, monkeypatch):
    """GPT-Neo looks back 256 places: what stood farther from its stem in a line was scored otherwise."""
    monkeypatch.setattr(tree_trial, "FIRST", 32)
    engine = Engine(torch.device("cpu"), threads=1)
    model = model_of(ModelKind.CAUSAL, "gpt_neo", causal)
    words = " dull, the acting is worse, and nobody laughed" * (length // 20)
    requests = [("The film was", words[at:]) for at in (0, 5, 9)] + [("The film was", " dull"), ("She is", " kind")]
    expected = []
    for before, after in encode_pairs(model, requests):
        (output,) = alone(model.module, [[*before, *after]])
        logits = output.logits[0].double().log_softmax(-1)
        expected.append(sum(float(logits[len(before) + at - 1, token]) for at, token in enumerate(after)))
    assert loglikelihoods(engine, model, requests) == pytest.approx(expected, rel=1e-5, abs=1e-3)


def test_bigbird_answers_alike_before_and_after_a_short_text(masked):
    engine = Engine(torch.device("cpu"), threads=1)
    model = replace(model_of(ModelKind.MASKED, "big_bird", masked), max_length=1024)
    long, short = "The film was dull. " * 180, "Dull."
    first = Features(engine, model, max_length=1024).compute([long])[0]
    Features(engine, model, max_length=1024).compute([short])
    np.testing.assert_allclose(Features(engine, model, max_length=1024).compute([long])[0], first, atol=1e-6)
