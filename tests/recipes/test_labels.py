import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.labels import find_order, map_labels

TASK = ("negative", "positive")


def mapped(head, mapping=None, task=TASK):
    return map_labels(head, task, mapping or {}, model="m", name="t")


def test_names_are_found_in_any_case_and_order():
    mapping = mapped(("POSITIVE", "NEGATIVE"))
    assert mapping.targets == (1, 0)
    assert np.exp(mapping.of(np.log([[0.9, 0.1]]))) == pytest.approx(np.array([[0.1, 0.9]]))


def test_several_classes_of_the_head_add_up_to_one_label():
    stars = ("1 star", "2 stars", "4 stars", "5 stars")
    mapping = {"1 star": "negative", "2 stars": "negative", "4 stars": "positive", "5 stars": "positive"}
    probabilities = np.exp(mapped(stars, mapping).of(np.log([[0.1, 0.2, 0.3, 0.4]])))
    assert probabilities == pytest.approx(np.array([[0.3, 0.7]]))


def test_no_examples_have_no_answers():
    assert mapped(TASK).of(np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("head", "mapping", "message"),
    [
        (("LABEL_0", "LABEL_1"), {}, r"LABEL_0, LABEL_1, which were given no names.*--set recipe.labels.LABEL_0="),
        (
            ("negative", "neutral", "positive"),
            {},
            r"not labels of task 't': neutral.*the head has 3 classes, the task 2",
        ),
        (("bad 👎", "a"), {}, r"\(--set 'recipe.labels.bad 👎'=… --set recipe.labels.a=…\)"),
        (tuple("abcde"), {}, r"--set recipe.labels.c=… and 2 more\)"),
        (("1.0 star", "a"), {}, r'--recipe-file FILE, where FILE contains `labels: \{"1.0 star": …, "a": …\}`'),
        (("good", "bad"), {"good": "positive", "bad": "positive"}, r"no class for negative"),
        (("positive",), {}, r"no class for negative"),
    ],
)
def test_what_cannot_be_mapped_is_refused(head, mapping, message):
    with pytest.raises(NotMeasurableError, match=message):
        mapped(head, mapping)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"LABEL_9": "negative"}, "unknown class of the head 'LABEL_9'"),
        ({"LABEL_0": "bad"}, "unknown label of task 't' 'bad'"),
    ],
)
def test_a_given_name_has_to_be_one(mapping, message):
    with pytest.raises(RequestError, match=message):
        mapped(("LABEL_0", "LABEL_1"), mapping)


NAMES = st.lists(st.text(min_size=1), min_size=1, unique=True)


@given(NAMES.flatmap(lambda names: st.tuples(st.just(names), st.permutations(names))))
def test_the_order_of_the_same_names_finds_each_of_them(both):
    names, among = both
    assert [among[place] for place in find_order(names, among)] == names


@pytest.mark.parametrize(
    ("names", "among", "expected"),
    [
        (("a", "b"), ("B", "A"), (1, 0)),
        (("us", "US"), ("US", "us"), (1, 0)),
        (("a", "b"), ("a", "c"), None),
        (("a", "b"), ("a", "b", "c"), None),
        (("a", "b", "c"), ("a", "b"), None),
        (("us", "US"), ("Us", "uS"), None),
        ((), (), ()),
    ],
)
def test_only_the_same_set_of_names_has_an_order(names, among, expected):
    assert find_order(names, among) == expected


def test_a_name_that_is_spelled_alike_goes_before_one_in_another_case():
    assert mapped(("US", "us"), task=("us", "US")).targets == (1, 0)
