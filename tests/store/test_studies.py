import math
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.store.records import StudyMode, TrialState
from leaderboard.store.studies import (
    create_study,
    delete_study,
    mark_finalists,
    studies,
    study,
    trials,
    write_trial,
)
from tests.synthetic.records import (
    NOON,
    evaluation_record,
    model_record,
    running_trial,
    study_record,
    trial_record,
)

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def begun(store):
    """A store with one study without trials."""
    create_study(store, study_record())
    return store


def test_a_study_comes_back_as_it_was_begun(store):
    request = study_record(mode=StudyMode.CONSTRAINED, definition={"alpha": 0.5, "space": {"mixup": [0, 1.5]}})
    assert create_study(store, request) == request
    assert study(store, "better") == request


def test_who_asks_for_the_same_study_later_goes_on_with_it(begun):
    again = create_study(begun, study_record(created_at=LATER))
    assert again.created_at == NOON
    assert len(studies(begun)) == 1


def test_what_json_has_no_word_of_its_own_for_is_still_the_same(store):
    request = study_record(definition={"objectives": ("accuracy", "bias"), "weights": {1: 0.5}})
    assert create_study(store, request) == create_study(store, request)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"definition": {"suite": "demo", "objectives": ["bias"]}},
            r'objectives: \["accuracy", "latency"\] then, \["b',
        ),
        ({"definition": {"suite": "demo", "objectives": ["bias"]}}, "seed: 0 then, nothing now"),
        ({"definition": {**study_record().definition, "trials": None}}, "\n  trials: nothing then, null now\n"),
        ({"mode": StudyMode.WEIGHTED}, "mode: pareto then, weighted now"),
        ({"model": model_record("large")}, "model: package:tiny then, package:large now"),
        ({"model": model_record(revision="2")}, "model: package:tiny then, other weights now"),
    ],
)
def test_another_study_of_the_same_name_is_refused_with_what_differs(begun, changes, message):
    with pytest.raises(RequestError, match=message) as caught:
        create_study(begun, study_record(**changes))
    assert "Name another study with --study, or use the same settings" in str(caught.value)
    assert "suite" not in str(caught.value)
    assert study(begun, "better") == study_record()


def test_a_study_leaves_what_was_noted_about_its_model(store, run_id):
    evaluation = evaluation_record()
    store.record(run_id, replace(evaluation, model=replace(model_record(), details={"files": 3})), [], [])
    assert create_study(store, study_record()).model.details == {"files": 3}


def test_a_definition_that_json_cannot_say_begins_nothing(store):
    with pytest.raises(LeaderboardError, match="study 'better': cannot be stored"):
        create_study(store, study_record(definition={"reference": math.nan}))
    assert studies(store) == []


@pytest.mark.parametrize(
    "asking", [study, trials, delete_study, lambda *request: write_trial(*request, trial_record())]
)
def test_unknown_study_gets_the_nearest(begun, asking):
    with pytest.raises(RequestError, match=r"unknown study 'beter'(.|\n)*Did you mean 'better'"):
        asking(begun, "beter")


def test_studies_are_counted_by_the_state_of_their_trials_oldest_first(begun):
    create_study(begun, study_record("older", created_at=NOON - timedelta(days=1)))
    for trial in (
        trial_record(0),
        trial_record(1),
        running_trial(2),
        running_trial(3, state=TrialState.PRUNED, reason="too slow", ended_at=LATER),
    ):
        write_trial(begun, "better", trial)
    counts = [(each.study.name, {state.value: n for state, n in each.trials.items()}) for each in studies(begun)]
    assert counts == [
        ("older", {"running": 0, "complete": 0, "pruned": 0, "failed": 0}),
        ("better", {"running": 1, "complete": 2, "pruned": 1, "failed": 0}),
    ]


def test_trials_come_back_by_number_as_they_were_written(begun):
    written = [
        running_trial(2, subject=None, recipe={}),
        trial_record(0, losses=(0.75, -1.5, 0.0), violations={"a <= 1": None, "b <= 2": 0.5}),
        running_trial(11, state=TrialState.FAILED, reason="out of memory", parent=2, ended_at=LATER),
    ]
    for trial in written:
        write_trial(begun, "better", trial)
    assert trials(begun, "better") == [written[1], written[0], written[2]]


def test_a_trial_takes_the_place_of_what_was_known_of_its_number(begun):
    for trial in (running_trial(subject=None), trial_record(losses=(1.0, 2.0)), trial_record(losses=(3.0,))):
        write_trial(begun, "better", trial)
    assert trials(begun, "better") == [trial_record(losses=(3.0,))]


def test_trials_of_two_studies_do_not_mix(begun):
    create_study(begun, study_record("other"))
    write_trial(begun, "better", trial_record(losses=(1.0,)))
    write_trial(begun, "other", trial_record(losses=(2.0,)))
    assert [each.losses for each in trials(begun, "better")] == [(1.0,)]


def test_whether_a_trial_is_feasible_is_a_column(begun):
    for trial in (trial_record(0), trial_record(1, violations={"a <= 1": 0.5}), running_trial(2)):
        write_trial(begun, "better", trial)
    with begun.reading() as session:
        feasible_column = session.scalars(text("SELECT feasible FROM trial ORDER BY number")).all()
    assert (
        [bool(each) for each in feasible_column]
        == [each.feasible for each in trials(begun, "better")]
        == [True, False, False]
    )


@pytest.mark.parametrize(
    ("trial", "message"),
    [
        (trial_record(losses=(0.5, math.nan)), r"its losses are \(0\.5, nan\)"),
        (trial_record(losses=(math.inf,)), "its losses are"),
        (trial_record(violations={"a <= 1": math.nan}), "not JSON compliant"),
        (running_trial(losses=(0.5,)), "it is running, and only a complete one has losses"),
        (trial_record(reason="why"), "reason_where_cut_short"),
        (running_trial(state=TrialState.PRUNED, ended_at=LATER), "reason_where_cut_short"),
        (running_trial(ended_at=LATER), "ends_unless_running"),
        (trial_record(ended_at=NOON - timedelta(seconds=1)), "ends_after_its_start"),
        (trial_record(parent=0), "parent_comes_first"),
        (trial_record(-1), "number_is_a_count"),
        (trial_record(subject="tiny"), "subject_is_a_digest"),
        (running_trial(finalist=True), "only_complete_ones_count"),
    ],
)
def test_a_trial_that_makes_no_sense_is_refused(begun, trial, message):
    with pytest.raises(LeaderboardError, match=f"trial {trial.number} of study 'better': cannot be stored.*{message}"):
        write_trial(begun, "better", trial)
    assert trials(begun, "better") == []


def test_finalists_are_added_to_those_that_were_marked_before(begun):
    for number in range(4):
        write_trial(begun, "better", trial_record(number))
    mark_finalists(begun, "better", [1])
    mark_finalists(begun, "better", {0, 3})
    mark_finalists(begun, "better", [])
    assert [each.number for each in trials(begun, "better") if each.finalist] == [0, 1, 3]


def test_only_a_complete_trial_that_is_there_can_be_a_finalist(begun):
    write_trial(begun, "better", trial_record(0))
    write_trial(begun, "better", running_trial(1))
    with pytest.raises(LeaderboardError, match=r"has no trial 7, 9$"):
        mark_finalists(begun, "better", [9, 0, 7])
    with pytest.raises(LeaderboardError, match="only_complete_ones_count"):
        mark_finalists(begun, "better", [0, 1])
    assert not any(each.finalist for each in trials(begun, "better"))


def test_a_deleted_study_takes_its_trials_and_nothing_that_was_measured(begun, run_id):
    evaluation = evaluation_record()
    begun.record(run_id, evaluation, [], [])
    write_trial(begun, "better", trial_record(subject=evaluation.subject.identity))
    delete_study(begun, "better")
    with begun.reading() as session:
        left = [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("study", "trial", "trial_loss")]  # noqa: S608 - constants
    assert left == [0, 0, 0]
    assert begun.evaluation(evaluation.identity) is not None
    assert create_study(begun, study_record(created_at=LATER)).created_at == LATER


@pytest.fixture
def named(begun):
    """Gives the study a name that only another program or an earlier version writes."""

    def rename(raw, *, of="better"):
        with begun.writing("a test") as session:
            session.execute(text("UPDATE study SET name = :raw WHERE name = :of"), {"raw": raw, "of": of})

    return rename


def test_a_study_whose_name_has_control_characters_is_opened_by_its_shown_name(begun, named):
    named("red\x1b[31m")
    (overview,) = studies(begun)
    assert overview.study.name == "red\ufffd[31m"
    write_trial(begun, overview.study.name, running_trial(0))
    assert [each.number for each in trials(begun, overview.study.name)] == [0]
    assert create_study(begun, study_record(overview.study.name)) == overview.study  # it is resumed, not begun anew
    delete_study(begun, overview.study.name)
    assert studies(begun) == []


def test_a_name_that_several_studies_are_shown_by_is_ambiguous(begun, named):
    named("red\x1b")
    create_study(begun, study_record())
    named("red\x07")
    with pytest.raises(RequestError, match="ambiguous: 2 studies"):
        study(begun, "red\ufffd")
