from pathlib import Path

import pytest

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.model_files import check_folder, is_model_file, kind_of
from leaderboard.errors import RequestError


@pytest.mark.parametrize("name", ["pytorch_model.bin", "heads.pt", "model.ckpt", "modeling_custom.py", "README.md"])
def test_pickles_and_code_are_no_model_files(name: str) -> None:
    assert not is_model_file(name)


@pytest.mark.parametrize("name", ["config.json", "model-00001-of-00002.safetensors", "spiece.model", "merges.txt"])
def test_weights_configuration_and_vocabularies_are(name: str) -> None:
    assert is_model_file(name)


def _folder(at: Path, *names: str) -> Path:
    at.mkdir(parents=True)
    for name in names:
        (at / name).touch()
    return at


@pytest.mark.parametrize("vocabulary", ["tokenizer.json", "vocab.txt", "spiece.model"])
def test_a_model_has_configuration_weights_and_vocabulary(tmp_path: Path, vocabulary: str) -> None:
    check_folder(_folder(tmp_path / "m", "config.json", "model.safetensors", vocabulary), "m")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["model.safetensors", "tokenizer.json"], "there is no config.json"),
        (["reviews.csv"], r"(?s)no config\.json.*holds data \(reviews\.csv\), which is measured with --data FILE"),
        (["model.gguf"], r"(?s)no config\.json.*name the file: model\.gguf"),
        ([], r"(?s)no config\.json.*This one is empty"),
        (["config.json", "pytorch_model.bin", "tokenizer.json"], "no weights in safetensors format"),
        (["config.json", "tokenizer.json", "._model.safetensors"], "no weights in .*\n  A model has model.safetensors"),
        (["config.json", "model.safetensors", "tokenizer_config.json"], "no tokenizer"),
    ],
)
def test_what_a_model_lacks_is_reported(tmp_path: Path, names: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        check_folder(_folder(tmp_path / "m", *names), "m")


def test_a_folder_of_models_names_them(tmp_path: Path) -> None:
    for name in ("one", "two"):
        _folder(tmp_path / name, "config.json")
    with pytest.raises(RequestError, match="Models in it: all/one, all/two"):
        check_folder(tmp_path, "all")


@pytest.mark.parametrize("architectures", [None, [], [3], "BertModel", ["BertModel"]])
def test_a_head_that_nobody_knows_is_none(architectures: object) -> None:
    assert kind_of({"architectures": architectures}, "m") is ModelKind.ENCODER
