import numpy as np
import pytest
from pydantic import ValidationError

from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.recipes.multitask import Multitask
from leaderboard.training.preparation import Lesson
from tests.recipes.conftest import task_of

FAST = {"learning_rate": 3e-3, "epochs": 4, "batch_size": 4, "max_length": 32, "dropout": 0.0}

pytestmark = pytest.mark.usefixtures("trained_once")


@pytest.fixture
def topics():
    """Which of three words a text has."""
    task = task_of("topics", "classification", labels=["film", "doctor", "nurse"])
    texts = [TextExample(id=f"topics-{i}", text=f"The {task.data.labels[i % 3]} {i}", label=i % 3) for i in range(30)]
    return Lesson(task, task.digest, {"train": texts})


def prepare(recipe, preparing, encoder, praise, *others):
    lessons = {lesson.task.name: lesson for lesson in (praise, *others)}
    return recipe.prepare(preparing(encoder, praise.task, praise.splits, lessons=lessons))


@pytest.mark.slow
def test_a_body_learns_two_tasks_and_keeps_the_head_of_the_measured_one(preparing, encoder, praise, topics):
    subject = prepare(Multitask(**FAST, tasks=["topics"]), preparing, encoder, praise, topics)
    assert subject.classifier().labels == ("negative", "positive")
    assert subject.model.loaded.module.config.num_labels == 2
    truth = [example.label for example in praise.splits["test"]]
    answers = subject.classifier().log_probabilities([example.text for example in praise.splits["test"]])
    assert np.mean(answers.argmax(1) == truth) > 0.9
    assert {source.partition(":")[0] for source in subject.trained_on.values()} == {"praise", "topics"}


@pytest.mark.slow
def test_other_data_of_a_further_task_are_another_training(preparing, encoder, praise, topics):
    recipe = Multitask(**FAST | {"epochs": 1}, tasks=["topics"])
    first = prepare(recipe, preparing, encoder, praise, topics)
    again = prepare(recipe, preparing, encoder, praise, topics)
    other = prepare(recipe, preparing, encoder, praise, topics.learning(topics.splits["train"][:20]))
    assert first.model.folder == again.model.folder
    assert first.model.folder != other.model.folder


def test_a_further_task_of_another_kind_is_refused(preparing, encoder, praise, people):
    with pytest.raises(RequestError, match=r"recipe.tasks: task 'people' has no labelled training texts"):
        prepare(Multitask(**FAST, tasks=["people"]), preparing, encoder, praise, people)


def test_further_tasks_are_declared_and_named_once():
    assert Multitask(tasks=["a", "b"]).lessons == ("a", "b")
    with pytest.raises(ValidationError, match="names a task twice"):
        Multitask(tasks=["a", "a"])
    with pytest.raises(ValidationError, match="at least 1 item"):
        Multitask(tasks=[])
