"""Addresses of subjects: the identity decides, whatever their labels become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.board.subject_options import SubjectOptions, UnresolvedSubjectError, subject_address
from leaderboard.identity import digest

FIRST, SECOND, THIRD = (digest(number) for number in range(3))
ONE = SubjectOptions.single({FIRST: "bert/probe(movies)"})
RENAMED = SubjectOptions.single({FIRST: f"bert/probe(movies)#{FIRST[:8]}", SECOND: "bert/probe(movies) seed=1"})


def test_an_address_keeps_its_subject_when_another_of_its_name_is_measured():
    address = ONE.write(FIRST)
    assert address == f"bert/probe(movies)~{FIRST[:12]}"
    assert RENAMED.read(address) == FIRST
    assert RENAMED.write(FIRST) == address


def test_an_address_of_a_deleted_subject_is_never_read_by_its_name():
    left = SubjectOptions.single({SECOND: "bert/probe(movies)"})
    with pytest.raises(UnresolvedSubjectError) as error:
        left.read(ONE.write(FIRST))
    assert error.value.candidates == ()


def test_a_name_of_several_subjects_has_them_as_candidates():
    with pytest.raises(UnresolvedSubjectError) as error:
        RENAMED.read("bert/probe(movies)")
    assert error.value.candidates == (FIRST, SECOND)


@pytest.mark.parametrize("written", ["bert/probe(movies)", "bert/pr", FIRST, FIRST[:6]])
def test_a_link_written_by_hand_is_read_by_label_or_by_a_start(written):
    assert ONE.read(written) == FIRST


@pytest.mark.parametrize("written", ["", "berd", FIRST[:3], f"x~{SECOND[:12]}"])
def test_what_names_no_subject_is_refused(written):
    with pytest.raises(UnresolvedSubjectError, match="no subjects"):
        ONE.read(written)


def test_seeds_in_one_row_share_its_option_whichever_the_address_names():
    options = SubjectOptions.grouped({"bert/probe (2 seeds)": [FIRST, SECOND], "other": [THIRD]})
    assert [options.read(subject_address("bert/probe", each)) for each in (FIRST, SECOND)] == [FIRST, FIRST]
    assert options.labels == {FIRST: "bert/probe (2 seeds)", THIRD: "other"}
    assert options.among([THIRD]).labels == {THIRD: "other"}
    with pytest.raises(UnresolvedSubjectError):
        options.among([THIRD]).read(SECOND)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=20), st.integers(), max_size=8))
def test_every_written_address_is_read_back(numbers):
    options = SubjectOptions.single({digest([label, number]): label for label, number in numbers.items()})
    for identity in options.labels:
        assert options.read(options.write(identity)) == identity
