"""A whole search, in this process, on a tiny encoder."""

import pytest

from leaderboard.axes.metric import Axis
from leaderboard.data.portions import Portion
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.probe import Probe
from leaderboard.store.frames import estimates_frame
from leaderboard.store.records import StudyMode, TrialState
from leaderboard.studies import search
from leaderboard.studies.definition import SamplerName
from leaderboard.studies.finalists import finalists, selection_effect
from leaderboard.studies.search import Effort, Listener, run_search
from leaderboard.studies.stored import StoredStudy, stored_study
from leaderboard.studies.worker import Job
from tests.studies.conftest import Searching


@pytest.fixture
def study(ended: Searching) -> StoredStudy:
    return stored_study(ended.store, ended.catalogue, "study")


def test_every_trial_is_kept_with_its_subject_its_losses_and_all_axes(study: StoredStudy) -> None:
    assert [each.number for each in study.trials] == [0, 1, 2, 3]
    assert {each.state for each in study.trials} == {TrialState.COMPLETE}
    for trial in study.trials:
        axes = study.searched[trial.number].axes
        assert set(axes) == {Axis.ACCURACY, Axis.PRIVACY}
        assert trial.losses == pytest.approx((1 - axes[Axis.ACCURACY].value, 1 - axes[Axis.PRIVACY].value))


def test_trial_0_is_the_model_with_everything_off(study: StoredStudy) -> None:
    assert study.baseline is study.trials[0]
    assert study.trials[0].parameters == {"layer": 2, "c": 1.0}


def test_the_front_and_trial_0_are_scored_on_what_was_held_out(study: StoredStudy) -> None:
    expected = {0, *(each.number for each in study.front)}
    assert set(study.held_out) == expected == {each.number for each in study.trials if each.finalist}
    assert set(selection_effect(study, 0)) == {Axis.ACCURACY, Axis.PRIVACY}


def test_a_search_sees_no_example_of_what_is_held_out(ended: Searching) -> None:
    seen = {}
    for portion in (Portion.SEARCH, Portion.HELD_OUT):
        evaluations = [each for each in ended.store.evaluations() if each.portion is portion]
        assert evaluations
        seen[portion] = {
            (each.task.name, observed.example_id)
            for each in evaluations
            for observed in ended.store.observations_of(each.identity)
        }
    assert not seen[Portion.SEARCH] & seen[Portion.HELD_OUT]


def test_a_search_adds_nothing_to_the_boards(ended: Searching) -> None:
    assert estimates_frame(ended.store).empty


def test_a_search_of_the_same_name_goes_on_where_it_was(searching: Searching) -> None:
    searching.search(searching.definition())
    begun = []
    listener = Listener(begun=lambda *told: begun.append(told))
    more = searching.search(searching.definition(), trials=6, listener=listener)
    assert begun == [("study", True, 4)]
    assert more.trials[:4] == tuple(each for each in more.trials if each.number < 4)
    assert [each.number for each in more.trials] == [0, 1, 2, 3, 4, 5]
    assert len({tuple(each.parameters.values()) for each in more.trials}) == 6


def test_a_search_that_is_done_tries_nothing_more(ended: Searching) -> None:
    told: list[object] = []
    ended.search(ended.definition(), listener=Listener(ended=told.append))
    assert told == []


def test_a_search_of_the_same_name_for_something_else_is_refused(ended: Searching) -> None:
    with pytest.raises(RequestError, match=r"terms|mode"):
        ended.search(ended.definition("accuracy", mode=StudyMode.CONSTRAINED))


def test_a_constraint_that_nothing_keeps_to_leaves_the_nearest_miss(searching: Searching) -> None:
    asked = searching.definition("accuracy", mode=StudyMode.CONSTRAINED, conditions=("accuracy.brier <= -1",))
    found = searching.search(asked, trials=3)
    assert found.best is None
    assert found.front == ()
    errors = [found.searched[each.number].violations["accuracy.brier <= -1"] for each in found.complete]
    assert found.nearest_miss is not None
    assert found.nearest_miss.violations["accuracy.brier <= -1"] == min(each for each in errors if each is not None)
    assert {each.number for each in finalists(found)} == {0, found.nearest_miss.number}


def test_a_goal_that_trial_0_cannot_answer_ends_the_search_at_once(searching: Searching) -> None:
    asked = searching.definition(
        "accuracy", mode=StudyMode.CONSTRAINED, conditions=("privacy.attack_auc <= 0.9",), limit=1000
    )
    with pytest.raises(NotMeasurableError, match="trial 0, the model with everything off, has no value"):
        searching.search(asked)  # that metric has parts alone: one for each attack


def test_with_all_weight_on_one_axis_the_search_is_that_of_one_objective(searching: Searching) -> None:
    """The same points, and the same best one, as Optuna's own search of that axis alone."""
    weighted = searching.definition(
        "accuracy", "privacy", mode=StudyMode.WEIGHTED, weights=(1.0, 0.0), sampler=SamplerName.TPE
    )
    alone = searching.definition("accuracy", mode=StudyMode.PARETO, sampler=SamplerName.TPE).model_copy(
        update={"mode": StudyMode.CONSTRAINED}
    )
    one = searching.search(weighted, trials=12, name="one")
    other = searching.search(alone, trials=12, name="other")
    assert [each.parameters for each in one.trials] == [each.parameters for each in other.trials]
    assert [each.losses[0] for each in one.trials] == pytest.approx([each.losses[0] for each in other.trials])


def test_a_trial_that_fails_is_kept_with_its_reason_and_the_search_goes_on(
    searching: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = [], Probe.make

    def failing(recipe: Probe, preparation: object) -> object:
        made.append(recipe)
        if recipe.c != 1.0 and len({each.c for each in made}) == 2:
            raise RuntimeError("out of luck")
        return make(recipe, preparation)  # type: ignore[arg-type]

    monkeypatch.setattr(Probe, "make", failing)
    found = searching.search(searching.definition())
    assert found.trials[1].state is TrialState.FAILED
    assert found.trials[1].reason == "RuntimeError: out of luck"
    assert [each.state for each in found.trials[2:]] == [TrialState.COMPLETE, TrialState.COMPLETE]
    assert 1 not in {each.number for each in found.front}


def test_an_interrupted_trial_is_tried_again(searching: Searching, monkeypatch: pytest.MonkeyPatch) -> None:
    make, tried = Probe.make, []

    def interrupted(recipe: Probe, preparation: object) -> object:
        if recipe.c != 1.0 and not tried:
            tried.append(recipe)
            raise KeyboardInterrupt
        return make(recipe, preparation)  # type: ignore[arg-type]

    monkeypatch.setattr(Probe, "make", interrupted)
    with pytest.raises(KeyboardInterrupt):
        searching.search(searching.definition())
    found = searching.search(searching.definition())
    assert found.trials[1].state is TrialState.FAILED
    assert found.trials[1].reason.startswith("interrupted")
    assert found.trials[2].parameters == found.trials[1].parameters
    assert [each.state for each in found.trials[2:]] == [TrialState.COMPLETE] * 3


def test_a_trial_that_breaks_a_constraint_for_sure_is_measured_no_further(searching: Searching) -> None:
    asked = searching.definition(
        "privacy",
        mode=StudyMode.CONSTRAINED,
        conditions=("accuracy.brier <= baseline - 1",),
        rungs=(8,),
        limit=20,
    )
    found = searching.search(asked, trials=3)
    assert [each.state for each in found.trials[1:]] == [TrialState.PRUNED] * 2
    assert all(each.reason == "surely breaks accuracy.brier <= baseline - 1" for each in found.trials[1:])
    assert not any(found.searched[each.number].axes.get(Axis.PRIVACY) for each in found.trials[1:])


def test_trial_0_has_as_many_threads_as_the_trials_that_are_compared_with_it(
    searching: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    bench = search.Bench

    def opened(*told: object, threads: int, **more: object) -> object:
        given.append(threads)
        return bench(*told, threads=threads, **more)  # type: ignore[arg-type]

    def worked(job: Job, *_: object, **__: object) -> None:
        given.append(job.threads)

    monkeypatch.setattr(search, "Bench", opened)
    monkeypatch.setattr(search, "work_together", worked)
    effort = Effort(trials=2, jobs=2, threads=4, offline=True)
    run_search(searching.store, searching.definition(), "study", effort, catalogue=searching.catalogue)
    assert given == [2, 2]
