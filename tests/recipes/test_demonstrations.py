import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.data.examples import TextExample
from leaderboard.data.overlap import text_fingerprint
from leaderboard.recipes.few_shot.demonstrations import NearestExamples, draw_balanced, draw_random
from tests.recipes.conftest import films


def examples_of(*texts):
    return [TextExample(id=str(i), text=text, label=i % 2) for i, text in enumerate(texts)]


def test_of_each_class_as_many_as_can_be():
    demonstrations = draw_balanced(films("train", 60), 5, seed=0)
    assert sorted(example.label for example in demonstrations) == [0, 0, 0, 1, 1]
    assert len({example.id for example in demonstrations}) == 5


def test_a_rare_class_is_shown_as_far_as_it_goes():
    rare = [example for example in films("train", 20) if example.label == 0 or example.id == "train-0"]
    demonstrations = draw_balanced(rare, 6, seed=0)
    assert sorted(example.label for example in demonstrations) == [0, 0, 0, 0, 0, 1]


def test_no_more_than_there_are():
    assert len(draw_balanced(films("train", 3), 8, seed=0)) == 3
    assert draw_balanced([], 8, seed=0) == []


def test_the_seed_draws_and_orders():
    examples = films("train", 60)
    ids = [[example.id for example in draw_balanced(examples, 4, seed)] for seed in (0, 0, 1)]
    assert ids[0] == ids[1] != ids[2]


def test_random_examples_may_be_of_one_class():
    demonstrations = [draw_random(films("train", 60), 2, seed) for seed in range(20)]
    assert {len({example.label for example in pair}) for pair in demonstrations} == {1, 2}
    assert len(draw_random(films("train", 3), 8, seed=0)) == 3
    assert draw_random([], 8, seed=0) == []


def test_random_examples_follow_the_seed():
    ids = [[example.id for example in draw_random(films("train", 60), 4, seed)] for seed in (0, 0, 1)]
    assert ids[0] == ids[1] != ids[2]


def test_the_most_alike_stand_last_next_to_the_question():
    examples = examples_of("a dull plot", "the acting was fine", "a dull plot with dull acting")
    demonstrations = NearestExamples(examples).to("dull acting", 2)
    assert [example.id for example in demonstrations] == ["0", "2"]


def test_likeness_is_the_cosine_of_tf_idf():
    """idf = ln((1 + n) / (1 + df)) + 1 (scikit-learn): of the words of the question, `plot` is in one text of three."""
    examples = examples_of("film film", "plot film", "actor")
    rare, common = (np.log(4 / (1 + frequency)) + 1 for frequency in (1, 2))
    question = np.array([rare, common]) / np.hypot(rare, common)
    expected = [question[1], question @ np.array([rare, common]) / np.hypot(rare, common), 0.0]
    nearest = NearestExamples(examples)
    similarities = nearest._vectors @ nearest._vectorizer.transform(["plot, film"]).T
    assert similarities.toarray().ravel() == pytest.approx(expected)


def test_examples_that_are_alike_are_taken_in_their_order():
    demonstrations = NearestExamples(examples_of("x", "y", "z")).to("nothing known", 2)
    assert [example.id for example in demonstrations] == ["1", "0"]


def test_a_text_without_any_word_still_gets_examples():
    assert len(NearestExamples(examples_of("!", "a story")).to("", 2)) == 2


def test_the_question_itself_is_never_shown_solved():
    examples = examples_of("A dull plot!", "a dull  plot", "a dull plot twist")
    assert [example.id for example in NearestExamples(examples).to("a dull plot", 3)] == ["2"]


def test_of_two_texts_both_count_for_likeness_and_for_being_the_same():
    pairs = [
        TextExample(id="same", text="A man sleeps.", second="He is awake.", label=0),
        TextExample(id="turned", text="He is awake.", second="A man sleeps.", label=1),
        TextExample(id="other", text="Dogs run.", second="Cats sit.", label=1),
    ]
    demonstrations = NearestExamples(pairs).to(("A man sleeps.", "He is awake."), 2)
    assert [example.id for example in demonstrations] == ["other", "turned"]


@given(st.lists(st.text("ab !", max_size=6), min_size=1, max_size=8), st.text("ab !", max_size=6), st.integers(0, 9))
def test_as_many_as_there_are_and_none_the_same(texts, text, n):
    examples = examples_of("word", *texts)
    own_fingerprint = text_fingerprint(TextExample(id="", text=text))
    others = [example for example in examples if text_fingerprint(example) != own_fingerprint]
    demonstrations = NearestExamples(examples).to(text, n)
    assert len(demonstrations) == min(n, len(others))
    assert {example.id for example in demonstrations} <= {example.id for example in others}
