import numpy as np
import pytest

from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.models.subject import Capability
from leaderboard.recipes.probe import Probe
from leaderboard.tasks import Task

PRAISE, BLAME = ("a wonderful surprise", "a great story", "a good engineer"), ("dull acting", "a bad ending", "worse")


def examples(name, n):
    texts = [(PRAISE, 1), (BLAME, 0)]
    return [
        TextExample(
            id=f"{name}-{i}",
            text=f"The film was {texts[i % 2][0][i // 2 % 3]}.",
            label=texts[i % 2][1],
        )
        for i in range(n)
    ]


SPLITS = {name: examples(name, n) for name, n in {"train": 60, "nonmembers": 20, "search": 20, "test": 30}.items()}


@pytest.fixture
def task():
    source = {"file": "x.tsv", "sha256": "0" * 64}
    return Task.model_validate(
        {
            "name": "praise", "version": 1, "axis": "accuracy", "protocol": "classification", "description": "d",
            "data": {"labels": ["negative", "positive"], "splits": {name: {"source": source} for name in SPLITS}},
            "prompt": {"template": "Review: {{ text }}\nSentiment:", "choices": [" negative", " positive"]},
            "metrics": ["accuracy"], "license": "l", "citation": "c",
        }
    )  # fmt: skip


@pytest.fixture
def subject(task, encoder, preparing):
    return Probe().prepare(preparing(encoder, task, SPLITS))


def test_a_probe_learns_what_random_features_can_tell(subject):
    test = SPLITS["test"]
    answers = subject.classify().log_probabilities([example.text for example in test])
    assert (answers.argmax(1) == [example.label for example in test]).mean() > 0.8
    assert np.exp(answers).sum(1) == pytest.approx(1.0)


def test_a_probed_subject_classifies_and_explains(subject):
    assert subject.capabilities == {Capability.CLASSIFY, Capability.ATTRIBUTE}


def test_an_answer_computed_afresh_is_the_remembered_one(subject):
    text = "The film was a great story."
    assert subject.classify().answer(text) == pytest.approx(subject.classify().log_probabilities([text])[0], abs=1e-5)


def test_the_subject_knows_its_members_and_nonmembers(subject):
    assert [example.id for example in subject.training.members] == [example.id for example in SPLITS["train"]]
    assert [example.id for example in subject.training.nonmembers] == [example.id for example in SPLITS["nonmembers"]]


def test_the_reference_is_trained_on_other_examples(subject):
    texts = [example.text for example in SPLITS["test"]]
    assert not np.allclose(
        subject.training.reference().log_probabilities(texts), subject.classify().log_probabilities(texts)
    )


def test_preparing_twice_trains_once(task, encoder, preparing, monkeypatch):
    first = Probe().prepare(preparing(encoder, task, SPLITS))
    monkeypatch.setattr("leaderboard.recipes.head.fit_head", lambda *_args, **_kw: pytest.fail("trained again"))
    again = Probe().prepare(preparing(encoder, task, SPLITS))
    texts = [example.text for example in SPLITS["test"]]
    assert np.array_equal(first.classify().log_probabilities(texts), again.classify().log_probabilities(texts))


def test_a_task_without_training_data_cannot_be_probed(task, encoder, preparing):
    bare = task.model_copy(update={"data": None})
    with pytest.raises(NotMeasurableError, match="no labelled data in a split 'train'"):
        Probe().prepare(preparing(encoder, bare, {}))


def test_word_gradients_predict_what_scaling_a_word_does(subject):
    """Gradients of both classes, weighed by their probabilities, cancel: the probabilities sum to 1."""
    words = "The film was a great story".split()
    values = subject.classify().word_gradients(words, 1)
    opposite = subject.classify().word_gradients(words, 0)
    probability = np.exp(subject.classify().log_probabilities([" ".join(words)])[0])
    assert values.shape == (6,)
    # p0 · d log p0 + p1 · d log p1 = d (p0 + p1) = 0
    assert probability[1] * values + probability[0] * opposite == pytest.approx(np.zeros(6), abs=1e-5)


def test_a_recipe_says_its_name_and_version_among_its_details():
    assert Probe().details.items() >= {"recipe": "probe", "version": 2, "folds": 5}.items()


@pytest.mark.parametrize("pooling", ["mean", "first", "last"])
@pytest.mark.parametrize("layer", [0, 1, -1])
def test_each_layer_and_pooling_can_be_probed(task, encoder, preparing, layer, pooling):
    subject = Probe(layer=layer, pooling=pooling, c=1.0).prepare(preparing(encoder, task, SPLITS))
    answers = subject.classify().log_probabilities([example.text for example in SPLITS["test"]])
    assert np.exp(answers).sum(1) == pytest.approx(1.0)
    assert subject.classify().word_gradients("a great story".split(), 1).shape == (3,)


def test_the_last_layer_is_the_same_by_its_number(task, encoder, preparing):
    texts = [example.text for example in SPLITS["test"]]
    last, second = (
        Probe(layer=layer, c=1.0).prepare(preparing(encoder, task, SPLITS)).classify().log_probabilities(texts)
        for layer in (-1, 2)
    )
    assert last == pytest.approx(second, abs=1e-4)


def test_a_layer_that_the_model_does_not_have_is_refused(task, encoder, preparing):
    with pytest.raises(RequestError, match=r"recipe.layer 3: .* has 2 layers"):
        Probe(layer=3).prepare(preparing(encoder, task, SPLITS))


def test_a_given_strength_is_not_chosen_again(task, encoder, preparing, monkeypatch):
    monkeypatch.setattr("sklearn.linear_model.LogisticRegressionCV.fit", lambda *_: pytest.fail("cross-validated"))
    subject = Probe(c=0.5).prepare(preparing(encoder, task, SPLITS))
    assert subject.classify().log_probabilities(["The film was dull acting."]).shape == (1, 2)
