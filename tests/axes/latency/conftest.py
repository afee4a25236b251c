from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from leaderboard.engine.engine import Engine
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.testing.models import tiny_llama


@pytest.fixture
def engine():
    return Engine(torch.device("cpu"), threads=1)


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder: Path = tiny_llama(tmp_path_factory.mktemp("llama"))
    module = LlamaForCausalLM.from_pretrained(folder).eval()
    return LoadedModel(
        name="tiny-llama",
        identity="tiny-llama",
        folder=folder,
        kind=ModelKind.CAUSAL,
        module=module,
        tokenizer=AutoTokenizer.from_pretrained(folder),
        device=torch.device("cpu"),
        dtype=torch.float32,
        max_length=128,
    )
