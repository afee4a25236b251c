"""Portions: what a search sees and what it does not."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.data.examples import CounterfactualExample, Example, Splits, TextExample
from leaderboard.data.portions import Portion, limited_splits, portion_examples, portion_of


def _texts(split: str, n: int) -> list[TextExample]:
    return [TextExample(id=f"{split}-{number}", text=f"{split} text {number}", label=number % 2) for number in range(n)]


def _splits(**named: Sequence[Example]) -> Splits:
    return Splits({name: lambda examples=examples: examples for name, examples in named.items()})


def test_a_search_is_asked_about_its_own_split_where_there_is_one() -> None:
    splits = _splits(train=_texts("train", 4), search=_texts("search", 3), test=_texts("test", 5))
    assert portion_of(splits, Portion.SEARCH)["test"] == splits["search"]
    assert portion_of(splits, Portion.HELD_OUT)["test"] == splits["test"]
    assert portion_of(splits, Portion.WHOLE) is splits


@pytest.mark.parametrize("portion", [Portion.SEARCH, Portion.HELD_OUT])
def test_what_a_subject_is_made_from_stays_whole(portion: Portion) -> None:
    splits = _splits(train=_texts("train", 20), nonmembers=_texts("nonmembers", 20), test=_texts("test", 20))
    assert portion_of(splits, portion)["train"] == splits["train"]
    assert portion_of(splits, portion)["nonmembers"] == splits["nonmembers"]


def test_what_a_classifier_of_answers_is_made_from_stays_whole() -> None:
    splits = _splits(toxicity=_texts("toxicity", 20), test=_texts("test", 20))
    assert portion_of(splits, Portion.SEARCH, whole=("toxicity",))["toxicity"] == splits["toxicity"]
    limited = limited_splits(splits, 3, 0, whole=("toxicity",))
    assert [len(limited[name]) for name in ("toxicity", "test")] == [20, 3]


def test_a_search_is_not_shown_the_distribution_it_is_scored_on_at_home() -> None:
    splits = _splits(home=_texts("home", 20), tweets=_texts("tweets", 20))
    assert set(portion_of(splits, Portion.SEARCH)) == {"tweets"}
    assert portion_of(splits, Portion.HELD_OUT)["home"] == splits["home"]


def test_other_splits_are_dealt_out_in_two_halves_that_share_nothing() -> None:
    splits = _splits(tweets=_texts("tweets", 400))
    sides = [portion_of(splits, portion)["tweets"] for portion in (Portion.SEARCH, Portion.HELD_OUT)]
    assert sorted(each.id for side in sides for each in side) == sorted(each.id for each in splits["tweets"])
    assert 160 < len(sides[0]) < 240


def test_texts_that_are_numbered_alike_lie_on_the_same_side() -> None:
    original, edited = (
        {each.id.partition("-")[2] for each in portion_examples(_texts(split, 100), Portion.SEARCH, split=split)}
        for split in ("reviews", "edited")
    )
    assert original == edited


def test_all_forms_of_a_template_lie_on_the_same_side() -> None:
    pairs = [
        CounterfactualExample(id=f"{template}/{form}", text="a", counterfactual="b", category="c", template=template)
        for template in map(str, range(40))
        for form in range(3)
    ]
    kept = portion_examples(pairs, Portion.SEARCH)
    assert {sum(pair.template == template for pair in kept) for template in {pair.template for pair in kept}} == {3}


@given(st.lists(st.text(min_size=1), unique=True), st.sampled_from([Portion.SEARCH, Portion.HELD_OUT]))
def test_the_side_of_an_example_does_not_depend_on_the_others(ids: list[str], portion: Portion) -> None:
    examples = [TextExample(id=each, text="text") for each in ids]
    assert portion_examples(examples, portion) == [each for each in examples if portion_examples([each], portion)]


def test_a_limit_counts_what_the_portion_left() -> None:
    splits = portion_of(_splits(tweets=_texts("tweets", 400)), Portion.SEARCH)
    assert len(limited_splits(splits, 64, seed=0)["tweets"]) == 64


def test_a_group_of_texts_lies_on_one_side() -> None:
    texts = [TextExample(id=f"ood-{n}", text=f"text {n}", group=f"author {n % 20}") for n in range(200)]
    sides = [portion_examples(texts, portion, split="ood") for portion in (Portion.SEARCH, Portion.HELD_OUT)]
    assert all(sides)
    assert not {each.group for each in sides[0]} & {each.group for each in sides[1]}
