import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.engine.batching import GROW_AFTER, Batcher, Row
from leaderboard.errors import LeaderboardError

CPU = torch.device("cpu")
rows = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=9).map(lambda ids: Row(tuple(ids))), max_size=30)


def sums(batch):
    return (batch.input_ids * batch.attention_mask).sum(1).tolist()


@given(rows, st.integers(1, 40))
def test_results_come_in_the_order_of_the_rows_whatever_the_budget(rows, budget):
    assert Batcher(budget, CPU).run(rows, sums, pad_id=7) == [sum(row.ids) for row in rows]


@given(rows, st.integers(1, 40))
def test_every_batch_stays_within_the_budget_or_is_a_single_row(rows, budget):
    shapes = []

    def forward(batch):
        shapes.append(tuple(batch.input_ids.shape))
        return sums(batch)

    Batcher(budget, CPU).run(rows, forward, pad_id=0)
    assert all(count == 1 or count * longest <= budget for count, longest in shapes)


def test_equal_rows_are_computed_once():
    seen = []

    def forward(batch):
        seen.extend(batch.rows)
        return sums(batch)

    row = Row((1, 2))
    assert Batcher(100, CPU).run([row, Row((3,)), row], forward, pad_id=0) == [3, 3, 3]
    assert len(seen) == 2


def test_rows_that_read_other_positions_are_other_rows():
    results = Batcher(100, CPU).run(
        [Row((1, 2), ((0, 1),)), Row((1, 2), ((1, 1),))], lambda batch: [row.reads for row in batch.rows], pad_id=0
    )
    assert results == [((0, 1),), ((1, 1),)]


def test_progress_counts_every_row_once():
    told = []
    Batcher(2, CPU).run([Row((1,)), Row((1,)), Row((2, 3))], sums, pad_id=0, done=told.append)
    assert sum(told) == 3


class Memory:
    """A forward function that fits a certain number of tokens."""

    def __init__(self, tokens, error=None):
        self.tokens = tokens
        self.error = error or torch.OutOfMemoryError("CUDA out of memory")
        self.sizes = []

    def __call__(self, batch):
        if batch.input_ids.numel() > self.tokens:
            raise self.error
        self.sizes.append(batch.input_ids.numel())
        return sums(batch)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: not enough memory")]
)
def test_batches_shrink_until_they_fit(error):
    rows = [Row((index, index)) for index in range(1, 33)]
    memory = Memory(10, error)
    assert Batcher(64, CPU).run(rows, memory, pad_id=0) == [2 * index for index in range(1, 33)]
    assert max(memory.sizes) <= 10


def test_batches_grow_again_after_a_while():
    memory = Memory(8)
    batcher = Batcher(64, CPU)
    batcher.run([Row((index,)) for index in range(64)], memory, pad_id=0)
    memory.tokens, memory.sizes = 1000, []
    batcher.run([Row((index,)) for index in range(64 * GROW_AFTER)], memory, pad_id=0)
    assert max(memory.sizes) == 64


def test_a_row_too_long_for_the_memory_is_an_error_that_says_so():
    with pytest.raises(LeaderboardError, match="not enough memory for one row of 3 tokens"):
        Batcher(64, CPU).run([Row((1, 2, 3))], Memory(2), pad_id=0)


def test_other_runtime_errors_are_not_taken_for_a_lack_of_memory():
    def broken(_batch):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        Batcher(64, CPU).run([Row((1,)), Row((2,))], broken, pad_id=0)


def test_nothing_to_run_gives_nothing():
    assert Batcher(64, CPU).run([], sums, pad_id=0) == []
