"""Ranks that the bounds of scores allow."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.board.frames.rank_ranges import lead, rank_ranges


def ranking(*rows, subjects="abcdefgh"):
    """Rows of (rank, score, low, high)."""
    frame = pd.DataFrame(rows, columns=["rank", "score", "score_low", "score_high"]).astype({"rank": "Int64"})
    return frame.assign(subject=list(subjects[: len(rows)]))


FOUR = ranking((1, 0.8, 0.7, 0.9), (2, 0.65, 0.6, 0.72), (3, 0.5, 0.4, 0.55), (pd.NA, np.nan, 0.1, 0.9))


def test_ranges_are_as_wide_as_the_bounds_overlap():
    assert rank_ranges(FOUR) == ["1–2", "1–2", "3", "–"]


def test_the_lead_names_who_may_be_as_good():
    first = lead(FOUR)
    assert (first.first, first.rivals, first.ranked, first.not_ranked) == ("a", ("b",), 3, 1)
    assert lead(FOUR.iloc[[0, 2]]).rivals == ()


def test_bounds_that_touch_overlap():
    touching = ranking((1, 0.8, 0.7, 0.9), (2, 0.6, 0.5, 0.7))
    assert rank_ranges(touching) == ["1–2", "1–2"]
    assert lead(touching).rivals == ("b",)


def test_a_subject_at_chance_keeps_its_rank_in_its_range():
    assert rank_ranges(ranking((1, 0.3, 0.25, 0.35), (2, 0.6, 0.55, 0.65))) == ["1–2", "1–2"]


@pytest.mark.parametrize("rows", [[], [(pd.NA, np.nan, 0.0, 1.0)]])
def test_nobody_leads_where_nobody_is_ranked(rows):
    assert lead(ranking(*rows)) is None
    assert rank_ranges(ranking(*rows)) == ["–"] * len(rows)


def test_a_method_without_bounds_has_ranks_alone():
    votes = ranking((1, 3.0, 0, 0), (2, 1.0, 0, 0)).drop(columns=["score_low", "score_high"])
    assert rank_ranges(votes) == ["1", "2"]
    assert not lead(votes).has_bounds


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.3)), min_size=1, max_size=8))
def test_ranges_are_those_of_comparing_every_pair(pairs):
    rows = sorted(((score, score - half, score + half) for score, half in pairs), reverse=True)
    ranges = rank_ranges(ranking(*((1 + place, *row) for place, row in enumerate(rows))))
    for place, (_, low, high) in enumerate(rows):
        best = min(1 + place, 1 + sum(other[1] > high for other in rows))
        worst = max(1 + place, len(rows) - sum(other[2] < low for other in rows))
        assert ranges[place] == (f"{best}" if best == worst else f"{best}–{worst}")
