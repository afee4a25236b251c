"""Retrievers: facts that a reader can choose by hand."""

import math

import numpy as np
import pytest

from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.knowledge_base import KnowledgeBase
from leaderboard.knowledge.recall import recall_at_k
from leaderboard.knowledge.registry import retriever, retrievers
from leaderboard.knowledge.retriever import best
from leaderboard.knowledge.retrievers.entity_names import names_of
from leaderboard.knowledge.words import words_of

TRIPLES = [
    Fact(entity="刘晓华（广东工业大学教授）", relation="主讲课程", value="《固体物理》"),
    Fact(entity="刘晓华（广东工业大学教授）", relation="出生地", value="江西"),
    Fact(entity="刘晓华（歌手）", relation="代表作品", value="《雨》"),
    Fact(entity="Mercury (planet)", relation="moons", value="none"),
    Fact(entity="Mercury (planet)", relation="orbital period", value="88 days"),
    Fact(entity="mercury poisoning", relation="cause", value="mercury"),
]
PASSAGES = [Fact("ice melts in the sun"), Fact("ice ice"), Fact("stones are hard")]


def positions(name, facts, question, k=2, encoder=None):
    return [
        facts.index(fact) for fact in KnowledgeBase("test", facts).indexed(retriever(name), encoder).find(question, k)
    ]


class Letters(HiddenStates):
    """Hidden states that count the letters a and b."""

    layers = 1

    def of_tokens(self, texts, *, layer=-1, max_length=None, work=""):
        return [np.array([[text.count("a"), text.count("b")]], dtype=float) for text in texts]


class Encoder:
    def hidden_states(self):
        return Letters()


class Headless:
    def hidden_states(self):
        raise NotMeasurableError("server gives no hidden states")


def test_words_of_han_characters_are_single_and_paired():
    assert words_of("Ａ dog，你好吗 3") == ["a", "dog", "你", "好", "吗", "你好", "好吗", "3"]


def test_the_best_scores_come_first_and_ties_in_order():
    scores = np.array([1.0, 3.0, 2.0, 3.0])
    assert best(scores, 3) == [1, 3, 2]
    assert best(scores, 9) == [1, 3, 2, 0]
    assert best(scores, 0) == []


def test_bm25_is_the_formula_by_hand():
    scorer = KnowledgeBase("test", PASSAGES).indexed(retriever("bm25")).index._scorer
    # Lucene: ln(1 + (N - n + 0.5) / (n + 0.5)) · tf / (tf + k1 (1 - b + b length / mean length))
    idf, mean_length = math.log(1 + 1.5 / 2.5), (5 + 2 + 3) / 3
    expected = [idf * tf / (tf + 1.5 * (0.25 + 0.75 * length / mean_length)) for tf, length in ((1, 5), (2, 2))]
    np.testing.assert_allclose(scorer.get_scores(["ice"]), [*expected, 0.0], rtol=1e-5)
    assert positions("bm25", PASSAGES, "Is ice cold?") == [1, 0]


def test_bm25_finds_nothing_that_shares_no_word():
    assert positions("bm25", PASSAGES, "who?") == []
    assert positions("bm25", PASSAGES, "hard ice", k=8) != []
    assert positions("bm25", [Fact("…")], "who?") == []


def test_dense_ranks_by_the_cosine():
    facts = [Fact("bbb"), Fact("aaab"), Fact("a"), Fact("")]
    assert positions("dense", facts, "aa", k=3, encoder=Encoder()) == [2, 1, 0]


def test_dense_needs_an_encoder_with_hidden_states():
    with pytest.raises(RequestError, match=r"needs recipe\.encoder"):
        positions("dense", PASSAGES, "ice")
    with pytest.raises(NotMeasurableError, match="gives no hidden states"):
        positions("dense", PASSAGES, "ice", encoder=Headless())


def test_names_may_go_without_what_tells_them_apart():
    assert names_of("Mercury (planet)") == ("mercury (planet)", "mercury")
    assert names_of("(A)") == ("(a)",)


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("刘晓华主要讲什么课啊？", [0, 1]),
        ("刘晓华有什么作品？", [2, 0]),
        ("What is the orbital period of Mercury?", [4, 3]),
        ("What is the cause of mercury poisoning?", [5]),  # the longer name, not the one inside it
        ("How fast is quickmercury?", []),
        ("mercury poisoning and Mercury moons", [5, 3]),  # one of each in turn
        ("", []),
    ],
)
def test_facts_are_found_by_the_entity_that_a_question_names(question, places):
    assert positions("entities", TRIPLES, question) == places


def test_definitions_are_ranked_by_the_words_that_they_share():
    glosses = [
        Fact(entity="bank", value="an institution that may have a vault"),
        Fact(entity="bank", value="sloping land by a river"),
    ]
    assert positions("entities", glosses, "Does a river have a bank?", k=1) == [1]


def test_stop_words_name_no_entity():
    assert positions("entities", [Fact(entity="in", value="an inch")], "Who lives in Rome?") == []


def test_passages_have_no_entities_to_name():
    with pytest.raises(RequestError, match="Valid for texts: bm25, dense"):
        positions("entities", PASSAGES, "ice")


def test_random_facts_are_the_same_for_the_same_question():
    facts = [Fact(str(number)) for number in range(100)]
    first = positions("random", facts, "who?", k=8)
    assert first == positions("random", facts, "who?", k=8)
    assert first != positions("random", facts, "where?", k=8)
    assert len(set(first)) == 8
    assert len(positions("random", PASSAGES, "who?", k=8)) == 3


def test_an_unknown_retriever_is_refused_with_the_nearest():
    with pytest.raises(RequestError, match="Did you mean 'bm25'"):
        retriever("bm52")


@pytest.mark.parametrize("name", retrievers())
def test_every_retriever_says_what_it_does(name):
    assert retriever(name).__doc__
    assert retriever(name).source


def test_recall_counts_the_gold_facts_among_the_first():
    retrieved, gold = [[3, 1], [2, 5], [], [4]], [{1}, {5, 7}, {0}, set()]
    assert recall_at_k(retrieved, gold, 1).value == pytest.approx(0)
    at_two = recall_at_k(retrieved, gold, 2)  # (1 + 1/2 + 0) / 3; the last question has no gold fact
    assert at_two.value == pytest.approx(0.5)
    assert at_two.n == 3
    assert at_two.low < 0.5 < at_two.high


def test_recall_without_gold_facts_is_not_measured():
    assert recall_at_k([[1]], [set()], 1).value is None
