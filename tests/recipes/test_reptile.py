import numpy as np
import pytest
from pydantic import ValidationError

from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.reptile import Reptile
from leaderboard.recipes.reptile.shots import few_texts
from leaderboard.training.preparation import Lesson
from tests.recipes.conftest import task_of

FAST = {"learning_rate": 3e-3, "epochs": 2, "batch_size": 8, "max_length": 16, "dropout": 0.0, "shots": 2}
WORDS = ("wonderful", "great", "good"), ("dull", "bad", "worse")

pytestmark = pytest.mark.usefixtures("trained_once")


def family(name, sides, n=40):
    """Which of two sets of words a text has: the tasks of a family differ in their sentences and in which side is 1."""
    task = task_of(name, "classification")
    texts = [
        TextExample(id=f"{name}-{i}", text=f"{name} {i} {WORDS[i % 2][i // 2 % 3]}", label=sides[i % 2])
        for i in range(n)
    ]
    return Lesson(task, task.digest, {"train": texts, "test": texts[-20:]})


@pytest.fixture
def lessons():
    return {
        each.task.name: each for each in (family("film", (1, 0)), family("doctor", (0, 1)), family("story", (1, 0)))
    }


def prepare(recipe, preparing, encoder, lessons, measured="story", **more):
    lesson = lessons[measured]
    return recipe.prepare(preparing(encoder, lesson.task, lesson.splits, lessons=lessons, **more))


def accuracy(subject, lesson):
    test = lesson.splits["test"]
    answers = subject.classifier().log_probabilities([example.text for example in test]).argmax(1)
    return np.mean(answers == [example.label for example in test])


@pytest.mark.slow
def test_a_meta_trained_body_adapts_better_to_a_task_of_the_family(preparing, encoder, lessons):
    settings = FAST | {"shots": 4, "epochs": 24, "learning_rate": 2e-3, "inner_steps": 8, "tasks": ["film", "doctor"]}
    plain, meta = (
        np.mean(
            [accuracy(prepare(recipe, preparing, encoder, lessons, seed=seed), lessons["story"]) for seed in (0, 1)]
        )
        for recipe in (Reptile(**settings, meta_iterations=0), Reptile(**settings, meta_iterations=120))
    )
    assert meta > plain + 0.05


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answers_and_another_body_by_other_data(preparing, encoder, lessons, tmp_path):
    recipe = Reptile(**FAST | {"epochs": 1}, tasks=["film"], meta_iterations=2)
    texts = [example.text for example in lessons["story"].splits["test"]]
    subject = prepare(recipe, preparing, encoder, lessons)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADERBOARD_CACHE", str(tmp_path))
        again = prepare(recipe, preparing, encoder, lessons)
        assert again.model.folder != subject.model.folder  # trained anew
    answers = [each.classifier().log_probabilities(texts) for each in (subject, again)]
    assert np.array_equal(*answers)
    fewer = lessons | {"film": lessons["film"].learning(lessons["film"].splits["train"][:20])}
    assert prepare(recipe, preparing, encoder, fewer).model.folder != subject.model.folder
    assert {source.partition(":")[0] for source in subject.trained_on.values()} == {"film", "story"}


def test_shots_are_drawn_of_each_class_by_seed(lessons):
    recipe = Reptile(tasks=["film"], shots=3)
    drawn = [few_texts(recipe, lessons["story"], seed) for seed in (0, 0, 1)]
    assert sorted(text.label for text in drawn[0]) == [0, 0, 0, 1, 1, 1]
    assert drawn[0] == drawn[1] != drawn[2]


def test_data_that_contradict_the_settings_are_refused(lessons, people):
    lessons = lessons | {"people": people}
    story = lessons["story"]
    with pytest.raises(RequestError, match=r"recipe.shots 21: task 'film' has only 20 .*\n.*recipe.shots=20"):
        Reptile(tasks=["film"], shots=21).check_data(family("story", (1, 0), 60), lessons, 0)
    with pytest.raises(RequestError, match=r"recipe.tasks: task 'people' has no labelled training texts"):
        Reptile(tasks=["people"], shots=2).check_data(story, lessons, 0)
    with pytest.raises(NotMeasurableError, match="meta-learning is for text classification"):
        Reptile(tasks=["film"], shots=2).check_data(people, lessons, 0)


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValidationError, match="names a task twice"):
        Reptile(tasks=["a", "a"])
    with pytest.raises(ValidationError, match="at least 1 item"):
        Reptile(tasks=[])
    with pytest.raises(ValidationError, match="labels that decide when to stop count too"):
        Reptile(tasks=["a"], early_stopping=1)
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        Reptile(tasks=["a"], meta_rate=1.5)
