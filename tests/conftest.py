import os
import shutil
from pathlib import Path

import pytest
import torch

from leaderboard.engine.engine import Engine
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.store.database import open_store
from leaderboard.studies.asking import GoalRequest
from leaderboard.studies.stored import StoredStudy, stored_study
from leaderboard.tasks import default_catalogue
from leaderboard.testing.models import tiny_bert, tiny_llama
from leaderboard.testing.searches import Tried, write_search


@pytest.fixture(autouse=True)
def _nothing_outside_the_test(tmp_path, monkeypatch, request):
    """No test writes to the user's cache or store; tests with real weights share a cache that is worth keeping."""
    for name in ("LEADERBOARD_STORE", "LEADERBOARD_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    if request.node.get_closest_marker("weights") is None:
        monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The data mirror, for tests marked `mirror`."""
    named = os.environ.get("LEADERBOARD_MIRROR")
    if not named or not Path(named).is_dir():
        pytest.skip("LEADERBOARD_MIRROR does not name a mirror of the public data")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def causal_folder(tmp_path_factory) -> Path:
    return tiny_llama(tmp_path_factory.mktemp("models") / "tiny-llama")


@pytest.fixture(scope="session")
def masked_folder(tmp_path_factory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("models") / "tiny-encoder", masked_head=False)


def loaded(folder: Path, kind: ModelKind) -> LoadedModel:
    from transformers import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

    family = {ModelKind.CAUSAL: AutoModelForCausalLM, ModelKind.MASKED: AutoModelForMaskedLM}.get(kind, AutoModel)
    module = family.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return LoadedModel(
        folder.name, str(folder), folder, kind, module, tokenizer, torch.device("cpu"), module.dtype, 128
    )


@pytest.fixture(scope="session")
def causal(causal_folder) -> LoadedModel:
    return loaded(causal_folder, ModelKind.CAUSAL)


@pytest.fixture(scope="session")
def masked(masked_folder) -> LoadedModel:
    return loaded(masked_folder, ModelKind.MASKED)


@pytest.fixture(scope="session")
def encoder(encoder_folder) -> LoadedModel:
    return loaded(encoder_folder, ModelKind.ENCODER)


@pytest.fixture
def engine() -> Engine:
    return Engine(torch.device("cpu"), threads=1)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory) -> Path:
    """An empty store in a file, to be copied: that is faster than to migrate one for each test."""
    file = tmp_path_factory.mktemp("stores") / "empty.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def study(tmp_path, empty_file):
    """Writes a search of these trials, those of `write_search` where none are given, and reads it back."""

    def written(*tried: Tried, **goal) -> StoredStudy:
        shutil.copy(empty_file, tmp_path / "store.db")
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        write_search(store, GoalRequest(**goal), *([tried] if tried else []))
        found = stored_study(store, default_catalogue(), "better")
        store.close()
        return found

    return written
