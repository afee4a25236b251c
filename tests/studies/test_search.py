"""A whole search, in this process, on a tiny encoder."""

from typing import Any

import pytest

from leaderboard.axes.axis import Axis
from leaderboard.backends.registry import Backends
from leaderboard.data.portions import Portion
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.probe import Probe
from leaderboard.store.frames import estimates_frame
from leaderboard.store.records import StudyMode, TrialState
from leaderboard.studies import search
from leaderboard.studies.definition import SamplerName
from leaderboard.studies.evaluator import SubjectEvaluator
from leaderboard.studies.events import SearchEvent, StudyBegun, TrialFinished
from leaderboard.studies.finalists import finalists, selection_effect
from leaderboard.studies.search import Effort, run_search
from leaderboard.studies.stored_study import StoredStudy, stored_study
from leaderboard.studies.worker import Job
from leaderboard.tasks import Catalogue
from tests.studies.conftest import Searching


@pytest.fixture
def study(ended: Searching) -> StoredStudy:
    return stored_study(ended.store, ended.catalogue, "study")


@pytest.mark.slow
def test_every_trial_is_kept_with_its_subject_its_losses_and_all_axes(study: StoredStudy) -> None:
    assert [each.number for each in study.trials] == [0, 1, 2, 3]
    assert {each.state for each in study.trials} == {TrialState.COMPLETE}
    for trial in study.trials:
        axes = study.searched[trial.number].axes
        assert set(axes) == {Axis.ACCURACY, Axis.PRIVACY}
        assert trial.losses == pytest.approx((1 - axes[Axis.ACCURACY].value, 1 - axes[Axis.PRIVACY].value))


@pytest.mark.slow
def test_trial_0_is_the_model_with_everything_off(study: StoredStudy) -> None:
    assert study.baseline is study.trials[0]
    assert study.trials[0].parameters == {"layer": 2, "c": 1.0}


@pytest.mark.slow
def test_the_front_and_trial_0_are_scored_on_what_was_held_out(study: StoredStudy) -> None:
    expected = {0, *(each.number for each in study.front)}
    assert set(study.held_out) == expected == {each.number for each in study.trials if each.finalist}
    assert set(selection_effect(study, 0)) == {Axis.ACCURACY, Axis.PRIVACY}


@pytest.mark.slow
def test_a_search_sees_no_example_of_what_is_held_out(ended: Searching) -> None:
    examples = {}
    for portion in (Portion.SEARCH, Portion.HELD_OUT):
        evaluations = [each for each in ended.store.evaluations() if each.portion is portion]
        assert evaluations
        examples[portion] = {
            (each.task.name, observed.example_id)
            for each in evaluations
            for observed in ended.store.observations_of(each.identity)
        }
    assert not examples[Portion.SEARCH] & examples[Portion.HELD_OUT]


@pytest.mark.slow
def test_a_search_adds_nothing_to_the_boards(ended: Searching) -> None:
    assert estimates_frame(ended.store).empty


@pytest.mark.slow
def test_a_search_of_the_same_name_goes_on_where_it_was(searching: Searching) -> None:
    searching.search(searching.definition())
    events: list[SearchEvent] = []
    more = searching.search(searching.definition(), trials=6, listener=events.append)
    assert [str(event) for event in events if isinstance(event, StudyBegun)] == [
        "study study is resumed after 4 trials"
    ]
    assert more.trials[:4] == tuple(each for each in more.trials if each.number < 4)
    assert [each.number for each in more.trials] == [0, 1, 2, 3, 4, 5]
    assert len({tuple(each.parameters.values()) for each in more.trials}) == 6


@pytest.mark.slow
def test_a_search_that_is_done_tries_nothing_more(ended: Searching) -> None:
    events: list[SearchEvent] = []
    ended.search(ended.definition(), listener=events.append)
    assert not any(isinstance(event, TrialFinished) for event in events)


@pytest.mark.slow
def test_a_search_of_the_same_name_for_something_else_is_refused(ended: Searching) -> None:
    with pytest.raises(RequestError, match=r"terms|mode"):
        ended.search(ended.definition("accuracy", mode=StudyMode.CONSTRAINED))


@pytest.mark.slow
def test_a_constraint_that_nothing_keeps_to_leaves_the_nearest_miss(searching: Searching) -> None:
    definition = searching.definition("accuracy", mode=StudyMode.CONSTRAINED, conditions=("accuracy.brier <= -1",))
    stored = searching.search(definition, trials=3)
    assert stored.best is None
    assert stored.front == ()
    errors = [stored.searched[each.number].violations["accuracy.brier <= -1"] for each in stored.complete]
    assert stored.nearest_miss is not None
    assert stored.nearest_miss.violations["accuracy.brier <= -1"] == min(each for each in errors if each is not None)
    assert {each.number for each in finalists(stored)} == {0, stored.nearest_miss.number}


@pytest.mark.slow
def test_a_goal_that_trial_0_cannot_answer_ends_the_search_at_once(searching: Searching) -> None:
    definition = searching.definition(
        "accuracy", mode=StudyMode.CONSTRAINED, conditions=("privacy.attack_auc <= 0.9",), limit=1000
    )
    with pytest.raises(NotMeasurableError, match="trial 0, the model with everything off, has no value"):
        searching.search(definition)  # that metric has parts alone: one for each attack


@pytest.mark.slow
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


class PanicException(BaseException):
    """What Rust code raises when it panics: no Exception."""


@pytest.mark.slow
@pytest.mark.parametrize("error", [RuntimeError, PanicException, SystemExit], ids=lambda error: error.__name__)
@pytest.mark.parametrize("place", [Probe, SubjectEvaluator], ids=["in an evaluation", "around it"])
def test_a_trial_that_fails_is_kept_with_its_reason_and_the_search_goes_on(
    searching: Searching, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], place: type
) -> None:
    recipes, make, plans = [], Probe.make, SubjectEvaluator.plans

    def failing(recipe: Probe, preparation: object) -> object:
        recipes.append(recipe)
        if recipe.c != 1.0 and len({each.c for each in recipes}) == 2:
            raise error("out of luck")
        return make(recipe, preparation)  # type: ignore[arg-type]

    def planning(evaluator: SubjectEvaluator, recipe: Probe, *arguments: Any) -> Any:
        recipes.append(recipe)
        if recipe.c != 1.0 and len({each.c for each in recipes}) == 2:
            raise error("out of luck")
        return plans(evaluator, recipe, *arguments)

    if place is Probe:
        monkeypatch.setattr(Probe, "make", failing)
    else:
        monkeypatch.setattr(SubjectEvaluator, "plans", planning)
    stored = searching.search(searching.definition())
    assert stored.trials[1].state is TrialState.FAILED
    assert stored.trials[1].reason == f"{error.__name__}: out of luck"
    assert [each.state for each in stored.trials[2:]] == [TrialState.COMPLETE, TrialState.COMPLETE]
    assert 1 not in {each.number for each in stored.front}


@pytest.mark.slow
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
    stored = searching.search(searching.definition())
    assert stored.trials[1].state is TrialState.FAILED
    assert stored.trials[1].reason.startswith("interrupted")
    assert stored.trials[2].parameters == stored.trials[1].parameters
    assert [each.state for each in stored.trials[2:]] == [TrialState.COMPLETE] * 3


@pytest.mark.slow
def test_a_trial_that_breaks_a_constraint_for_sure_is_measured_no_further(searching: Searching) -> None:
    definition = searching.definition(
        "privacy",
        mode=StudyMode.CONSTRAINED,
        conditions=("accuracy.brier <= baseline - 1",),
        rungs=(8,),
        limit=20,
    )
    stored = searching.search(definition, trials=3)
    assert [each.state for each in stored.trials[1:]] == [TrialState.PRUNED] * 2
    assert all(each.reason == "surely breaks accuracy.brier <= baseline - 1" for each in stored.trials[1:])
    assert not any(stored.searched[each.number].axes.get(Axis.PRIVACY) for each in stored.trials[1:])


@pytest.mark.slow
def test_trial_0_has_as_many_threads_as_the_trials_that_are_compared_with_it(
    searching: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    session = search.Session

    def opened(catalogue: Catalogue, backends: Backends) -> search.Session:
        threads.append(backends.options.threads or 0)
        return session(catalogue, backends)

    def worked(job: Job, *_: object, **__: object) -> None:
        threads.append(job.threads)

    monkeypatch.setattr(search, "Session", opened)
    monkeypatch.setattr(search, "run_workers", worked)
    effort = Effort(trials=2, jobs=2, threads=4, offline=True)
    run_search(searching.store, searching.definition(), "study", effort, catalogue=searching.catalogue)
    assert threads == [2, 2]
