import numpy as np
import pytest

from leaderboard.backends.capability import Capability
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.probe import Probe
from leaderboard.tasks import Task
from leaderboard.testing.models import NamedModel
from leaderboard.training.preparation import Lesson, Preparation

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
    answers = subject.classifier().log_probabilities([example.text for example in test])
    assert (answers.argmax(1) == [example.label for example in test]).mean() > 0.8
    assert np.exp(answers).sum(1) == pytest.approx(1.0)


def test_a_probed_subject_classifies_and_explains(subject):
    of_model = {Capability.HIDDEN_STATES, Capability.WEIGHTS}
    assert subject.capabilities == {Capability.CLASSIFY, Capability.ATTRIBUTE, *of_model}


def test_an_answer_computed_afresh_is_the_remembered_one(subject):
    text = "The film was a great story."
    assert subject.classifier().answer(text) == pytest.approx(
        subject.classifier().log_probabilities([text])[0], abs=1e-5
    )


def test_the_subject_knows_its_members_and_nonmembers(subject):
    assert [example.id for example in subject.training.members] == [example.id for example in SPLITS["train"]]
    assert [example.id for example in subject.training.nonmembers] == [example.id for example in SPLITS["nonmembers"]]


def test_the_reference_is_trained_on_other_examples(subject):
    texts = [example.text for example in SPLITS["test"]]
    assert not np.allclose(
        subject.training.reference().log_probabilities(texts), subject.classifier().log_probabilities(texts)
    )


class Letters(HiddenStates):
    """One layer, whose states count the letters of each word."""

    layers = 1

    def of_tokens(self, texts, *, layer=-1, max_length=None, work=""):
        return [
            np.array([[word.count(letter) for letter in "abdeglrs"] for word in text.split()[:max_length]], dtype=float)
            for text in texts
        ]


class ReadsLetters(NamedModel):
    capabilities = frozenset({Capability.HIDDEN_STATES})

    def hidden_states(self):
        return Letters()


def test_a_model_of_any_backend_with_hidden_states_is_probed(task):
    subject = Probe().prepare(Preparation(ReadsLetters(), Lesson(task, task.digest, SPLITS), seed=0))
    test = SPLITS["test"]
    answers = subject.classifier().log_probabilities([example.text for example in test])
    assert (answers.argmax(1) == [example.label for example in test]).mean() > 0.8
    assert subject.classifier().answer(test[0].text) == pytest.approx(answers[0])
    assert subject.classifier().token_count(test[0].text) == len(test[0].text.split())
    assert subject.capabilities == {Capability.CLASSIFY, Capability.HIDDEN_STATES}


def test_a_model_without_hidden_states_cannot_be_probed(task):
    preparation = Preparation(NamedModel(), Lesson(task, task.digest, SPLITS), seed=0)
    with pytest.raises(NotMeasurableError, match="some model gives no hidden states"):
        Probe().prepare(preparation)


def test_preparing_twice_trains_once(task, encoder, preparing, monkeypatch):
    first = Probe().prepare(preparing(encoder, task, SPLITS))
    monkeypatch.setattr("leaderboard.training.linear_head.fit_head", lambda *_args, **_kw: pytest.fail("trained again"))
    again = Probe().prepare(preparing(encoder, task, SPLITS))
    texts = [example.text for example in SPLITS["test"]]
    assert np.array_equal(first.classifier().log_probabilities(texts), again.classifier().log_probabilities(texts))


def test_a_task_without_training_data_cannot_be_probed(task, encoder, preparing):
    bare = task.model_copy(update={"data": None})
    with pytest.raises(NotMeasurableError, match="no labelled data in a split 'train'"):
        Probe().prepare(preparing(encoder, bare, {}))


def test_word_gradients_predict_what_scaling_a_word_does(subject):
    """Gradients of both classes, weighed by their probabilities, cancel: the probabilities sum to 1."""
    words = "The film was a great story".split()
    values = subject.classifier().word_gradients(words, 1)
    opposite = subject.classifier().word_gradients(words, 0)
    probability = np.exp(subject.classifier().log_probabilities([" ".join(words)])[0])
    assert values.shape == (6,)
    # p0 · d log p0 + p1 · d log p1 = d (p0 + p1) = 0
    assert probability[1] * values + probability[0] * opposite == pytest.approx(np.zeros(6), abs=1e-5)


def test_a_recipe_says_its_name_and_version_among_its_details():
    assert Probe().details.items() >= {"recipe": "probe", "version": 2, "folds": 5}.items()


@pytest.mark.parametrize("pooling", ["mean", "first", "last"])
@pytest.mark.parametrize("layer", [0, 1, -1])
def test_each_layer_and_pooling_can_be_probed(task, encoder, preparing, layer, pooling):
    subject = Probe(layer=layer, pooling=pooling, c=1.0).prepare(preparing(encoder, task, SPLITS))
    answers = subject.classifier().log_probabilities([example.text for example in SPLITS["test"]])
    assert np.exp(answers).sum(1) == pytest.approx(1.0)
    assert subject.classifier().word_gradients("a great story".split(), 1).shape == (3,)


def test_the_last_layer_is_the_same_by_its_number(task, encoder, preparing):
    texts = [example.text for example in SPLITS["test"]]
    last, second = (
        Probe(layer=layer, c=1.0).prepare(preparing(encoder, task, SPLITS)).classifier().log_probabilities(texts)
        for layer in (-1, 2)
    )
    assert last == pytest.approx(second, abs=1e-4)


def test_a_layer_that_the_model_does_not_have_is_refused(task, encoder, preparing):
    with pytest.raises(RequestError, match=r"recipe.layer 3: .* has 2 layers"):
        Probe(layer=3).prepare(preparing(encoder, task, SPLITS))


def test_a_given_strength_is_not_chosen_again(task, encoder, preparing, monkeypatch):
    monkeypatch.setattr("sklearn.linear_model.LogisticRegressionCV.fit", lambda *_: pytest.fail("cross-validated"))
    subject = Probe(c=0.5).prepare(preparing(encoder, task, SPLITS))
    assert subject.classifier().log_probabilities(["The film was dull acting."]).shape == (1, 2)


MITIGATIONS = {
    "mixup": Probe(c=1.0, mixup=0.4),
    "dp_noise": Probe(c=1.0, dp_noise=1.0),
    "debias_directions": Probe(c=1.0, debias_directions=2),
}


@pytest.fixture
def people():
    """Films and who made them: every training text names somebody."""
    sides = [(PRAISE, 1), (BLAME, 0)]
    texts = [
        TextExample(
            id=str(i), text=f"{'He' if i % 3 else 'She'} made film {i}, {sides[i % 2][0][i % 3]}.", label=1 - i % 2
        )
        for i in range(60)
    ]
    return SPLITS | {"train": texts}


@pytest.mark.parametrize("name", list(MITIGATIONS))
def test_a_mitigation_changes_the_identity_and_the_answers(task, encoder, preparing, people, name):
    plain, mitigated = (
        recipe.prepare(preparing(encoder, task, people)).classifier() for recipe in (Probe(c=1.0), MITIGATIONS[name])
    )
    texts = [example.text for example in people["test"]]
    assert MITIGATIONS[name].details != Probe(c=1.0).details
    assert not np.allclose(plain.log_probabilities(texts), mitigated.log_probabilities(texts), atol=1e-3)
    assert np.exp(mitigated.log_probabilities(texts)).sum(1) == pytest.approx(1.0)


@pytest.mark.parametrize("name", list(MITIGATIONS))
def test_gradients_of_a_mitigated_probe_are_those_of_its_answers(task, encoder, preparing, people, name):
    """Gradients of both classes cancel, weighed by the probabilities; and a head trained once is loaded again."""
    first, again = (MITIGATIONS[name].prepare(preparing(encoder, task, people)).classifier() for _ in range(2))
    words = "He made a great story".split()
    probability = np.exp(first.log_probabilities([" ".join(words)])[0])
    gradients = np.array([again.word_gradients(words, label) for label in (0, 1)])
    assert probability @ gradients == pytest.approx(np.zeros(5), abs=1e-5)
    assert np.abs(gradients).max() > 1e-4


def test_a_text_and_its_copy_come_closer_without_the_direction_between_groups(task, encoder, preparing, people):
    """Where the task's labels go with a group, and nothing else tells them."""
    texts = [TextExample(id=str(i), text=f"{'He' if i % 2 else 'She'} made film {i}.", label=i % 2) for i in range(60)]
    biased = people | {"train": texts}
    he, she = "He made this film.", "She made this film."
    gaps = []
    for recipe in (Probe(c=1.0), Probe(c=1.0, debias_directions=1)):
        answers = recipe.prepare(preparing(encoder, task, biased)).classifier().log_probabilities([he, she])
        gaps.append(abs(float(np.diff(np.exp(answers[:, 1]))[0])))
    assert gaps[1] < gaps[0] / 2


def test_the_reference_of_an_attack_is_without_the_same_directions(task, encoder, preparing, people):
    """Its own texts name nobody, and need not."""
    subject = MITIGATIONS["debias_directions"].prepare(preparing(encoder, task, people))
    assert subject.training.reference().log_probabilities(["He made a film."]).shape == (1, 2)


def test_texts_that_name_nobody_cannot_be_debiased(task, encoder, preparing):
    with pytest.raises(NotMeasurableError, match="20 training texts or more that name one of two groups"):
        MITIGATIONS["debias_directions"].prepare(preparing(encoder, task, SPLITS))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, "dp_noise and dp_epsilon need a number for `c`"),
        ({"c": 1.0, "mixup": 0.2}, "mixup and dp_noise cannot be combined: it learns from examples without noise"),
        ({"c": 1.0, "debias_directions": 1}, "debias_directions and dp_noise cannot be combined: .* without noise"),
    ],
)
def test_what_learns_without_noise_does_not_go_with_noise(more, reason):
    with pytest.raises(ValueError, match=reason):
        Probe(dp_noise=1.0, **more)


def test_thresholds_and_temperatures_train_no_other_head(task, encoder, preparing, monkeypatch):
    Probe(c=1.0).prepare(preparing(encoder, task, SPLITS))
    monkeypatch.setattr("leaderboard.training.linear_head.fit_head", lambda *_args, **_kw: pytest.fail("trained again"))
    with pytest.raises(NotMeasurableError, match="group_thresholds needs two groups"):
        Probe(c=1.0, temperature=2.0, group_thresholds="equalized_odds").prepare(preparing(encoder, task, SPLITS))


@pytest.mark.parametrize("name", ["mixup", "dp_noise", "dp_clip", "debias_directions", "group_thresholds"])
def test_what_is_shown_of_a_probe_says_what_each_mitigation_means(name):
    from leaderboard.recipes.recipe_settings import recipe_yaml

    lines = recipe_yaml(Probe, "probe").splitlines()
    default = {"group_thresholds": "none", "debias_directions": "0", "dp_clip": "1.0"}.get(name, "0.0")
    (place,) = [place for place, line in enumerate(lines) if line == f"{name}: {default}"]
    assert len(lines[place - 1]) > 40
