import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState
from torch.nn import functional

from leaderboard.training.scoring import SearchScore, score_search_split


@pytest.fixture
def accelerator():
    yield Accelerator(cpu=True)
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


@pytest.mark.parametrize("batch_size", [1, 5, 16])
def test_search_split_is_scored_as_a_whole_whatever_the_batches(accelerator, fresh, sentiment, batch_size):
    module = fresh().eval()
    batch = sentiment.collate(sentiment.search)
    with torch.no_grad():
        logits = module(**batch.inputs).logits
    score = score_search_split(lambda **inputs: module(**inputs).logits, sentiment, accelerator, batch_size=batch_size)
    assert score.loss == pytest.approx(float(functional.cross_entropy(logits, batch.targets)))
    assert score.score == float((logits.argmax(-1) == batch.targets).double().mean())


@pytest.mark.parametrize(
    ("one", "other", "better"),
    [
        (SearchScore(loss=2.0, score=0.6), SearchScore(loss=1.0, score=0.5), True),
        (SearchScore(loss=0.5, score=0.5), SearchScore(loss=1.0, score=0.5), True),
        (SearchScore(loss=1.0, score=0.5), SearchScore(loss=1.0, score=0.5), False),
        (SearchScore(loss=0.1, score=0.4), SearchScore(loss=1.0, score=0.5), False),
    ],
)
def test_better_is_a_higher_score_then_a_lower_loss(one, other, better):
    assert one.better_than(other) is better
