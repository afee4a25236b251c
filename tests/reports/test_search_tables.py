import io

from rich.console import Console

from leaderboard.data.portions import Portion
from leaderboard.evaluation.events import BatchFinished
from leaderboard.reports.search_progress import SearchProgress
from leaderboard.reports.search_rows import dominance, turned
from leaderboard.reports.search_tables import front_table, outcome_parts, print_all, study_parts
from leaderboard.store.records import TrialState
from leaderboard.studies.events import FinalistStarted, StudyBegun, TrialFinished
from leaderboard.studies.stored_study import StoredStudy
from tests.synthetic.records import NOON, trial_record
from tests.synthetic.searches import OFF, WORSE, Scores, Tried, two_lever_space


def printed(parts, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    print_all(parts, console)
    text = console.file.getvalue()
    assert all(len(line) <= width for line in text.splitlines() if "leaderboard search" not in line)
    return text


def test_trial_0_and_the_front_stand_on_both_portions_side_by_side(study):
    text = printed(study_parts(study(pareto="accuracy,latency")))
    assert "5 trials: 3 complete, 1 pruned, 1 failed" in text
    assert "pruned: worse than the front after 64 examples (×1)" in text
    assert "1: layer 1, c 0.1" in text
    assert "0.400 [" in text  # trial 0 on the search portion: accuracy .8 between the anchors .5 and 1
    assert "0.440 [" in text  # trial 0 on held-out data
    assert "hypervolume" in text
    assert "Selection: " in text
    assert "everything off" in text


def test_the_aim_of_a_constrained_search_is_told_in_its_own_unit(study):
    goal = {"minimize": "latency.p95", "subject_to": ("accuracy.movies.accuracy >= baseline - 0.05",)}
    text = printed(study_parts(study(**goal)))
    assert "12.0 ms [11.4, 12.6]" in text
    assert "0.780 [0.741, 0.819] ✓" in text


def test_that_nothing_is_feasible_is_said_with_the_nearest_miss_in_its_unit(study):
    text = printed(study_parts(study(maximize="accuracy", subject_to=("latency.p95 <= 10 ms",))))
    assert "No feasible trial" in text
    assert "Nearest miss: trial 1 (layer 1, c 0.1)" in text
    assert "breaks latency.p95 <= 10 ms by 2.00 ms" in text


def test_a_search_that_gained_nothing_says_so(study):
    text = printed(outcome_parts(study(OFF, WORSE, maximize="accuracy")))
    assert "No trial is better than trial 0" in text


def test_the_end_tells_both_portions_next_to_trial_0(study):
    goal = {"minimize": "latency.p95"}
    text = " ".join(printed(outcome_parts(study(**goal), "--store sqlite:///x.db")).split())
    assert "latency.p95: on the search portion 12.0 ms [11.4, 12.6], on held-out data 13.0 ms" in text
    assert "trial 0: 20.0 ms [19.0, 21.0], 21.0 ms" in text
    assert "(each with --store sqlite:///x.db)" in text
    assert "Use the held-out numbers" in text


def test_a_constraint_that_only_the_held_out_data_break_is_reported(study):
    text = printed(outcome_parts(study(minimize="latency.p95", subject_to=("accuracy.movies.accuracy >= 0.76",))))
    assert "On held-out data it breaks accuracy.movies.accuracy >= 0.76." in " ".join(text.split())


def test_a_leading_trial_that_breaks_a_constraint_is_named(study):
    leading = Tried(0.1, 1, Scores(0.90, 0.2, 0.0199, 1.0), Scores(0.90, 0.2, 0.0201, 1.0))
    surer = Tried(0.2, 1, Scores(0.88, 0.2, 0.0190, 1.0), Scores(0.88, 0.2, 0.0191, 1.0))
    stored = study(OFF, leading, surer, maximize="accuracy", subject_to=("latency.p95 <= 20 ms",))
    for parts in (outcome_parts(stored), study_parts(stored)):
        text = " ".join(printed(parts).split())
        assert "Trial 1 looked better while searching, but on held-out data it breaks latency.p95 <= 20 ms" in text
        assert "2: layer 1, c 0.2" in text


def test_the_front_says_how_probably_it_dominates_trial_0(study):
    stored = study(pareto="accuracy,latency")
    assert "P(it dominates trial 0)" in printed([front_table(stored)])
    first, faster = stored.trials[:2]
    assert dominance(stored, first, Portion.SEARCH) is None
    assert 0 < dominance(stored, faster, Portion.SEARCH) < 0.5  # faster, and a little less accurate
    assert dominance(stored, stored.trials[2], Portion.HELD_OUT) is None  # no finalist


def test_a_study_without_trials_is_shown(study, tmp_path):
    stored = study(OFF, pareto="accuracy,latency")
    empty = StoredStudy(stored.record, stored.definition, stored.goal, ())
    text = printed([*study_parts(empty), front_table(empty), *outcome_parts(empty)])
    assert "0 trials: 0 complete" in text
    assert "leaderboard search show" in text
    assert "leaderboard search best" not in text  # there is none


def test_a_lever_that_another_turns_off_is_not_named():
    from dataclasses import replace

    from leaderboard.mitigations.ranges import Real, choice

    space = two_lever_space()
    ranges = {"augment": choice(["none", "typos"]), "augmented_share": Real(low=0.05, high=1)}
    fixed = {name: value for name, value in space.fixed.items() if name not in ranges} | {"layer": 2, "c": 1.0}
    space = replace(space, searched=ranges, fixed=fixed)
    quiet = trial_record(parameters={"augment": "none", "augmented_share": 0.9})
    loud = trial_record(parameters={"augment": "typos", "augmented_share": 0.9})
    assert turned(space, quiet) == {}
    assert turned(space, loud) == {"augment": "typos", "augmented_share": 0.9}


def test_progress_is_a_line_a_trial_and_names_the_best(study):
    stored = study(minimize="latency.p95")
    console = Console(file=io.StringIO(), width=100)
    with SearchProgress(5, console) as progress:
        progress(StudyBegun("better", stored.definition, ()))
        for trial in stored.trials:
            progress(TrialFinished(trial))
        progress(BatchFinished("latency", 1, 2))
        progress(FinalistStarted(stored.trials[1]))
    lines = console.file.getvalue().splitlines()
    assert "study better starts" in lines[0]
    assert "trial 0 30 s loss 0.02 · everything off ← best so far" in lines[1]
    assert "trial 1 30 s loss 0.012 · layer 1, c 0.1 ← best so far" in lines[2]
    assert "best" not in lines[3]
    assert "✗ trial 4 30 s no memory" in lines[5]


def test_what_goes_on_counts_what_was_tried(study):
    stored = study(pareto="accuracy,latency")
    console = Console(file=io.StringIO(), width=100)
    progress = SearchProgress(10, console)
    progress(StudyBegun("better", stored.definition, stored.trials))
    variant = trial_record(5, parent=1, parameters={"layer": 2, "c": 2.0}, losses=(0.9, 0.9), ended_at=NOON)
    progress(TrialFinished(variant))
    assert progress._proposed() == 5
    assert progress._description() == "0 s a trial · front of 2, hypervolume " + f"{stored.hypervolumes()[-1][1]:.3f}"
    running = trial_record(6, state=TrialState.RUNNING, parameters={}, losses=(), ended_at=None)
    progress(TrialFinished(running))
    assert "study better is resumed after 5 trials" in console.file.getvalue()
