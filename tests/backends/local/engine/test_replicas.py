import threading
from dataclasses import replace

import pytest
import torch

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.features import Features
from leaderboard.backends.local.engine.replicas import at_once, copy_to
from leaderboard.backends.local.engine.scoring import loglikelihoods

CPU = torch.device("cpu")
HEADER = "Review: a great story. Sentiment: positive\nReview: dull and worse. Sentiment: negative\n" * 3
REQUESTS = [
    (f"{HEADER}{start} was", choice)
    for start in ("The film", "The plot of it", "Nobody", "She", "The doctor")
    for choice in (" a wonderful surprise", " dull", " the best answer")
]


def test_replicas_score_as_one_model_does(causal):
    alone = loglikelihoods(Engine(CPU, 1), causal, REQUESTS)
    engine = Engine(CPU, 1, replicas=(CPU, CPU))
    assert loglikelihoods(engine, causal, REQUESTS) == pytest.approx(alone, abs=1e-4)


def test_every_copy_does_a_share_of_the_work_and_is_made_once(encoder):
    engine = Engine(CPU, 1, replicas=(CPU,))
    texts = [f"The film number {number} was dull." for number in range(12)]
    Features(engine, encoder, max_length=64).compute(texts)
    (copy,) = engine._copies[encoder.module]
    rows = []
    copy.module.register_forward_pre_hook(
        lambda _module, _args, named: rows.append(len(named["input_ids"])), with_kwargs=True
    )
    Features(engine, encoder, max_length=64).compute(texts)
    assert engine._copies[encoder.module] == [copy]
    assert sum(rows) == 6


def test_a_single_row_needs_no_copy(encoder):
    engine = Engine(CPU, 1, replicas=(CPU,))
    Features(engine, encoder, max_length=64).compute(["Dull."])
    assert not engine._copies


def test_a_copy_has_weights_of_its_own(encoder):
    copy = copy_to(encoder, CPU)
    assert copy.kind is ModelKind.ENCODER
    assert replace(copy, module=encoder.module) == encoder
    mine, theirs = (next(module.parameters()) for module in (encoder.module, copy.module))
    assert torch.equal(mine, theirs)
    assert mine.data_ptr() != theirs.data_ptr()


def test_streams_run_at_the_same_time():
    """Each waits for the other: one after the other, neither would come to an end."""
    both = threading.Barrier(2, timeout=20)

    def stream(name):
        both.wait()
        yield name

    assert sorted(at_once([stream("one"), stream("other")])) == ["one", "other"]


def test_all_that_streams_give_comes_out_in_the_order_of_each():
    values = list(at_once([iter([("a", 1), ("a", 2)]), iter([]), iter([("b", 1)])]))
    assert sorted(values) == [("a", 1), ("a", 2), ("b", 1)]
    assert values.index(("a", 1)) < values.index(("a", 2))


def test_the_error_of_a_stream_is_raised():
    def broken():
        yield 1
        raise ValueError("lost a device")

    with pytest.raises(ValueError, match="lost a device"):
        list(at_once([broken(), iter(range(1, 100))]))
