import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.backends.local.engine.batching import GROW_AFTER, BatchBudget, Batcher, Row, pack, similar_rows
from leaderboard.errors import LeaderboardError

CPU = torch.device("cpu")
rows = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=9).map(lambda ids: Row(tuple(ids))), max_size=30)


def sums(batch):
    """What each row's tokens add up to, read where they were laid out."""
    lines = batch.input_ids * batch.attention_mask
    return [
        int(lines[line, start : start + len(row.ids)].sum())
        for row, (line, start) in zip(batch.rows, batch.places, strict=True)
    ]


def batcher(tokens, reads=1000, pad_id=0):
    return Batcher(BatchBudget(tokens, reads), CPU, pad_id=pad_id)


def run(batcher, rows, forward=sums, *, packed=False):
    results = {row: value for batch in batcher.run(rows, forward, packed=packed) for row, value in batch}
    return [results[row] for row in rows]


@given(rows, st.integers(1, 40), st.booleans())
def test_every_row_gets_its_result_whatever_the_budget(rows, budget, packed):
    assert run(batcher(budget, pad_id=7), rows, packed=packed) == [sum(row.ids) for row in rows]


@given(rows, st.integers(1, 40))
def test_every_batch_stays_within_the_budget_or_is_a_single_row(rows, budget):
    shapes = []

    def forward(batch):
        shapes.append(tuple(batch.input_ids.shape))
        return sums(batch)

    run(batcher(budget), rows, forward)
    assert all(count == 1 or count * longest <= budget for count, longest in shapes)


@given(rows, st.integers(1, 40))
def test_packed_batches_hold_no_more_tokens_than_the_budget(rows, budget):
    def forward(batch):
        assert len(batch.rows) == 1 or batch.attention_mask.sum() <= budget
        return sums(batch)

    run(batcher(budget), rows, forward, packed=True)


def test_a_batch_reads_no_more_positions_than_the_budget():
    rows = [Row((index,), ((0, 1), (0, 2))) for index in range(1, 8)]
    sizes = [len(batch) for batch in batcher(1000, reads=5).run(rows, sums)]
    assert sizes == [2, 2, 2, 1]


def test_packed_rows_share_lines():
    lines = []

    def forward(batch):
        lines.append(tuple(batch.input_ids.shape))
        return sums(batch)

    run(batcher(1000), [Row((index,) * (10 * index)) for index in range(1, 7)], forward, packed=True)
    assert lines == [(3, 72)]


def test_packed_batches_hold_rows_of_all_lengths():
    rows = [Row((index,) * index) for index in range(1, 41)]
    first = next(batcher(210).run(rows, sums, packed=True))
    assert sum(len(row.ids) for row, _ in first) > 190
    assert {len(row.ids) for row, _ in first} & set(range(1, 15))
    assert len(first[0][0].ids) == 40


pieces = st.lists(st.integers(1, 20), min_size=1, max_size=40).map(lambda lengths: sorted(lengths, reverse=True))


@given(pieces, st.integers(20, 50))
def test_packed_pieces_neither_overlap_nor_stand_out(lengths, width):
    taken = set()
    for length, (line, start) in zip(lengths, pack(lengths, width), strict=True):
        places = {(line, start + step) for step in range(length)}
        assert start + length <= width
        assert not places & taken
        taken |= places


@given(pieces, st.integers(20, 50))
def test_packing_needs_at_most_twice_the_lines_that_would_do(lengths, width):
    lines = 1 + max(line for line, _ in pack(lengths, width))
    assert lines <= max(1, 2 * -(-sum(lengths) // width))


def test_equal_rows_are_computed_once():
    computed = []

    def forward(batch):
        computed.extend(batch.rows)
        return sums(batch)

    row = Row((1, 2))
    assert run(batcher(100), [row, Row((3,)), row], forward) == [3, 3, 3]
    assert len(computed) == 2


def test_rows_that_read_other_positions_are_other_rows():
    rows = [Row((1, 2), ((0, 1),)), Row((1, 2), ((1, 1),))]
    results = run(batcher(100), rows, lambda batch: [row.reads for row in batch.rows])
    assert results == [((0, 1),), ((1, 1),)]


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
    assert run(batcher(64), rows, memory) == [2 * index for index in range(1, 33)]
    assert max(memory.sizes) <= 10


def test_batches_grow_again_after_a_while():
    memory = Memory(8)
    grows = batcher(64)
    run(grows, [Row((index,)) for index in range(64)], memory)
    memory.tokens, memory.sizes = 1000, []
    run(grows, [Row((index,)) for index in range(64 * GROW_AFTER)], memory)
    assert max(memory.sizes) == 64


def test_a_row_too_long_for_the_memory_is_an_error_that_says_so():
    with pytest.raises(LeaderboardError, match="not enough memory for one row of 3 tokens"):
        run(batcher(64), [Row((1, 2, 3))], Memory(2))


def test_other_runtime_errors_are_not_taken_for_a_lack_of_memory():
    def broken(_batch):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        run(batcher(64), [Row((1,)), Row((2,))], broken)


def test_nothing_to_run_gives_nothing():
    assert run(batcher(64), []) == []


def test_a_batch_ends_where_padding_would_cost_more_than_another_batch():
    lengths = [30, 30, 29, 10, 10, 10, 2]
    assert similar_rows(lengths, batch_cost=64) == 3  # 20 × 4 tokens of padding
    assert similar_rows(lengths[3:], batch_cost=64) == 4  # 8 tokens of padding
    assert similar_rows(lengths, batch_cost=0) == 2
    assert similar_rows([5], batch_cost=0) == 1


@given(rows, st.integers(0, 20))
def test_every_row_gets_its_result_in_batches_of_similar_rows(rows, batch_cost):
    batches = list(batcher(40).run(rows, sums, batch_cost=batch_cost))
    results = {row: value for batch in batches for row, value in batch}
    assert [results[row] for row in rows] == [sum(row.ids) for row in rows]
    for batch in batches:
        lengths = [len(row.ids) for row, _ in batch]
        assert all((lengths[0] - lengths[cut]) * (len(batch) - cut) <= batch_cost for cut in range(1, len(batch)))
