import pytest
import yaml

from leaderboard.evaluation.data_changes import data_changes
from tests.synthetic.tasks import small_task


@pytest.fixture
def rows(world):
    return world.tasks / "accuracy" / "small.tsv"


def changes(world, folder, **request):
    (outcome,) = world.run(world.plans(folder, **request))
    assert outcome.served
    return outcome.data_changes


def test_data_that_stays_is_nothing_to_tell(world, encoder_folder):
    (first,) = world.run(world.plans(encoder_folder))
    assert first.data_changes == ()
    assert changes(world, encoder_folder) == ()


def test_a_stored_result_of_changed_data_says_so(world, encoder_folder, rows):
    world.run(world.plans(encoder_folder))
    rows.write_text(rows.read_text().replace("dull", "DULL"))
    assert changes(world, encoder_folder) == (
        "small.tsv no longer has the pinned digest; the stored result is of the earlier file",
    )


@pytest.mark.slow
def test_a_stored_result_of_deleted_data_says_so(world, encoder_folder, rows):
    world.run(world.plans(encoder_folder))
    rows.unlink()
    assert changes(world, encoder_folder) == ("small.tsv no longer exists; the stored result is of the earlier file",)


@pytest.mark.slow
def test_so_does_one_of_data_that_was_only_learned_from(world, encoder_folder, rows):
    other = small_task(world.tasks, name="other", adapt_to="small")
    world.run(world.plans(encoder_folder, names=("other",)))
    rows.unlink()
    assert changes(world, encoder_folder, names=("other",)) == (
        "small.tsv no longer exists; the stored result is of the earlier file",
    )
    assert yaml.safe_load(other.read_text())["adapt_to"] == "small"


@pytest.mark.slow
def test_what_can_be_fetched_again_is_not_gone(world, encoder_folder, rows, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_MIRROR", str(tmp_path / "mirror"))
    path = world.tasks / "accuracy" / "small.yaml"
    task = yaml.safe_load(path.read_text())
    place = {"github": "owner/repo", "commit": "a" * 40, "path": "data/small.tsv"}
    for split in task["data"]["splits"].values():
        split["source"] = {"locations": [place], "sha256": split["source"]["sha256"]}
    path.write_text(yaml.safe_dump(task, sort_keys=False))
    mirrored = tmp_path / "mirror" / "github" / "owner" / "repo" / "data" / "small.tsv"
    mirrored.parent.mkdir(parents=True)
    rows.rename(mirrored)
    world.run(world.plans(encoder_folder))
    assert changes(world, encoder_folder) == ()
    mirrored.write_text("other rows")
    assert changes(world, encoder_folder) == (
        "small.tsv no longer has the pinned digest; the stored result is of the earlier file",
    )
    mirrored.unlink()
    assert changes(world, encoder_folder) == ()


def test_nothing_is_told_of_a_task_without_data(world, causal_folder):
    small_task(
        world.tasks, name="questions", protocol="lm_eval", data=None, prompt=None, metrics=["accuracy"],
        parameters={"task": "anything"},
    )  # fmt: skip
    (plan,) = world.plans(causal_folder, names=["questions"], recipe="zero_shot")
    assert data_changes(plan, world.catalogue()) == ()
