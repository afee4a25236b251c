import shutil

import pytest

from leaderboard.axes.accuracy.evaluate_modules.hub_modules import commit_of
from leaderboard.axes.accuracy.evaluate_modules.loaded_models import recorded_models
from leaderboard.axes.accuracy.evaluate_modules.loading import fetch_code, library_versions, load_module
from leaderboard.axes.accuracy.evaluate_modules.settings import ModuleSettings
from leaderboard.errors import RequestError, SourceUnavailableError
from tests.synthetic.evaluate_modules import evaluate_module

LOADING = "leaderboard.axes.accuracy.evaluate_modules.loading"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path / "cache"))


def code_of(name, folder, **settings):
    return fetch_code(name, ModuleSettings(**settings), folder, offline=True)


def test_fetching_runs_no_code_and_other_code_has_another_digest(tmp_path):
    name = evaluate_module(tmp_path, "mine", "return {}", imports="raise RuntimeError('it runs')")
    first = code_of(name, tmp_path)
    assert code_of(name, tmp_path) == first
    with pytest.raises(RequestError, match="its code cannot be loaded: RuntimeError: it runs"):
        load_module(name, ModuleSettings(code=first))
    evaluate_module(tmp_path, "mine", "return {'mine': 1.0}")
    assert code_of(name, tmp_path) != first


def test_the_code_of_the_digest_runs_although_the_folder_changed(tmp_path):
    name = evaluate_module(tmp_path, "mine", "return {'mine': 1.0}")
    old = code_of(name, tmp_path)
    evaluate_module(tmp_path, "mine", "return {'mine': 2.0}")
    new = code_of(name, tmp_path)
    results = [load_module(name, ModuleSettings(code=each))._compute([], []) for each in (old, new)]
    assert results == [{"mine": 1.0}, {"mine": 2.0}]


def test_a_file_beside_the_module_is_imported_and_part_of_the_digest(tmp_path):
    name = evaluate_module(tmp_path, "mine", "return {'mine': value()}", imports="from .beside import value")
    beside = tmp_path / "mine" / "beside.py"
    beside.write_text("def value():\n    return 7.0\n")
    code = code_of(name, tmp_path)
    assert load_module(name, ModuleSettings(code=code))._compute([], []) == {"mine": 7.0}
    beside.write_text("def value():\n    return 8.0\n")
    assert code_of(name, tmp_path) != code


def test_a_pinned_digest_is_checked(tmp_path):
    name = evaluate_module(tmp_path, "mine", "return {}")
    with pytest.raises(RequestError, match="another digest than the task file says"):
        code_of(name, tmp_path, code="0" * 64)


def test_a_missing_package_is_named_in_one_line(tmp_path):
    name = evaluate_module(tmp_path, "mine", "return {}", imports="import rouge_of_nobody")
    with pytest.raises(RequestError, match="needs a package that is not installed: rouge_of_nobody\n"):
        load_module(name, ModuleSettings(code=code_of(name, tmp_path)))


def test_versions_of_imported_distributions_are_known(tmp_path):
    name = evaluate_module(tmp_path, "mine", "return {}", imports="import json\nimport sacrebleu")
    assert list(library_versions(code_of(name, tmp_path))) == ["sacrebleu"]
    (tmp_path / "mine" / "beside.py").write_text("import scipy\n")
    assert list(library_versions(code_of(name, tmp_path))) == ["sacrebleu", "scipy"]


def test_a_folder_without_the_module_is_refused(tmp_path):
    with pytest.raises(RequestError, match=r"is no folder with a file nothing\.py"):
        code_of("./nothing", tmp_path)


def test_a_module_of_the_hub_needs_the_network(tmp_path):
    with pytest.raises(SourceUnavailableError, match=r"space evaluate-metric/rouge\), and --offline was given"):
        code_of("rouge", tmp_path)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Only the addresses are others: a folder has the files that a server would give; commits by revision."""
    monkeypatch.setattr("evaluate.config.HUB_EVALUATE_URL", f"{tmp_path}/{{path}}/{{name}}")
    monkeypatch.setattr("evaluate.loading.increase_load_count", lambda *_, **__: None)
    commits = {None: "a" * 40, "v2": "b" * 40}
    monkeypatch.setattr(f"{LOADING}.commit_of", lambda _, revision: commits.get(revision))
    return commits


def hub_module(tmp_path, value):
    evaluate_module(tmp_path / "evaluate-metric", "mine", f"return {{'mine': {value}}}")


def fetched(tmp_path, *, offline=False, **settings):
    code = fetch_code("mine", ModuleSettings(**settings), tmp_path / "elsewhere", offline=offline)
    return load_module("mine", ModuleSettings(code=code))._compute([], [])["mine"]


def test_a_module_of_the_hub_is_downloaded_file_by_file(tmp_path, hub):
    hub_module(tmp_path, 5.0)
    assert fetched(tmp_path) == 5.0
    with pytest.raises(SourceUnavailableError, match="cannot be fetched from the Hugging Face Hub"):
        fetch_code("theirs", ModuleSettings(), tmp_path, offline=False)


def test_a_module_of_the_hub_is_downloaded_once_for_each_commit(tmp_path, hub):
    hub_module(tmp_path, 5.0)
    fetched(tmp_path)
    hub_module(tmp_path, 6.0)
    assert fetched(tmp_path) == 5.0
    assert fetched(tmp_path, revision="v2") == 6.0
    hub[None] = "c" * 40  # the branch moves
    assert fetched(tmp_path) == 6.0


def test_without_network_the_last_download_of_a_revision_is_used(tmp_path, hub):
    hub_module(tmp_path, 5.0)
    fetched(tmp_path)
    shutil.rmtree(tmp_path / "evaluate-metric")
    assert fetched(tmp_path, offline=True) == 5.0
    with pytest.raises(SourceUnavailableError, match="Run it once without --offline, which downloads it"):
        fetched(tmp_path, offline=True, revision="v2")


def test_where_the_hub_names_no_commit_the_module_is_downloaded(tmp_path, hub):
    hub.clear()
    hub_module(tmp_path, 5.0)
    fetched(tmp_path)
    hub_module(tmp_path, 6.0)
    assert fetched(tmp_path) == 6.0


def test_code_that_a_task_file_pins_needs_no_network_once_it_is_cached(tmp_path, hub):
    hub_module(tmp_path, 5.0)
    code = fetch_code("mine", ModuleSettings(), tmp_path, offline=False)
    shutil.rmtree(tmp_path / "evaluate-metric")
    assert fetched(tmp_path, code=code) == fetched(tmp_path, code=code, offline=True, revision="v2") == 5.0


def test_a_commit_needs_no_request():
    assert commit_of("rouge", "d" * 40) == "d" * 40


def test_models_that_code_opens_are_recorded_with_their_commit(tmp_path):
    config = tmp_path / "models--owner--scorer" / "snapshots" / "abc" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text("{}")
    with recorded_models() as outer:
        config.read_text()
        with recorded_models() as inner:
            (tmp_path / "other").write_text("")
    config.read_text()
    assert (outer, inner) == ({"owner/scorer@abc"}, set())
