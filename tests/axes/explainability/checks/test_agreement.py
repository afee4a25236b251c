import pytest

from leaderboard.axes.explainability.checks.agreement import MethodAgreementCheck, TopAgreementCheck


def data(unsigned=(), **values):
    return {"unsigned": list(unsigned), "methods": {name: {"values": each} for name, each in values.items()}}


def test_the_mean_of_all_pairs_and_of_those_of_each_method():
    scores = MethodAgreementCheck().scores(data(a=[1, 2], b=[1, 2], c=[2, 1]))
    assert scores == pytest.approx({"": -1 / 3, "a": 0.0, "b": 0.0, "c": -1.0})


def test_magnitudes_are_compared_with_a_method_without_sign():
    assert MethodAgreementCheck().scores(data(a=[-3, 1], attention=[0.9, 0.1]))["a"] == -1.0
    assert MethodAgreementCheck().scores(data(["attention"], a=[-3, 1], attention=[0.9, 0.1]))["a"] == 1.0


def test_one_method_has_nobody_to_agree_with():
    assert TopAgreementCheck().scores(data(a=[1, 2])) == {}


def test_the_first_quarters_overlap():
    assert TopAgreementCheck().scores(data(a=[1, 2, 3, 4], b=[4, 3, 2, 9]))[""] == 1.0
