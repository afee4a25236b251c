"""Python searches: the words that it takes, and the studies that it reads."""

import pytest

import leaderboard
from leaderboard import Leaderboard
from leaderboard.errors import RequestError
from leaderboard.store.database import open_store
from leaderboard.studies.goal_request import GoalRequest
from tests.synthetic.searches import write_search


@pytest.fixture
def board(tmp_path):
    """The study `better`, of accuracy and latency."""
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    write_search(store, GoalRequest(pareto="accuracy,latency"))
    store.close()
    return Leaderboard(tmp_path / "store.db")


@pytest.fixture
def begun(monkeypatch):
    """What a search would begin with: definition, name and effort."""

    def searched(_store, definition, name, effort, *, listener, catalogue):
        return definition, name, effort

    monkeypatch.setattr("leaderboard.studies.search.run_search", searched)


WORDS = {
    "weighted": {"accuracy": 0.5, "bias": 0.2},
    "suite": "demo",
    "device": "cpu",
    "subject_to": "latency.p95 <= 20 ms",
    "timeout": "10m",
    "jobs": 2,
}


@pytest.mark.usefixtures("begun")
def test_a_goal_is_asked_for_in_python_s_own_types(board, encoder_folder):
    definition, name, effort = board.search(encoder_folder, **WORDS)
    assert (definition.terms, definition.weights) == (("accuracy", "bias"), (0.5, 0.2))
    assert definition.conditions == ("latency.p95 <= 20 ms",)
    assert name == "tiny-encoder-demo-weighted-accuracy-0.5-bias-0.2"
    assert (effort.timeout_s, effort.jobs) == (600, 2)


@pytest.mark.usefixtures("begun")
def test_the_old_name_still_searches_and_says_what_to_call(board, encoder_folder):
    with pytest.warns(DeprecationWarning, match="Leaderboard"):
        old = leaderboard.search(str(encoder_folder), store=board.url, **WORDS)
    assert old == board.search(encoder_folder, **WORDS)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"sampler": "gq"}, "unknown sampler 'gq'"),
        ({"jobs": 0}, "jobs: 0 is not a whole number"),
        ({"suite": "dem"}, "Did you mean 'demo'"),
        ({"study": "better"}, "study 'better' exists already"),
        ({"scalarisation": "summ"}, "Did you mean 'sum'"),
    ],
)
def test_a_wrong_search_is_refused(board, encoder_folder, words, message):
    with pytest.raises(RequestError, match=message):
        board.search(encoder_folder, **{"pareto": ("accuracy", "latency"), "suite": "demo", "device": "cpu"} | words)


def test_studies_are_read_under_their_own_goal_or_another(board):
    assert [each.study.name for each in board.studies()] == ["better"]
    study = board.study("better")
    assert [each.number for each in study.trials] == [each.number for each in board.trials("better")]
    assert study.definition.terms == ("accuracy", "latency")
    assert board.study("better", weighted={"accuracy": 1, "latency": 1}).definition.weights == (1.0, 1.0)
    board.delete_study("better")
    with pytest.raises(RequestError, match="unknown study"):
        board.study("better")


def test_a_name_that_nothing_has_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'serch'"):
        leaderboard.serch  # noqa: B018 - asked for
