import csv
import io
import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from leaderboard.cache import subject_folders as shelving
from leaderboard.cache.kinds import CacheKind
from leaderboard.cache.prepared_subjects import ensure_prepared, work_folder
from leaderboard.cache.subject_folders import RECORD
from leaderboard.settings import cache_folder

OLD, NEW, WORK = "a" * 64, "b" * 64, "c" * 64
LONG_AGO = 1_600_000_000


@pytest.fixture
def kept() -> Path:
    """Two subjects, of 2020 and of now, an unfinished training, and kept answers."""

    def make(folder):
        (folder / "weights").write_bytes(bytes(2_000_000))
        return {"model": "[b]tiny[/b]", "recipe": {"recipe": "finetune"}, "task": "sst2", "seed": 3, "training": []}

    os.utime(ensure_prepared(OLD, make) / RECORD, (LONG_AGO, LONG_AGO))
    ensure_prepared(NEW, make)
    shelving._hold.cache_clear()
    (work_folder(WORK) / "checkpoint").write_bytes(bytes(500))
    (cache_folder() / "answers").mkdir()
    (cache_folder() / "answers" / "x.sqlite").write_bytes(bytes(7000))
    return cache_folder()


@pytest.mark.usefixtures("kept")
def test_list_shows_subjects_and_other_parts_with_their_sizes(leaderboard):
    rows = json.loads(leaderboard("cache", "list", "--format", "json").out)
    by_key = {row["key"]: row for row in rows}
    assert [row["key"] for row in rows] == [WORK, NEW, OLD, None]
    old = by_key[OLD]
    assert (old["kind"], old["name"], old["task"], old["seed"]) == ("prepared", "[b]tiny[/b]/finetune", "sst2", 3)
    assert 2_000_000 < old["size"] < 2_001_000
    assert datetime.fromisoformat(old["last_used"]).timestamp() == LONG_AGO
    assert (by_key[WORK]["kind"], by_key[WORK]["size"], by_key[WORK]["in_use"]) == ("unfinished", 500, False)
    assert (by_key[None]["kind"], by_key[None]["name"], by_key[None]["size"]) == ("part", "answers", 7000)


@pytest.mark.usefixtures("kept")
def test_list_fits_80_columns_and_names_limit_and_total(leaderboard, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    output = leaderboard("cache", "list").out
    assert max(map(len, output.splitlines())) <= 80
    flat = " ".join(output.split())
    assert "[b]tiny[/b]/finetune" in output
    assert "takes 4.01 MB and may take at most 50 GB (LEADERBOARD_CACHE_LIMIT)" in flat


def test_every_kind_is_listed_with_its_content_and_size(leaderboard, kept):
    others = [kind for kind in CacheKind if kind is not CacheKind.SUBJECTS]
    for number, kind in enumerate(others, 1):
        (kept / kind).mkdir(exist_ok=True)
        (kept / kind / "x").write_bytes(bytes(1000 * number))
    (kept / "mine").mkdir()
    rows = json.loads(leaderboard("cache", "list", "--format", "json").out)
    sizes = {row["name"]: row["size"] for row in rows if row["kind"] == "part"}
    assert sizes == {kind.value: 1000 * number for number, kind in enumerate(others, 1)} | {"answers": 8000, "mine": 0}
    table = " ".join(leaderboard("cache", "list").out.split())
    assert all(f"{kind} {kind.content}" in table for kind in others)
    assert "mine not of this program" in table


@pytest.mark.usefixtures("kept")
def test_list_in_other_formats(leaderboard):
    rows = list(csv.DictReader(io.StringIO(leaderboard("cache", "list", "--format", "csv").out)))
    assert [row["kind"] for row in rows] == ["unfinished", "prepared", "prepared", "part"]
    markdown = leaderboard("cache", "list", "--format", "markdown").out
    assert "| part | answers |  |  | 7 kB |  |  |" in markdown


def test_list_of_no_cache_is_empty_and_makes_none(leaderboard):
    assert leaderboard("cache", "list", "--format", "json").out == "[]\n"
    assert "takes 0 B" in leaderboard("cache", "list").out
    assert leaderboard("cache", "prune", "--all").out == f"{cache_folder()}: the cache does not exist yet\n"
    assert not cache_folder().exists()


def test_prune_says_what_it_removed_and_what_that_freed(leaderboard, kept):
    result = leaderboard("cache", "prune", "--older-than", "30d")
    assert result.out.splitlines() == [
        "removed [b]tiny[/b]/finetune  on sst2  aaaaaaaa  2.00 MB",
        "freed 2.00 MB; 2.01 MB left",
    ]
    assert not (kept / "subjects" / OLD).exists()
    assert (kept / "answers" / "x.sqlite").exists()


def test_dry_run_removes_nothing(leaderboard, kept):
    output = leaderboard("cache", "prune", "--all", "--dry-run").out
    assert output.count("would remove ") == 4
    assert "would remove answers (what models answered, 1 of them)" in output
    assert "would free 4.01 MB; 0 B would be left" in output
    assert (kept / "subjects" / OLD).is_dir()


def test_all_removes_everything_of_ours_and_nothing_else(leaderboard, kept, tmp_path):
    others = [kind for kind in CacheKind if kind is not CacheKind.SUBJECTS]
    for kind in others:
        (kept / kind / "deeper").mkdir(parents=True, exist_ok=True)
        (kept / kind / "deeper" / "file").write_bytes(bytes(1000))
    (kept / "mine").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (kept / "data" / "deeper" / "file").unlink()
    (kept / "data" / "link").symlink_to(tmp_path / "elsewhere")
    assert leaderboard("cache", "prune", "--all").status == 0
    left = {path for kind in CacheKind for path in (kept / kind).rglob("*") if path.suffix != ".lock"}
    assert left <= {kept / "subjects" / "work"}
    assert (kept / "mine").is_dir()
    assert (tmp_path / "elsewhere").is_dir()


def test_prune_without_options_goes_down_to_the_limit(leaderboard, kept, monkeypatch):
    assert leaderboard("cache", "prune").out == "nothing to remove; 4.01 MB left\n"
    monkeypatch.setenv("LEADERBOARD_CACHE_LIMIT", "3MB")
    assert "removed [b]tiny[/b]/finetune  on sst2  aaaaaaaa" in leaderboard("cache", "prune").out
    assert (kept / "subjects" / NEW).is_dir()


def test_prune_tells_what_is_in_use(leaderboard, kept):
    ensure_prepared(NEW, lambda folder: pytest.fail("prepared already"))
    output = leaderboard("cache", "prune", "--subject", "bbbb").out
    assert output.startswith("kept because it is in use: [b]tiny[/b]/finetune  on sst2  bbbbbbbb")
    assert "nothing to remove" in output
    assert (kept / "subjects" / NEW).is_dir()
    assert "in use now" in " ".join(leaderboard("cache", "list").out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--older-than", "5m"], "--older-than: '5m' is not an age"),
        (["--older-than", ""], "--older-than: '' is not an age"),
        (["--to", "-1GB"], "--to: '-1GB' is not a size"),
        (["--subject", "aaab"], "--subject: unknown prepared subject 'aaab'"),
        (["--all", "--to", "5GB"], "--all cannot be combined"),
    ],
)
def test_wrong_wish_is_explained_and_removes_nothing(leaderboard, kept, arguments, message):
    result = leaderboard("cache", "prune", *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert len(list((kept / "subjects").glob("[abc]*"))) == 2


@pytest.mark.usefixtures("kept")
def test_wrong_limit_is_explained(leaderboard, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE_LIMIT", "much")
    for command in ("list", "prune"):
        result = leaderboard("cache", command)
        assert result.status == 2
        assert "LEADERBOARD_CACHE_LIMIT: 'much' is not a size" in result.err
