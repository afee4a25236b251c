import numpy as np
import pytest

from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes import trained_subjects
from leaderboard.recipes.distill import Distill
from leaderboard.recipes.finetune import Finetune
from leaderboard.testing.models import tiny_bert
from leaderboard.training.preparation import Lesson
from tests.recipes.conftest import load_folder, task_of

FAST = {"learning_rate": 3e-3, "epochs": 5, "batch_size": 4, "max_length": 32, "dropout": 0.0}

pytestmark = pytest.mark.usefixtures("trained_once")


@pytest.fixture
def teacher(preparing, encoder, praise):
    subject = Finetune(**FAST).prepare(preparing(encoder, praise.task, praise.splits))
    return load_folder(subject.model.folder)


def prepare(recipe, preparing, model, lesson, teacher):
    return recipe.prepare(preparing(model, lesson.task, lesson.splits, models={"teacher": teacher}))


def log_probabilities(subject, lesson):
    return subject.classifier().log_probabilities([example.text for example in lesson.splits["test"]])


@pytest.mark.slow
def test_a_smaller_student_learns_the_teacher_s_predictions(preparing, encoder, praise, teacher, tmp_path):
    student = load_folder(tiny_bert(tmp_path / "student", masked_head=False, seed=7))
    recipe = Distill(**FAST, teacher="teacher", layers=1, teacher_share=1.0)
    subject = prepare(recipe, preparing, student, praise, teacher)
    truth = [example.label for example in praise.splits["test"]]
    assert np.mean(log_probabilities(subject, praise).argmax(1) == truth) > 0.9
    assert subject.model.loaded.module.config.num_hidden_layers == 1
    assert len(subject.model.loaded.module.bert.encoder.layer) == 1
    assert len(subject.trained_on) == 60
    assert subject.training is None


@pytest.mark.slow
def test_another_teacher_or_share_is_another_training(preparing, encoder, praise, teacher):
    recipe = Distill(**FAST | {"epochs": 1}, teacher="teacher", layers=1)
    first = prepare(recipe, preparing, encoder, praise, teacher)
    share = prepare(recipe.model_copy(update={"teacher_share": 0.1}), preparing, encoder, praise, teacher)
    other = Finetune(**FAST | {"epochs": 1}).prepare(preparing(encoder, praise.task, praise.splits))
    other_teacher = prepare(recipe, preparing, encoder, praise, load_folder(other.model.folder))
    assert len({first.model.folder, share.model.folder, other_teacher.model.folder}) == 3


@pytest.mark.slow
def test_the_teachers_name_does_not_count(preparing, encoder, praise, teacher, monkeypatch):
    recipe = Distill(**FAST | {"epochs": 1}, teacher="teacher")
    first = prepare(recipe, preparing, encoder, praise, teacher)
    monkeypatch.setattr(trained_subjects, "train_on", lambda *_, **__: pytest.fail("trained again"))
    renamed = recipe.model_copy(update={"teacher": "other"})
    again = renamed.prepare(preparing(encoder, praise.task, praise.splits, models={"other": teacher}))
    assert again.model.folder == first.model.folder


def test_a_teacher_without_a_head_says_how_to_get_one(preparing, encoder, praise):
    with pytest.raises(NotMeasurableError, match="has no head for 'praise'"):
        prepare(Distill(**FAST, teacher="teacher"), preparing, encoder, praise, encoder)


@pytest.mark.slow
def test_a_teacher_may_be_prepared_by_a_recipe(preparing, encoder, praise):
    recipe = Distill(**FAST | {"epochs": 1}, teacher="teacher", teacher_recipe={"recipe": "probe", "folds": 2})
    assert log_probabilities(prepare(recipe, preparing, encoder, praise, encoder), praise).shape == (30, 2)


@pytest.mark.slow
def test_a_student_keeps_no_more_layers_than_there_are(preparing, encoder, praise, teacher):
    with pytest.raises(RequestError, match=r"recipe.layers 3: .* has 2 layers"):
        prepare(Distill(**FAST, teacher="teacher", layers=3), preparing, encoder, praise, teacher)


def test_a_teacher_is_named_among_the_models_that_are_needed():
    recipe = Distill(teacher="bert-base-cased", teacher_recipe={"recipe": "finetune", "sequence": ["a", "b"]})
    assert recipe.models == ("bert-base-cased",)
    assert recipe.lessons == ("a", "b")


@pytest.mark.slow
def test_a_teacher_with_another_order_of_classes_is_matched_by_their_names(preparing, encoder, praise, teacher):
    reversed_labels = task_of("turned", "classification", labels=["positive", "negative"])
    flipped = {
        name: [each.model_copy(update={"label": 1 - each.label, "text": f"{each.text} !"}) for each in split]
        for name, split in praise.splits.items()
    }
    lesson = Lesson(reversed_labels, reversed_labels.digest, flipped)
    recipe = Finetune(**FAST, sequence=["turned"])
    lessons = {"turned": lesson, "praise": praise}
    subject = recipe.prepare(preparing(encoder, praise.task, praise.splits, lessons=lessons))
    assert subject.classifier().labels == ("negative", "positive")
    truth = [example.label for example in praise.splits["test"]]
    assert np.mean(log_probabilities(subject, praise).argmax(1) == truth) > 0.9


@pytest.mark.slow
def test_a_teacher_of_other_classes_teaches_nothing(preparing, encoder, praise):
    other = task_of("other", "classification", labels=["ham", "spam"])
    lessons = {"other": Lesson(other, other.digest, praise.splits), "praise": praise}
    recipe = Distill(**FAST | {"epochs": 1}, teacher="teacher", teacher_recipe=Finetune(**FAST, sequence=["other"]))
    preparation = preparing(encoder, praise.task, praise.splits, models={"teacher": encoder}, lessons=lessons)
    with pytest.raises(NotMeasurableError, match=r"'praise' has the labels negative, positive, but .* ham, spam"):
        recipe.prepare(preparation)
