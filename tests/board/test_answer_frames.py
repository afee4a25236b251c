import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.accuracy.calibration import BINS
from leaderboard.board.frames import answers as frames
from leaderboard.stats.intervals import proportion
from leaderboard.store.records import StoredObservation


def observation(example, label, *probabilities, **more):
    logs = [math.log(probability) for probability in probabilities]
    return StoredObservation(example, {"label": label, "log_probabilities": logs, **more})


FOUR = [
    observation("a", 0, 0.9, 0.1),  # right, .9
    observation("b", 0, 0.2, 0.8),  # wrong, .8
    observation("c", 1, 0.05, 0.95),  # right, .95
    observation("d", 1, 0.3, 0.7),  # right, .7
]


def test_answers_are_the_likeliest_class_with_its_probability():
    answers = frames.answers(FOUR, ("no", "yes"))
    assert answers["predicted"].tolist() == ["no", "yes", "yes", "yes"]
    assert answers["right"].tolist() == [True, False, True, True]
    assert answers["confidence"].tolist() == pytest.approx([0.9, 0.8, 0.95, 0.7])


def test_answers_take_the_names_that_were_seen_before_those_of_the_task():
    answers = frames.answers([observation("a", 1, 0.4, 0.6, true="good", predicted="good")], ("no", "yes"))
    assert answers.loc[0, ["true", "predicted"]].tolist() == ["good", "good"]


def test_classes_without_a_name_are_numbered():
    assert frames.answers([observation("a", 1, 0.9, 0.1)]).loc[0, ["true", "predicted"]].tolist() == [
        "class 1",
        "class 0",
    ]


def test_what_is_no_classification_gives_no_answers():
    assert frames.answers([StoredObservation("a", {"value": 3})]).empty
    assert frames.answers([]).empty


def test_confusion_counts_true_classes_by_what_they_were_taken_for():
    counts = frames.confusion(frames.answers(FOUR, ("no", "yes")), ("no", "yes"))
    assert counts.index.tolist() == counts.columns.tolist() == ["no", "yes"]
    assert counts.to_numpy().tolist() == [[1, 1], [0, 2]]


def test_confusion_has_a_class_that_nobody_named_and_one_that_never_occurs():
    counts = frames.confusion(frames.answers([observation("a", 0, 0.9, 0.1)], ("no", "yes")), ("no", "yes"))
    assert counts.to_numpy().tolist() == [[1, 0], [0, 0]]


def test_confusion_of_nothing_is_empty():
    assert frames.confusion(frames.answers([]), ("no", "yes")).empty


def test_reliability_bins_are_open_below_and_closed_above():
    bins_frame = frames.reliability(frames.answers(FOUR, ("no", "yes")), bins=10)
    # .7 in (.6, .7], .8 in (.7, .8], .9 in (.8, .9], .95 in (.9, 1]
    assert bins_frame["high"].tolist() == pytest.approx([0.7, 0.8, 0.9, 1.0])
    assert bins_frame["n"].tolist() == [1, 1, 1, 1]
    assert bins_frame["right"].tolist() == [1.0, 0.0, 1.0, 1.0]


def test_reliability_has_the_mean_confidence_and_wilsons_interval():
    bins_frame = frames.reliability(frames.answers(FOUR, ("no", "yes")), bins=1)
    share = proportion(3, 4)
    assert bins_frame.iloc[0].tolist() == pytest.approx(
        [0, 1, 4, (0.9 + 0.8 + 0.95 + 0.7) / 4, 0.75, share.low, share.high]
    )


def test_reliability_of_nothing_has_no_bins():
    assert frames.reliability(frames.answers([])).empty


@given(st.lists(st.tuples(st.floats(0.5, 0.999), st.booleans()), min_size=1, max_size=40))
def test_reliability_bins_add_up_to_the_calibration_error(drawn):
    answers = frames.answers([observation(str(i), int(not right), p, 1 - p) for i, (p, right) in enumerate(drawn)])
    bins_frame = frames.reliability(answers)
    assert bins_frame["n"].sum() == len(drawn)
    gaps = (bins_frame["n"] / len(drawn) * (bins_frame["right"] - bins_frame["confidence"]).abs()).sum()
    index = (answers["confidence"] * BINS).map(math.ceil)
    by_hand = sum(
        abs(answers["right"][index == place].sum() - answers["confidence"][index == place].sum())
        for place in set(index)
    )
    assert gaps == pytest.approx(by_hand / len(drawn))


def test_flips_are_the_examples_that_one_alone_gets_right_the_lost_ones_first():
    here = frames.answers(FOUR)
    there = frames.answers(
        [
            observation("b", 0, 0.6, 0.4),
            observation("c", 1, 0.6, 0.4),
            observation("d", 1, 0.1, 0.9),
            observation("z", 0, 1, 1),
        ]
    )
    flipped = frames.filter_answers(frames.joined_answers(here, there), frames.AnswerFilter.FLIPPED)
    assert flipped["example"].tolist() == ["b", "c"]
    assert flipped["right_there"].tolist() == [True, False]


def test_the_surest_of_the_wrong_come_first():
    sure = [observation("a", 0, 0.4, 0.6), observation("b", 0, 0.1, 0.9), observation("c", 0, 0.9, 0.1)]
    assert frames.filter_answers(frames.answers(sure), frames.AnswerFilter.SURE_AND_WRONG)["example"].tolist() == [
        "b",
        "a",
    ]
    assert frames.filter_answers(frames.answers(sure), frames.AnswerFilter.WRONG)["example"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("page_number", "number", "examples"), [(1, 1, ["a", "b"]), (3, 2, ["c"]), (-4, 1, ["a", "b"])]
)
def test_a_page_out_of_reach_is_the_nearest(page_number, number, examples):
    rows = frames.answers(FOUR[:3])
    page, at, pages = frames.page_of(rows, page_number, 2)
    assert (page["example"].tolist(), at, pages) == (examples, number, 2)


def test_no_rows_are_one_empty_page():
    page, at, pages = frames.page_of(frames.answers([]), 5, 25)
    assert (len(page), at, pages) == (0, 1, 1)
