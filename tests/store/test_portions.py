"""What a search measures on its portion of a task changes nothing that people were shown before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from leaderboard.axes.accuracy import ACCURACY, BRIER
from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError
from leaderboard.stats.estimate import Estimate
from leaderboard.store.frames import RESULT_COLUMNS, estimates_frame
from leaderboard.store.records import EstimateRecord
from leaderboard.store.stored_subject import stored_subject
from tests.synthetic.records import NOON, environment_record, evaluation_record

NAME = "tiny/zero_shot"


def measured(value: float, metric=ACCURACY) -> list[EstimateRecord]:
    return [EstimateRecord(metric, Estimate.measured(value, None, n=9, method="exact"))]


def label(evaluation) -> str:
    return f"{NAME}#{evaluation.subject.identity[:8]}"


def of_trial(number: int, portion: Portion = Portion.SEARCH, **changes):
    """An evaluation of a trial's subject, which has the name that all of its search have."""
    changes = {"started_at": NOON + timedelta(hours=number), **changes}
    return evaluation_record(revision=f"trial {number}", portion=portion, **changes)


@pytest.fixture
def searched(store, run_id):
    """One subject that was measured on the whole task, and two trials of the same name."""
    store.record(run_id, evaluation_record(), measured(0.9), [("whole", {})])
    for number in (1, 2):
        store.record(run_id, of_trial(number), measured(number / 10), [("part", {})])
    return store


def test_frames_show_whole_tasks_unless_asked_for_portions(searched):
    assert estimates_frame(searched)["value"].tolist() == [0.9]
    assert estimates_frame(searched, portions=[Portion.HELD_OUT]).empty
    result = estimates_frame(searched, portions=[Portion.SEARCH])
    assert sorted(result["value"]) == [0.1, 0.2]
    assert tuple(result.columns) == RESULT_COLUMNS


def test_a_frame_of_several_portions_says_which_a_row_is_of(searched):
    result = estimates_frame(searched, portions=list(Portion))
    assert tuple(result.columns) == (*RESULT_COLUMNS, "portion")
    assert dict(zip(result["value"], result["portion"], strict=True)) == {0.9: "whole", 0.1: "search", 0.2: "search"}


def test_a_frame_can_be_of_subjects_by_identity(searched):
    wanted = of_trial(2).subject.identity
    assert estimates_frame(searched, subjects=[wanted], portions=[Portion.SEARCH])["value"].tolist() == [0.2]
    assert estimates_frame(searched, subjects=[wanted]).empty
    assert estimates_frame(searched, subjects=[]).empty


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"models": ["large"]}, "--model: unknown model 'large'"),
        ({"tasks": ["imdb"]}, "--task: unknown task 'imdb'"),
        ({"metrics": ["brier"]}, "--metric: unknown metric 'brier'"),
    ],
)
def test_what_only_a_search_measured_is_unknown_to_a_filter_of_whole_tasks(searched, run_id, filters, message):
    searched.record(run_id, evaluation_record("large", "imdb", portion=Portion.SEARCH), measured(0.5, BRIER), [])
    with pytest.raises(RequestError, match=message):
        estimates_frame(searched, **filters)
    assert estimates_frame(searched, portions=[Portion.SEARCH], **filters)["value"].tolist() == [0.5]


def test_trials_change_no_label_of_what_was_measured_on_whole_tasks(searched):
    assert {each.subject: each.portion for each in searched.evaluations()} == {
        NAME: Portion.WHOLE,
        label(of_trial(1)): Portion.SEARCH,
        label(of_trial(2)): Portion.SEARCH,
    }


def test_a_trial_that_is_measured_on_whole_tasks_shares_its_name_from_then_on(searched, run_id):
    finalist = of_trial(2, Portion.WHOLE)
    searched.record(run_id, finalist, measured(0.8), [])
    assert set(estimates_frame(searched)["subject"]) == {label(evaluation_record()), label(finalist)}


def test_a_lone_trial_is_called_by_its_name(store, run_id):
    store.record(run_id, of_trial(1), measured(0.1), [])
    assert store.evaluation(of_trial(1).identity).subject == NAME
    assert stored_subject(store, NAME).identity == of_trial(1).subject.identity


@pytest.mark.parametrize("name", [NAME, "tiny", "tiny/zero"])
def test_a_name_means_what_was_measured_on_whole_tasks(searched, name):
    assert searched.newest(name, "sst2").identity == evaluation_record().identity
    assert stored_subject(searched, name).identity == evaluation_record().subject.identity


def test_a_trial_is_found_by_its_label_and_by_the_start_of_its_identity(searched):
    trial = of_trial(2)
    for name in (label(trial), label(trial)[:-1], trial.subject.identity, trial.subject.identity[:12]):
        assert stored_subject(searched, name).identity == trial.subject.identity


def test_of_many_trials_some_are_named(store, run_id):
    for number in range(13):
        store.record(run_id, of_trial(number), measured(0.5), [])
    with pytest.raises(RequestError, match=r"is ambiguous(.|\n)* and 3 more$") as message:
        stored_subject(store, NAME)
    assert str(message.value).count("#") == 10


def test_newest_is_of_the_whole_task_even_when_a_portion_was_measured_later(searched, run_id):
    whole = evaluation_record()
    searched.record(run_id, replace(whole, identity="f" * 64, portion=Portion.HELD_OUT), measured(0.1), [("b", {})])
    assert [each.example_id for each in searched.observations(NAME, "sst2")] == ["whole"]


def test_a_trial_was_not_measured_on_the_whole_task(searched):
    with pytest.raises(RequestError, match=r"was not measured on task 'sst2'$"):
        searched.newest(label(of_trial(1)), "sst2")


def test_a_subject_is_described_by_what_was_measured_on_whole_tasks(searched):
    of_search = searched.start_run({"call": "search"}, environment_record())
    whole = evaluation_record()
    part = replace(whole, identity="f" * 64, portion=Portion.SEARCH, started_at=NOON + timedelta(days=1))
    searched.record(of_search, part, measured(0.1), [])
    result = stored_subject(searched, NAME)
    assert (result.evaluations, result.arguments) == ((whole.identity,), {"model": ["tiny"]})


def test_a_subject_that_only_a_search_measured_comes_with_its_call_and_no_evaluation(searched):
    result = stored_subject(searched, label(of_trial(1)))
    assert (result.evaluations, result.arguments) == ((), {"model": ["tiny"]})
