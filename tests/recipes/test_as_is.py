import copy
from dataclasses import replace

import numpy as np
import pytest

from leaderboard.backends.kind import ModelKind
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.as_is import AsIs
from leaderboard.recipes.as_is.prepare import refuse_other_heads
from leaderboard.recipes.finetune import Finetune
from tests.recipes.conftest import load_folder, task_of

pytestmark = pytest.mark.usefixtures("trained_once")  # each test asks something of the same few heads

FAST = {"learning_rate": 3e-3, "epochs": 2, "batch_size": 4, "max_length": 32, "dropout": 0.0}


@pytest.fixture
def model(preparing, encoder, praise):
    """A model with a head for praise."""
    return load_folder(Finetune(**FAST).prepare(preparing(encoder, praise.task, praise.splits)).model.folder)


def test_a_head_answers_under_the_tasks_names(preparing, model, praise):
    task = task_of("verdict", "classification", labels=["good", "bad"])
    texts = ["a great story", "dull acting"]
    own = AsIs().prepare(preparing(model, praise.task, praise.splits)).classifier().log_probabilities(texts)
    mapped = AsIs(labels={"positive": "good", "negative": "bad"}).prepare(preparing(model, task, praise.splits))
    assert mapped.classifier().labels == ("good", "bad")
    assert mapped.classifier().log_probabilities(texts) == pytest.approx(own[:, ::-1])


def test_a_head_with_other_labels_is_refused_with_what_to_do(preparing, model, praise):
    task = task_of("verdict", "classification", labels=["good", "bad"])
    with pytest.raises(NotMeasurableError, match=r"negative, positive.*good, bad.*--set recipe.labels.negative="):
        AsIs().prepare(preparing(model, task, praise.splits))


def test_more_labels_than_the_head_has_are_refused(preparing, model, praise):
    task = task_of("three", "classification", labels=["negative", "neutral", "positive"])
    with pytest.raises(NotMeasurableError, match="no class for neutral of task 'three'"):
        AsIs().prepare(preparing(model, task, praise.splits))


def test_a_head_for_another_kind_of_task_is_refused(preparing, model, people):
    with pytest.raises(NotMeasurableError, match="is a classifier, which does not fit task 'people'"):
        AsIs().prepare(preparing(model, people.task, people.splits))


def test_a_model_without_a_head_is_refused(preparing, encoder, praise):
    with pytest.raises(NotMeasurableError, match="no head for 'praise'; adapt it with --recipe"):
        AsIs().prepare(preparing(encoder, praise.task, praise.splits))


@pytest.mark.slow
def test_a_sentence_longer_than_a_tagger_reads_is_tagged_in_parts(preparing, encoder, people):
    tagger = Finetune(**FAST).prepare(preparing(encoder, people.task, people.splits)).tagger()
    words = [
        "The",
        "doctor",
        "film",
        "xyz",
    ] * 50  # 6 tokens for 4 words: 126 tokens are 84 words, of 128 with [CLS] and [SEP]
    long, short = tagger.log_probabilities([words, ["The", "film"]])
    apart = [tagger.log_probabilities([words[start : start + 84]])[0] for start in (0, 84, 168)]
    assert long == pytest.approx(np.concatenate(apart), abs=1e-5)
    assert long.shape == (200, 3)
    assert short.shape == (2, 3)
    assert tagger.parts([words, ["The"]]) == [3, 1]


def test_a_word_without_a_token_is_equally_likely_to_be_anything(preparing, encoder, people):
    tagger = Finetune(**FAST).prepare(preparing(encoder, people.task, people.splits)).tagger()
    (log_probabilities,) = tagger.log_probabilities([["The", "\u200b", "doctor"]])
    assert np.exp(log_probabilities[1]) == pytest.approx([1 / 3] * 3)
    assert log_probabilities[[0, 2]] == pytest.approx(tagger.log_probabilities([["The", "doctor"]])[0], abs=1e-5)


def test_a_temperature_is_fitted_on_the_search_split(preparing, model, praise):
    plain = AsIs().prepare(preparing(model, praise.task, praise.splits)).classifier()
    fitted = AsIs(temperature="fitted").prepare(preparing(model, praise.task, praise.splits)).classifier()
    search = praise.splits["search"]
    truth = [example.label for example in search]
    losses = [
        -classifier.log_probabilities([example.text for example in search])[range(20), truth].mean()
        for classifier in (plain, fitted)
    ]
    assert losses[1] < losses[0]


@pytest.mark.slow
def test_a_task_without_probabilities_has_no_temperature(preparing, encoder, questions):
    with pytest.raises(NotMeasurableError, match="no probabilities of classes"):
        Finetune(**FAST, temperature=2.0).prepare(preparing(encoder, questions.task, questions.splits))


@pytest.mark.slow
def test_a_lesson_without_search_split_has_nothing_to_fit_on(preparing, model, praise):
    bare = replace(praise, splits={"train": praise.splits["train"]})
    with pytest.raises(NotMeasurableError, match="no labelled data in a split 'search'"):
        AsIs(temperature="fitted").prepare(preparing(model, bare.task, bare.splits))


@pytest.mark.parametrize(
    ("problem", "labels", "message"),
    [
        ("multi_label_classification", 2, "answers yes or no for each label by itself"),
        ("regression", 2, "predicts a number"),
        (None, 1, "has a single output"),
    ],
)
def test_a_head_that_does_not_choose_one_class_is_refused(masked, problem, labels, message):
    module = copy.copy(masked.module)
    module.config = copy.deepcopy(masked.module.config)
    module.config.problem_type, module.config.num_labels = problem, labels
    with pytest.raises(NotMeasurableError, match=message):
        refuse_other_heads(replace(masked, module=module, kind=ModelKind.CLASSIFIER))
