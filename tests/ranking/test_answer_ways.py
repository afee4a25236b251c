import pandas as pd

from leaderboard.ranking.answer_ways import answer_way_remarks


def estimates(*rows):
    frame = pd.DataFrame(rows, columns=["subject", "recipe", "task", "status"])
    return frame.assign(headline=True)


LETTERS = ("toy/letters(quiz)", "letters", "quiz", "measured")
OTHER = ("toy/zero_shot(quiz)", "zero_shot", "quiz", "measured")


def test_letters_next_to_log_likelihoods_are_reported():
    (remark,) = answer_way_remarks(estimates(LETTERS, OTHER))
    assert remark.startswith("'quiz' was answered in different ways: toy/letters(quiz) by letters in a chat")


def test_one_way_of_answering_and_what_was_not_measured_are_not():
    assert answer_way_remarks(estimates(LETTERS, LETTERS)) == ()
    assert answer_way_remarks(estimates(OTHER)) == ()
    assert answer_way_remarks(estimates(LETTERS, (*OTHER[:3], "not_measured"))) == ()
    assert answer_way_remarks(estimates(LETTERS, (*OTHER[:2], "other", "measured"))) == ()
