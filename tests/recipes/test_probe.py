import numpy as np
import pytest

from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
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
def subject(task, encoder, engine):
    return Probe("praise", task.digest, 0).prepare(encoder, task, SPLITS, engine, key="k" * 64)


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
        subject.training.reference.log_probabilities(texts), subject.classify().log_probabilities(texts)
    )


def test_preparing_twice_trains_once(task, encoder, engine, monkeypatch):
    first = Probe("praise", task.digest, 0).prepare(encoder, task, SPLITS, engine, key="k" * 64)
    monkeypatch.setattr("leaderboard.recipes.probe.fit_head", lambda *_args, **_kw: pytest.fail("trained again"))
    again = Probe("praise", task.digest, 0).prepare(encoder, task, SPLITS, engine, key="k" * 64)
    texts = [example.text for example in SPLITS["test"]]
    assert np.array_equal(first.classify().log_probabilities(texts), again.classify().log_probabilities(texts))


def test_a_task_without_training_data_cannot_be_probed(task, encoder, engine):
    bare = task.model_copy(update={"data": None})
    with pytest.raises(NotMeasurableError, match="no labelled training data"):
        Probe("praise", "d", 0).prepare(encoder, bare, {}, engine, key="k" * 64)


def test_word_gradients_predict_what_scaling_a_word_does(subject):
    """Gradients of both classes, weighed by their probabilities, cancel: the probabilities sum to 1."""
    words = "The film was a great story".split()
    values = subject.classify().word_gradients(words, 1)
    opposite = subject.classify().word_gradients(words, 0)
    probability = np.exp(subject.classify().log_probabilities([" ".join(words)])[0])
    assert values.shape == (6,)
    # p0 · d log p0 + p1 · d log p1 = d (p0 + p1) = 0
    assert probability[1] * values + probability[0] * opposite == pytest.approx(np.zeros(6), abs=1e-5)


def test_a_recipe_is_another_when_anything_of_it_changes():
    base = Probe("praise", "d" * 64, 0)
    others = [
        Probe("blame", "d" * 64, 0),
        Probe("praise", "e" * 64, 0),
        Probe("praise", "d" * 64, 1),
        Probe("praise", "d" * 64, 0, max_length=64),
    ]
    assert len({base.identity, *(other.identity for other in others)}) == 5
    assert Probe("praise", "d" * 64, 0).identity == base.identity


def test_a_recipe_says_its_name_and_version_among_its_details():
    assert Probe("praise", "d" * 64, 0).details.items() >= {"name": "probe", "version": 1, "folds": 5}.items()
