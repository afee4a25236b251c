"""A search of tasks that do not come with the program: what it keeps of them, and when it cannot go on."""

import pytest

from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.studies.study_suite import StudySuite, readable_tasks, study_suite, with_study_suite
from leaderboard.tasks import Catalogue, default_catalogue
from tests.synthetic.tasks import small_task


@pytest.fixture
def file(tmp_path):
    small_task(tmp_path, name="reviews")
    path = tmp_path / "mine.yaml"
    path.write_text("from: accuracy/reviews.yaml\naxes: [accuracy, privacy, latency]\n")
    return path


@pytest.fixture
def kept(file) -> StudySuite:
    """As a store gives it back."""
    catalogue = default_catalogue()
    stored = study_suite(catalogue, catalogue.suite(str(file)))
    return StudySuite.model_validate(stored.model_dump(mode="json"))


def test_nothing_is_kept_of_a_suite_of_the_program():
    catalogue = default_catalogue()
    assert study_suite(catalogue, catalogue.suite("demo")) is None
    assert with_study_suite(catalogue, "demo", None) is catalogue
    assert list(readable_tasks(catalogue, "demo", None)) == list(catalogue.suite("demo").tasks)


def test_a_search_reads_its_tasks_without_their_files(kept, file):
    file.unlink()
    tasks = readable_tasks(Catalogue(), "mine", kept)
    assert list(tasks) == ["reviews", "membership_reviews", "latency_reviews"]
    assert tasks["membership_reviews"].headlines == ("leak_auc",)


def test_a_search_goes_on_with_the_tasks_of_its_file(kept, file):
    catalogue = with_study_suite(default_catalogue(), "mine", kept)
    assert catalogue.task("reviews").folder == file.parent / "accuracy"
    assert catalogue.suite("mine").tasks == tuple(kept.digests)


def test_words_for_people_may_change_meanwhile(kept, file):
    file.write_text(file.read_text() + "description: Other words.\n")
    assert with_study_suite(default_catalogue(), "mine", kept).suite("mine").description == "Other words."


@pytest.mark.parametrize(
    ("name", "change", "subject"),
    [
        ("accuracy/reviews.yaml", ("version: 1", "version: 2"), "task 'latency_reviews' of suite 'mine'"),
        ("mine.yaml", ("privacy, latency", "privacy"), "task 'latency_reviews' of suite 'mine'"),
        ("mine.yaml", ("axes:", "adapt_to: sst2\naxes:"), "suite 'mine'"),
    ],
)
def test_a_search_does_not_go_on_with_other_tasks(kept, file, name, change, subject):
    changed = file.parent / name
    changed.write_text(changed.read_text().replace(*change, 1))
    with pytest.raises(RequestError, match=rf"mine\.yaml: {subject} has changed[\s\S]*another --study"):
        with_study_suite(default_catalogue(), "mine", kept)


def test_a_search_does_not_go_on_without_its_file(kept, file):
    file.unlink()
    with pytest.raises(RequestError, match=r"mine\.yaml: suite 'mine' of the search is not there any more"):
        with_study_suite(default_catalogue(), "mine", kept)


def test_a_search_does_not_go_on_without_the_package_that_brought_its_suite(kept):
    brought = kept.model_copy(update={"file": ""})
    with pytest.raises(RequestError, match="suite 'mine' of the search is not installed any more"):
        with_study_suite(default_catalogue(), "mine", brought)


@pytest.mark.slow
def test_a_search_does_not_go_on_with_other_data(searching):
    catalogue = searching.catalogue
    definition = searching.definition(carried=study_suite(catalogue, catalogue.suite("small")))
    searching.search(definition, trials=1)
    data = searching.tasks / "accuracy" / "small.tsv"
    data.write_text(data.read_text() + "1000\t1\tOne more.\n")
    with pytest.raises(LeaderboardError, match=r"small\.tsv.*wrong checksum"):
        searching.search(definition, trials=2)
