import re

import numpy as np
import pytest
from pydantic import ValidationError

from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.active import Active, Strategy
from leaderboard.recipes.active.acquisition import bald, entropy, negative_margin
from leaderboard.recipes.finetune import Finetune

SMALL = {"start": 6, "batch": 4, "budget": 14}
FAST = {"learning_rate": 3e-3, "epochs": 1, "batch_size": 4, "max_length": 32}

pytestmark = pytest.mark.usefixtures("trained_once")


def prepare(recipe, preparing, encoder, lesson, **more):
    return recipe.prepare(preparing(encoder, lesson.task, lesson.splits, **more))


def answers(subject, lesson):
    return subject.classifier().log_probabilities([example.text for example in lesson.splits["test"]])


def curve(subject):
    return [int(number) for number in re.findall(r" with (\d+)", subject.preparation_notes[-1])]


def test_entropy_and_margin_prefer_the_least_certain_answer():
    log_probabilities = np.log([[0.5, 0.25, 0.25], [0.9, 0.05, 0.05]])
    assert entropy(log_probabilities)[0] == pytest.approx(1.5 * np.log(2))
    assert negative_margin(log_probabilities) == pytest.approx([-0.25, -0.85])


def test_bald_is_the_information_on_which_passes_disagree():
    certain, undecided = [[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]]
    with np.errstate(divide="ignore"):
        passes = np.log(np.array([certain, undecided]).swapaxes(0, 1))
    assert bald(passes) == pytest.approx([np.log(2), 0.0])


@pytest.mark.parametrize("strategy", Strategy)
def test_labels_are_asked_for_in_batches_up_to_the_budget(preparing, encoder, praise, strategy):
    subject = prepare(Active(**SMALL, strategy=strategy, passes=3), preparing, encoder, praise)
    assert curve(subject) == [6, 10, 14]
    assert f"({strategy}) chose 14 of 60 training texts" in subject.preparation_notes[-1]
    assert len(subject.trained_on) == 60  # the choice has read them all
    assert len(subject.training.members) == 14
    again = prepare(Active(**SMALL, strategy=strategy, passes=3), preparing, encoder, praise)
    assert np.array_equal(answers(again, praise), answers(subject, praise))


def test_the_least_certain_texts_are_labelled_next(preparing, encoder, praise):
    first = prepare(Active(**SMALL | {"budget": 6}), preparing, encoder, praise)
    second = prepare(Active(**SMALL | {"budget": 10}), preparing, encoder, praise)
    start = {example.id for example in first.training.members}
    added = {example.id for example in second.training.members} - start
    pool = [example for example in praise.splits["train"] if example.id not in start]
    scores = entropy(first.classifier().log_probabilities([example.text for example in pool]))
    assert added == {pool[index].id for index in np.argsort(-scores)[:4]}


def test_another_seed_starts_with_other_texts(preparing, encoder, praise):
    recipe = Active(**SMALL | {"budget": 6})
    members = [
        {example.id for example in prepare(recipe, preparing, encoder, praise, seed=seed).training.members}
        for seed in (0, 1)
    ]
    assert members[0] != members[1]


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [Strategy.MARGIN, Strategy.BALD])
def test_a_fine_tuned_member_asks_too_and_its_folder_is_the_subject_s(preparing, encoder, praise, strategy):
    recipe = Active(**SMALL | {"budget": 10}, strategy=strategy, passes=2, member=Finetune(**FAST))
    subject = prepare(recipe, preparing, encoder, praise)
    assert curve(subject) == [6, 10]
    assert (subject.model.folder / "config.json").exists()


def test_a_budget_beyond_the_pool_is_refused(preparing, encoder, praise):
    with pytest.raises(RequestError, match=r"recipe.budget 61: task 'praise' has only 60 labelled training texts"):
        prepare(Active(budget=61, start=6), preparing, encoder, praise)


def test_a_start_of_one_class_is_refused(preparing, encoder, praise):
    one_sided = [example for example in praise.splits["train"] if example.label == 1]
    lesson = praise.learning(one_sided)
    with pytest.raises(RequestError, match=r"recipe.start 6: .* have none of class negative"):
        prepare(Active(**SMALL), preparing, encoder, lesson)


def test_a_task_of_another_kind_is_not_measured(preparing, encoder, people):
    with pytest.raises(NotMeasurableError, match="active learning is for text classification"):
        prepare(Active(**SMALL), preparing, encoder, people)


@pytest.mark.slow
def test_a_member_without_dropout_cannot_disagree(preparing, encoder, praise):
    member = Finetune(**FAST, dropout=0.0)
    recipe = Active(**SMALL, strategy="bald", member=member)
    with pytest.raises(RequestError, match="has no dropout, by which its uncertainty could be sampled"):
        prepare(recipe, preparing, encoder, praise)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strategy": "guess"}, "'entropy', 'margin', 'bald' or 'random'"),
        ({"start": 400}, "start 400 is more than the budget of 300 labels"),
        ({"candidates": 10}, "candidates 10 is less than a batch of 50"),
        ({"member": "zero_shot"}, "zero_shot does not learn; choose probe, finetune or lora"),
        ({"member": {"recipe": "finetune", "sequence": ["a"]}}, "leave out `sequence`"),
        ({"prune": 0.5}, "set prune under `member`"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        Active(**settings)
