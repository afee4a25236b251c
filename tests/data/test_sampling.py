from hypothesis import given
from hypothesis import strategies as st

from leaderboard.data.examples import TextExample
from leaderboard.data.sampling import content, fixed_sample, position, random_sample, share_of

texts = st.lists(st.text(max_size=20), max_size=60)


def _examples(values: list[str]) -> list[TextExample]:
    return [TextExample(id=str(number), text=text, label=number % 2) for number, text in enumerate(values)]


def _many(n: int = 2000) -> list[TextExample]:
    return _examples([f"text number {index}" for index in range(n)])


def test_content_knows_neither_id_nor_label_nor_case_nor_spacing() -> None:
    one = TextExample(id="1", text="A  Film\n", label=0)
    other = TextExample(id="2", text="a film", label=1)
    assert content(one) == content(other)


def test_position_is_the_first_bits_of_the_digest() -> None:
    # sha256("abc") = ba7816bf8f01cfea…
    assert abs(position("abc") - 0xBA7816BF8F01CFEA / 2**64) < 2**-52
    assert 0 <= position("abc") < 1


@given(texts, st.floats(0, 1))
def test_two_shares_part_the_examples_and_never_equal_texts(values: list[str], cut: float) -> None:
    examples = _examples(values)
    low, high = share_of(examples, 0, cut), share_of(examples, cut, 1)
    assert sorted(example.id for example in low + high) == sorted(example.id for example in examples)
    assert not {content(example) for example in low} & {content(example) for example in high}


def test_a_share_has_about_its_size() -> None:
    assert abs(len(share_of(_many(), 0.2, 0.5)) - 600) < 80  # four standard deviations of a binomial


def test_fixed_rows_keep_the_order_of_the_file_and_do_not_follow_the_share() -> None:
    examples = _many()
    chosen = fixed_sample(examples, 200)
    ids = [int(example.id) for example in chosen]
    assert len(ids) == 200
    assert ids == sorted(ids)
    in_lower_half = len(share_of(chosen, 0, 0.5))
    assert 70 < in_lower_half < 130


@given(texts, st.integers(0, 60), st.integers(0, 60), st.integers(0, 5))
def test_a_smaller_limit_is_a_prefix_of_a_larger_one(values: list[str], a: int, b: int, seed: int) -> None:
    examples = _examples(values)
    small, large = sorted((a, b))
    assert random_sample(examples, small, seed) == random_sample(examples, large, seed)[:small]


def test_another_seed_draws_others_and_the_place_in_the_file_does_not_matter() -> None:
    examples = _many(200)
    first = random_sample(examples, 20, seed=0)
    assert first != random_sample(examples, 20, seed=1)
    assert first == random_sample(examples[::-1], 20, seed=0)


def test_a_share_never_parts_a_group() -> None:
    examples = [TextExample(id=str(n), text=f"text {n}", group=f"author {n % 50}") for n in range(500)]
    low, high = share_of(examples, 0, 0.6), share_of(examples, 0.6, 1)
    assert low
    assert high
    assert not {each.group for each in low} & {each.group for each in high}
    apart = [each.model_copy(update={"group": None}) for each in examples]
    assert [each.id for each in low] != [each.id for each in share_of(apart, 0, 0.6)]


def test_content_does_not_depend_on_the_group() -> None:
    assert content(TextExample(id="1", text="a", group="x")) == content(TextExample(id="1", text="a"))


def test_changed_forms_are_drawn_with_their_texts() -> None:
    texts = [TextExample(id=str(number), text=f"text {number}", label=0) for number in range(50)]
    upper = [each.model_copy(update={"text": each.text.upper() + "!", "original": each.text}) for each in texts]
    pairs = [TextExample(id=str(number), text=f"text {number}", second="b", label=0) for number in range(50)]
    other = [each.model_copy(update={"second": "c", "original": each.content}) for each in pairs]
    for originals, forms in ((texts, upper), (pairs, other)):
        drawn = [[each.id for each in random_sample(side, 10, seed=3)] for side in (originals, forms)]
        assert drawn[0] == drawn[1]
