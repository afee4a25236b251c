import pandas as pd

from leaderboard.ranking.answer_ways import answer_way_remarks

QUIZ = {"quiz": {"protocol": "multiple_choice"}}


def estimates(*rows):
    frame = pd.DataFrame(rows, columns=["subject", "recipe", "task", "status"])
    return frame.assign(headline=True)


LETTERS = ("toy/letters(quiz)", "letters", "quiz", "measured")
OTHER = ("toy/zero_shot(quiz)", "zero_shot", "quiz", "measured")


def test_letters_next_to_log_likelihoods_are_reported():
    (remark,) = answer_way_remarks(estimates(LETTERS, OTHER), QUIZ)
    assert remark.startswith("'quiz' was answered in different ways: toy/letters(quiz) by letters in a chat")


def test_one_way_of_answering_and_what_was_not_measured_are_not():
    assert answer_way_remarks(estimates(LETTERS, LETTERS), QUIZ) == ()
    assert answer_way_remarks(estimates(OTHER), QUIZ) == ()
    assert answer_way_remarks(estimates(LETTERS, (*OTHER[:3], "not_measured")), QUIZ) == ()
    assert answer_way_remarks(estimates(LETTERS, (*OTHER[:2], "other", "measured")), QUIZ) == ()


def test_a_task_without_choices_and_an_unknown_protocol_are_not():
    for protocol in ("generation", "of a missing plug-in"):
        assert answer_way_remarks(estimates(LETTERS, OTHER), {"quiz": {"protocol": protocol}}) == ()
    assert answer_way_remarks(estimates(LETTERS, OTHER), {}) == ()
