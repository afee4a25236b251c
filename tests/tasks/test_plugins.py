"""Folders of task files that installed packages bring."""

import logging

import pytest

from leaderboard.tasks import catalogue as catalogues
from leaderboard.tasks import default_catalogue, plugins
from tests.synthetic.tasks import small_task


@pytest.fixture
def bring(tmp_path, monkeypatch, distribution):
    """Installs a package whose folder `tasks` has the files that a function writes."""

    def brought(write, *, value="a_plugin_of_tests.tasks"):
        folder = tmp_path / "a_plugin_of_tests" / "tasks"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").write_text("raise ImportError('is not imported')")
        write(folder)
        monkeypatch.syspath_prepend(str(tmp_path))
        distribution("reviews-of-tests", plugins.GROUP, {"reviews": value}, "")
        catalogues._installed.cache_clear()
        return default_catalogue()

    yield brought
    monkeypatch.undo()
    catalogues._installed.cache_clear()


def test_tasks_and_suites_of_a_package_are_those_of_the_program(bring):
    def write(folder):
        small_task(folder, name="brought")
        (folder / "suites").mkdir()
        (folder / "suites" / "brought.yaml").write_text("from: brought\naxes: [privacy]\n")

    catalogue = bring(write)
    assert catalogue.suite("brought").tasks == ("membership_brought",)
    assert not catalogue.is_bundled(catalogue.suite("brought"))
    assert "sst2" in catalogue.tasks


def test_a_package_with_a_broken_file_is_left_out_as_a_whole_with_a_warning(bring, caplog):
    def write(folder):
        small_task(folder, name="brought")
        (folder / "broken.yaml").write_text("name: [")

    with caplog.at_level(logging.WARNING):
        catalogue = bring(write)
    assert "brought" not in catalogue.tasks
    assert "sst2" in catalogue.tasks
    assert "plug-in 'reviews': its tasks are ignored" in caplog.text
    assert "broken.yaml" in caplog.text


def test_a_package_cannot_take_the_name_of_a_task_of_the_program(bring, caplog):
    with caplog.at_level(logging.WARNING):
        catalogue = bring(lambda folder: small_task(folder, name="sst2"))
    assert catalogue.task("sst2").version > 0
    assert "a task named 'sst2' exists already" in caplog.text


def test_a_package_without_its_folder_is_reported(bring, caplog):
    with caplog.at_level(logging.WARNING):
        bring(lambda folder: None, value="a_plugin_of_tests.elsewhere")
    assert "a_plugin_of_tests.elsewhere has no folder of files" in caplog.text


@pytest.mark.parametrize("value", ["!!!", "", "__main__", "a_plugin_of_tests..tasks"])
def test_an_entry_point_that_names_no_module_leaves_the_other_tasks(bring, caplog, value):
    with caplog.at_level(logging.WARNING):
        catalogue = bring(lambda folder: None, value=value)
    assert "sst2" in catalogue.tasks
    assert ("has no folder of files" in caplog.text) == (value != "a_plugin_of_tests..tasks")
