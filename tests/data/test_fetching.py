import functools
import hashlib
import http.server
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data import fetching
from leaderboard.data.fetching import locate
from leaderboard.data.source import Source
from leaderboard.errors import RequestError, SourceUnavailableError

COMMIT = "a" * 40


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _source(*locations: dict[str, Any], data: bytes, member: str | None = None) -> Source:
    return Source.model_validate({"locations": locations, "sha256": _sha(data), "member": member})


GITHUB = {"github": "owner/repo", "commit": COMMIT, "path": "data/a.txt"}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that stands for the files of all public repositories."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setattr(fetching, "GITHUB_FILES", f"http://127.0.0.1:{running.server_port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield folder
        running.shutdown()


def _serve(server: Path, data: bytes) -> Path:
    path = server / "owner" / "repo" / COMMIT / "data" / "a.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def test_a_file_beside_the_task_is_read_in_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello")
    assert locate(_source({"file": "a.txt"}, data=b"hello"), folder=tmp_path, offline=True) == tmp_path / "a.txt"


@pytest.mark.parametrize("path", ["link.txt", "linked/secret.txt"])
def test_a_link_out_of_the_tasks_folder_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_bytes(b"hello")
    folder = tmp_path / "tasks"
    folder.mkdir()
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path)
    source = _source({"file": path}, data=b"hello")
    with pytest.raises(RequestError, match="leads out of"):
        locate(source, folder=folder, offline=True)


def test_other_bytes_than_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"changed")
    with pytest.raises(RequestError) as error:
        locate(_source({"file": "a.txt"}, data=b"hello"), folder=tmp_path, offline=True)
    assert _sha(b"hello") in str(error.value)
    assert _sha(b"changed") in str(error.value)


def test_the_mirror_serves_before_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirrored = tmp_path / "mirror" / "github" / "owner" / "repo" / "data" / "a.txt"
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(b"hello")
    monkeypatch.setenv("LEADERBOARD_MIRROR", str(tmp_path / "mirror"))
    assert locate(_source(GITHUB, data=b"hello"), folder=tmp_path, offline=False) == mirrored


@pytest.mark.usefixtures("no_mirror")
def test_a_download_is_kept_and_then_needs_no_network(server: Path, tmp_path: Path, cache: Path) -> None:
    served = _serve(server, b"hello")
    source = _source(GITHUB, data=b"hello")
    path = locate(source, folder=tmp_path, offline=False)
    served.unlink()
    assert path.is_relative_to(cache)
    assert locate(source, folder=tmp_path, offline=True).read_bytes() == b"hello"


@pytest.mark.usefixtures("no_mirror")
def test_a_download_with_other_bytes_leaves_nothing_in_the_cache(server: Path, tmp_path: Path, cache: Path) -> None:
    _serve(server, b"changed")
    with pytest.raises(RequestError, match="wrong checksum"):
        locate(_source(GITHUB, data=b"hello"), folder=tmp_path, offline=False)
    assert not list(cache.rglob("a.txt"))


@pytest.mark.usefixtures("no_mirror")
def test_a_kept_file_that_was_changed_is_downloaded_again(
    server: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _serve(server, b"hello")
    source = _source(GITHUB, data=b"hello")
    path = locate(source, folder=tmp_path, offline=False)
    path.write_bytes(b"broken")
    assert locate(source, folder=tmp_path, offline=False).read_bytes() == b"hello"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.usefixtures("no_mirror", "server")
def test_the_next_location_serves_where_the_first_is_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"hello")
    source = _source(GITHUB, {"package": "no-such-dist", "path": "a"}, {"file": "b.txt"}, data=b"hello")
    assert locate(source, folder=tmp_path, offline=False) == tmp_path / "b.txt"


@pytest.mark.usefixtures("no_mirror")
def test_out_of_reach_names_every_location_and_what_to_do(tmp_path: Path) -> None:
    source = _source(
        GITHUB,
        {"package": "no-such-dist", "path": "a.txt"},
        {"pypi": "no-such-dist==1.0", "path": "a.txt"},
        {"hub": "owner/name", "revision": COMMIT, "path": "a.txt"},
        {"file": "a.txt"},
        data=b"hello",
    )
    with pytest.raises(SourceUnavailableError) as error:
        locate(source, folder=tmp_path, offline=True)
    lines = str(error.value)
    for message in (
        "github owner/repo",
        "LEADERBOARD_MIRROR is not set",
        "'no-such-dist' is not installed",
        "no-such-dist==1.0 is not in the cache",
        "hub owner/name",
        "not in the Hub's cache",
        "does not exist",
        "Drop --offline.",
    ):
        assert message in lines


def test_a_file_that_is_not_there_is_no_matter_of_the_network(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError, match="does not exist") as error:
        locate(_source({"file": "a.txt"}, data=b"hello"), folder=tmp_path, offline=False)
    assert "network" not in str(error.value)
    assert "MIRROR" not in str(error.value)


def test_an_installed_distribution_serves_its_file(tmp_path: Path) -> None:
    path = fetching.installed_file("pydantic", "pydantic/__init__.py")
    source = _source({"package": "pydantic", "path": "pydantic/__init__.py"}, data=path.read_bytes())
    assert locate(source, folder=tmp_path, offline=True) == path


def test_a_member_of_an_archive_is_taken_out_once(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "inside.txt").write_bytes(b"hello")
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "inside.txt", "folder/inside.txt")
    data = (tmp_path / "x.tar.gz").read_bytes()
    source = _source({"file": "x.tar.gz"}, data=data, member="folder/inside.txt")
    first = locate(source, folder=tmp_path, offline=True)
    (tmp_path / "x.tar.gz").unlink()
    assert locate(source, folder=tmp_path, offline=True) == first
    assert first.read_bytes() == b"hello"
    assert first.is_relative_to(cache)


def test_a_hub_file_comes_from_its_cache_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = tmp_path / "hub" / "datasets--owner--name" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "a.txt").write_bytes(b"hello")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    source = _source({"hub": "owner/name", "revision": COMMIT, "path": "a.txt"}, data=b"hello")
    monkeypatch.setattr("huggingface_hub.file_download.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert locate(source, folder=tmp_path, offline=True).read_bytes() == b"hello"


@pytest.mark.usefixtures("no_mirror")
def test_a_local_file_that_was_changed_names_both_ways_out(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"changed")
    with pytest.raises(RequestError, match=r"wrong checksum(?s:.)*tasks init .*b\.txt --force"):
        locate(_source({"file": "b.txt"}, data=b"hello"), folder=tmp_path, offline=False)
