from hypothesis import given
from hypothesis import strategies as st

from leaderboard.training.length_bucketing import batches, batches_by_length

LENGTHS = st.lists(st.integers(1, 512), max_size=300)


@given(LENGTHS, st.integers(1, 40), st.integers(0, 5), st.integers(0, 5))
def test_every_example_comes_exactly_once_an_epoch(lengths, size, seed, epoch):
    all_batches = batches(lengths, size, seed=seed, epoch=epoch)
    assert sorted(index for batch in all_batches for index in batch) == list(range(len(lengths)))
    assert all(len(batch) <= size for batch in all_batches)
    assert len(all_batches) == -(-len(lengths) // size)


@given(LENGTHS, st.integers(1, 40))
def test_order_depends_on_seed_and_epoch_alone(lengths, size):
    assert batches(lengths, size, seed=1, epoch=2) == batches(lengths, size, seed=1, epoch=2)


@given(LENGTHS, st.integers(1, 40))
def test_evaluation_takes_every_example_once_longest_first(lengths, size):
    order = [index for batch in batches_by_length(lengths, size) for index in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[index] for index in order] == sorted(lengths, reverse=True)


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = [batches([7] * 64, 4, seed=seed, epoch=epoch) for seed, epoch in ((0, 0), (0, 1), (1, 0))]
    assert len({str(order) for order in orders}) == 3


def test_less_than_a_tenth_is_padding_where_random_batches_pad_two_fifths():
    lengths = [4 + 120 * index // 3200 for index in range(3200)]
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches(lengths, 32, seed=0, epoch=0))
    assert sum(lengths) > 0.9 * padded


def test_batches_of_one_length_are_not_in_order_of_length():
    lengths = list(range(1, 101))
    longest = [max(lengths[index] for index in batch) for batch in batches(lengths, 10, seed=0, epoch=0)]
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)
