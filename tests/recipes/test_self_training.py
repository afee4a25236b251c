import numpy as np
import pytest
from pydantic import ValidationError

from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.self_training import SelfTraining
from leaderboard.recipes.self_training.prepare import pseudo_labelled
from leaderboard.training.preparation import Lesson
from tests.recipes.conftest import films, task_of

SMALL = {"labels": 8, "rounds": 2, "threshold": 0.6}

pytestmark = pytest.mark.usefixtures("trained_once")


def prepare(recipe, preparing, encoder, lesson, **more):
    return recipe.prepare(preparing(encoder, lesson.task, lesson.splits, **more))


def answers(subject, lesson):
    return subject.classifier().log_probabilities([example.text for example in lesson.splits["test"]])


def test_confident_answers_become_labels(preparing, encoder, praise):
    subject = prepare(Probe(c=1.0), preparing, encoder, praise)
    texts = [example.model_copy(update={"label": None}) for example in praise.splits["test"]]
    probabilities = np.exp(answers(subject, praise))
    chosen = pseudo_labelled(subject, texts, 0.9)
    confident = probabilities.max(1) >= 0.9
    assert [each.id for each in chosen] == [each.id for each, sure in zip(texts, confident, strict=True) if sure]
    assert [each.label for each in chosen] == probabilities.argmax(1)[confident].tolist()


def test_no_round_is_plain_training_on_the_same_labels(preparing, encoder, praise):
    plain = prepare(SelfTraining(**SMALL | {"rounds": 0}), preparing, encoder, praise)
    trained = prepare(SelfTraining(**SMALL), preparing, encoder, praise)
    assert plain.training.members == trained.training.members
    assert len(plain.training.members) == 8
    member = Probe(c=0.01).prepare(preparing(encoder, praise.task, praise.learning(plain.training.members).splits))
    assert answers(plain, praise) == pytest.approx(answers(member, praise), abs=1e-6)
    assert not np.allclose(answers(trained, praise), answers(plain, praise))


def test_labels_of_the_other_texts_are_never_read(preparing, encoder, praise):
    subject = prepare(SelfTraining(**SMALL), preparing, encoder, praise)
    labelled = {example.id for example in subject.training.members}
    wrong = [
        example if example.id in labelled else example.model_copy(update={"label": 1 - example.label})
        for example in praise.splits["train"]
    ]
    other = Lesson(praise.task, praise.digest, {**praise.splits, "train": wrong})
    assert np.array_equal(
        answers(prepare(SelfTraining(**SMALL), preparing, encoder, other), praise), answers(subject, praise)
    )


def test_texts_of_further_tasks_are_declared_and_count_as_trained_on(preparing, encoder, praise):
    task = task_of("more", "classification")
    more = Lesson(task, task.digest, {"train": [each.model_copy(update={"label": None}) for each in films("more", 70)]})
    recipe = SelfTraining(**SMALL, unlabelled=["more"])
    assert recipe.lessons == ("more",)
    subject = prepare(recipe, preparing, encoder, praise, lessons={"praise": praise, "more": more})
    assert "8 labels and 122 texts without labels" in subject.preparation_notes[-1]
    assert any(source.startswith("more: ") for source in subject.trained_on.values())


def test_a_further_task_without_texts_is_refused(preparing, encoder, praise, people):
    recipe = SelfTraining(**SMALL, unlabelled=["people"])
    with pytest.raises(RequestError, match=r"recipe.unlabelled: task 'people' has no training texts"):
        prepare(recipe, preparing, encoder, praise, lessons={"praise": praise, "people": people})


def test_more_labels_than_there_are_and_another_kind_of_task_are_refused(preparing, encoder, praise, people):
    with pytest.raises(RequestError, match=r"recipe.labels 61: task 'praise' has only 60"):
        prepare(SelfTraining(labels=61), preparing, encoder, praise)
    with pytest.raises(NotMeasurableError, match="self-training is for text classification"):
        prepare(SelfTraining(labels=8), preparing, encoder, people)


def test_a_threshold_is_a_probability():
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        SelfTraining(threshold=2)
