from datetime import timedelta

import pandas as pd
import pytest

from leaderboard.axes.accuracy import ACCURACY, MCC
from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import LATENCY_RATIO
from leaderboard.axes.privacy import ATTACK_AUC, ATTACK_ROC
from leaderboard.board.frames import subject as frames
from leaderboard.board.frames.attack_curves import attack_curves
from leaderboard.board.frames.attributions import Explained, explained, word_scores
from leaderboard.board.frames.latencies import latencies, quantiles
from leaderboard.board.frames.measures import Measure
from leaderboard.board.frames.observations import ObservationKind, kind_of, observations_frame
from leaderboard.board.frames.trade_offs import in_milliseconds
from leaderboard.data.portions import Portion
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.intervals import proportion
from leaderboard.store.class_names import class_names
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.store.records import EstimateRecord, StoredObservation
from leaderboard.store.results import results_of
from leaderboard.store.subject_history import board_subjects, evaluations_of, last_observations, related_subjects
from tests.synthetic.records import NOON, environment_record, evaluation_record

TEXT = {"explanations": {"occlusion": {"scores": [0.2, -0.4, 0.2]}}, "predicted": 1, "probability": 0.9}


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/card.db")
    run = store.start_run({}, environment_record())
    first, second = evaluation_record("tiny"), evaluation_record("tiny", revision="2", started_at=NOON + timedelta(1))
    store.record(run, first, [EstimateRecord(ACCURACY, proportion(60, 100))], [("a", {"x": 1}), ("b", {"x": 2})])
    store.record(run, second, [EstimateRecord(ACCURACY, proportion(80, 100))], [])
    why = "no clock"
    timed = evaluation_record("tiny", "fast", axis=Axis.LATENCY, status=Status.NOT_MEASURED, reason=why)
    store.record(run, timed, [EstimateRecord(LATENCY_RATIO, Estimate.not_measured(why))], [])
    portion = evaluation_record("tried", portion=Portion.SEARCH)
    store.record(run, portion, [EstimateRecord(ACCURACY, proportion(1, 2))], [])
    return store


def test_an_axis_without_a_value_says_why(store):
    identity = evaluation_record("tiny").subject.identity
    frame = frames.axes_frame(estimates_frame(store, subjects=[identity]), {}).set_index("axis")
    assert frame.loc["accuracy", "utility"] == pytest.approx(0.6)
    assert frame.loc["accuracy", "tasks"] == 1
    assert frame["utility"].isna().sum() == 5
    assert frame.loc["latency", "reason"] == "fast: no clock"
    assert frame.loc["bias", "reason"] == ""


def test_an_axis_of_too_few_examples_says_so(store):
    run = store.start_run({}, environment_record())
    few = evaluation_record("few")
    store.record(run, few, [EstimateRecord(ACCURACY, proportion(6, 13))], [])
    rows = estimates_frame(store, subjects=[few.subject.identity])
    frame = frames.axes_frame(rows, {}).set_index("axis")
    assert frame["utility"].isna().all()
    assert frame.loc["accuracy", "reason"] == "sst2: 13 of 100 examples needed"
    assert frame["withheld"].to_dict() == {axis: axis == "accuracy" for axis in frame.index}
    chinese = frames.axes_frame(rows, {}, few_examples="{task}：需要 {needed} 个样本，仅有 {n} 个").set_index("axis")
    assert chinese.loc["accuracy", "reason"] == "sst2：需要 100 个样本，仅有 13 个"


def test_estimates_have_a_text_or_a_reason(store):
    identity = evaluation_record("tiny").subject.identity
    frame = frames.estimates(estimates_frame(store, subjects=[identity])).set_index("task")
    assert frame.loc["sst2", "value"].startswith("0.600 [")
    assert frame.loc["fast", ["value", "reason"]].tolist() == ["", "no clock"]


def test_a_note_is_shown_once_with_its_task(store):
    run = store.start_run({}, environment_record())
    noted = evaluation_record("noted", notes=("3 bad rows were dropped",))
    store.record(run, noted, [EstimateRecord(ACCURACY, proportion(6, 10)), EstimateRecord(MCC, proportion(6, 10))], [])
    assert frames.notes(estimates_frame(store)) == ["sst2: 3 bad rows were dropped"]


def test_history_follows_one_number_over_the_revisions_of_a_model(store):
    rows = estimates_frame(store, models=["tiny"])
    assert frames.headlines_of(rows) == ["sst2.accuracy", "fast.latency_ratio"]
    frame = frames.history(rows, related_subjects(store, "tiny"), "sst2.accuracy")
    assert frame["value"].tolist() == [0.6, 0.8]
    assert frame["revision"].tolist() == ["1", "2"]


def test_evaluations_come_newest_first_with_their_portion(store):
    identity = evaluation_record("tiny").subject.identity
    frame = frames.evaluations(evaluations_of(store, identity))
    assert frame["task"].tolist() == ["fast", "sst2"]
    assert set(frame["portion"]) == {"whole"}


def test_what_a_search_measured_is_named_with_its_portion(store):
    tried = evaluations_of(store, evaluation_record("tried").subject.identity)
    assert list(frames.newest(tried)) == ["sst2 · search"]
    assert list(frames.newest(evaluations_of(store, evaluation_record("tiny").subject.identity))) == ["sst2"]


def test_boards_show_the_subjects_of_whole_tasks(store):
    assert not any("tried" in label for label in board_subjects(store))
    assert len(board_subjects(store)) == 2


def test_the_last_observation_tells_what_was_kept(store):
    first, second = evaluation_record("tiny").identity, evaluation_record("tiny", revision="2").identity
    assert last_observations(store, [first, second]) == {first: {"x": 2}}


def test_provenance_names_revision_and_identities(store):
    results = results_of(store, evaluation_record("tiny").subject.identity)
    provenance = dict(frames.provenance(results.identity, results.model, results.recipe))
    assert provenance["revision"] == "1"
    assert provenance["subject_identity"] == results.identity


def test_yaml_keeps_order_and_letters():
    assert frames.yaml_text({"b": 1, "a": {"x": ("é", "中")}}) == "b: 1\na:\n  x:\n  - é\n  - 中\n"


def test_labels_are_borrowed_with_the_data():
    definitions = {"own": {"data": {"labels": ["no", "yes"]}}, "lent": {"data": {"same_as": "own"}}, "bare": {}}
    assert [class_names(task, definitions) for task in definitions] == [("no", "yes"), ("no", "yes"), ()]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"label": 0, "log_probabilities": [0.0]}, ObservationKind.ANSWERS),
        ({"seconds": 0.1}, ObservationKind.TIMES),
        (TEXT, ObservationKind.WORDS),
        ({"value": 1}, ObservationKind.OTHER),
    ],
)
def test_a_kind_is_told_by_what_an_observation_holds(data, kind):
    assert kind_of(data) is kind


def test_anything_else_is_shown_with_the_digits_one_reads():
    assert observations_frame([StoredObservation("a", {"x": 0.123456})])["observation"].tolist() == ['{"x": 0.1235}']
    assert observations_frame([]).empty


def test_words_have_their_rank_and_their_share_of_the_strongest():
    (text,) = explained([StoredObservation("a", TEXT), StoredObservation("b", {"value": 1})])
    frame = word_scores(text, "occlusion", "one two three")
    assert [(each.word, each.rank, each.share) for each in frame] == [
        ("one", 1, 0.5),
        ("two", 3, -1.0),
        ("three", 2, 0.5),
    ]


def test_words_of_another_text_are_called_by_their_place():
    (text,) = explained([StoredObservation("a", TEXT)])
    assert [each.word for each in word_scores(text, "occlusion", "another text")] == ["#1", "#2", "#3"]
    assert [each.word for each in word_scores(text, "occlusion", None)] == ["#1", "#2", "#3"]


def test_times_leave_out_what_is_of_the_model():
    stored = [
        StoredObservation("model:parameters", {"value": 9}),
        StoredObservation("a", {"seconds": 0.2, "tokens": 3}),
    ]
    timed = latencies(stored)
    assert timed["example"].tolist() == ["a"]
    assert timed["reference_seconds"].isna().all()
    assert latencies([]).empty


def test_quantiles_that_few_answers_cannot_tell_are_left_out():
    few = latencies([StoredObservation(str(i), {"seconds": float(i)}) for i in range(1, 3)])
    assert "p99" not in quantiles(few)


def test_characters_of_a_chinese_text_are_shown_with_their_scores():
    explanation = Explained("1", 0, 0.9, {"occlusion": (0.1, 0.4, 0.2)}, units="characters")
    assert [each.word for each in word_scores(explanation, "occlusion", "很 wifi好")] == ["很", " wifi", "好"]


def test_words_that_cannot_be_found_again_are_numbered():
    explanation = Explained("1", 0, 0.9, {"occlusion": (0.1, 0.4)}, units="syllables of a later version")
    assert [each.word for each in word_scores(explanation, "occlusion", "很好")] == ["#1", "#2"]


def test_spans_of_a_long_text_are_shown_with_their_scores_without_words_that_were_not_read():
    data = {**TEXT, "spans": [[0, 1], [1, 3], [3, 4]]}
    (text,) = explained([StoredObservation("a", data)])
    shown = [each.word for each in word_scores(text, "occlusion", "one two three four five")]
    assert shown == ["one", "two three", "four"]
    assert [each.word for each in word_scores(text, "occlusion", "one two")] == ["#1", "#2", "#3"]


def test_points_of_attack_curves_are_read_from_estimates(store):
    run = store.start_run({}, environment_record())
    parts = {"loss at FPR 0.1": 0.3, "loss at FPR 0.01": 0.1, "lira at FPR 0.01": 0.2}
    estimates = [EstimateRecord(ATTACK_ROC, proportion(round(100 * tpr), 100), part) for part, tpr in parts.items()]
    missing = EstimateRecord(ATTACK_ROC, Estimate.not_measured("too few"), "lira at FPR 0.1")
    other = EstimateRecord(ATTACK_AUC, proportion(60, 100), "loss")
    store.record(run, evaluation_record("tiny", "leak", axis=Axis.PRIVACY), [*estimates, missing, other], [])
    curves = attack_curves(estimates_frame(store))
    assert curves["attack"].tolist() == ["lira", "loss", "loss"]
    assert curves["fpr"].tolist() == [0.01, 0.01, 0.1]
    assert curves["tpr"].tolist() == [0.2, 0.1, 0.3]


def test_a_subject_without_attacks_has_no_curves(store):
    assert attack_curves(estimates_frame(store)).empty


def test_short_times_along_x_are_in_milliseconds():
    x = Measure(Axis.LATENCY, "latency_movies", "latency_p50")
    points = pd.DataFrame({"x": [0.002, 0.5], "x_low": [0.001, 0.4], "x_high": [0.003, 0.6], "y": [0.1, 0.2]})
    short, unit = in_milliseconds(points, x)
    assert (short["x"].tolist(), short["y"].tolist(), unit) == ([2.0, 500.0], [0.1, 0.2], "ms")
    long = points.assign(x=[0.002, 60.0])
    assert in_milliseconds(long, x)[1] == "seconds"
    assert in_milliseconds(long, x)[0] is long
    assert in_milliseconds(points, Measure(Axis.LATENCY))[1] == "utility"
