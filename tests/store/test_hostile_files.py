"""Store files that somebody else wrote: what computes, never ends or is no store is refused in one message."""

import os
import shutil
import sqlite3
import struct
import time
from contextlib import closing
from pathlib import Path

import pytest

from leaderboard.errors import LeaderboardError
from leaderboard.store import sqlite_guards
from leaderboard.store.database import open_existing, open_for_reading, open_store, reading_connection
from leaderboard.store.errors import UnreadableStoreError

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


@pytest.fixture
def file(tmp_path, empty_file) -> Path:
    return Path(shutil.copy(empty_file, tmp_path / "store.db"))


def changed(file: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return file


def refusal(file: Path) -> str:
    """Return the one error of every way to open a store, within seconds and without a change to the file."""
    before = file.read_bytes() if file.is_file() else b""
    messages = set()
    for opened in (open_for_reading, open_existing, open_store):
        begun = time.monotonic()
        with pytest.raises(LeaderboardError) as caught:
            opened(f"sqlite:///{file}")
        assert time.monotonic() - begun < 30
        messages.add(str(caught.value))
    assert (file.read_bytes() if file.is_file() else b"") == before
    assert len(messages) == 1, messages
    return messages.pop()


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["DROP TABLE estimate", f"CREATE VIEW estimate AS {ENDLESS}"], "a view named 'estimate'"),
        (["DROP TABLE leaderboard_schema", f"CREATE VIEW leaderboard_schema AS {ENDLESS}"], "a view named"),
        ([f"CREATE VIEW more AS {ENDLESS}"], "a view named 'more'"),
        (
            ["CREATE TRIGGER quietly AFTER INSERT ON run BEGIN DELETE FROM estimate; END"],
            "a trigger named 'quietly'",
        ),
        (["CREATE VIRTUAL TABLE found USING fts5(a)"], "a table named 'found'"),
        (["DROP TABLE lease", "CREATE VIRTUAL TABLE lease USING fts5(holder)"], "a virtual table named 'lease'"),
        (["ALTER TABLE run ADD COLUMN more INTEGER AS (abs(id)) VIRTUAL"], "a computed column run.more"),
        (["CREATE INDEX ix_slow ON run (abs(id))"], "an index 'ix_slow' on an expression"),
        (["CREATE INDEX ix_some ON run (id) WHERE abs(id) > 1"], "an index 'ix_some' on an expression"),
        (["CREATE TABLE bookmarks (id INTEGER)"], "a table named 'bookmarks'"),
        (["ALTER TABLE run ADD COLUMN more INTEGER"], "table run has other columns"),
        (["DROP TABLE lease"], "table lease has other columns"),
        (["ALTER TABLE run RENAME COLUMN status TO state"], "table run has other columns"),
        (["INSERT INTO leaderboard_schema VALUES ('0004')"], "several schema versions"),
        (["UPDATE leaderboard_schema SET version_num = x'ff'"], "newer leaderboard"),
        (["PRAGMA application_id = 1196444487"], "another program's SQLite file (application id 0x47504b47)"),
    ],
)
def test_a_schema_that_computes_or_is_another_is_refused_and_left_as_it_is(file, statements, message):
    assert message in refusal(changed(file, *statements))


def test_a_database_of_views_alone_is_no_empty_store(tmp_path):
    assert "a view named 'evaluation'" in refusal(changed(tmp_path / "v.db", f"CREATE VIEW evaluation AS {ENDLESS}"))


def test_another_programs_database_is_not_switched_to_another_journal(tmp_path):
    assert "holds another program's tables (bookmarks)" in refusal(
        changed(tmp_path / "other.db", "CREATE TABLE bookmarks (id INTEGER)")
    )


def _pipe(file: Path) -> None:
    os.mkfifo(file)


def _device(file: Path) -> None:
    file.symlink_to("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize(("make", "message"), [(_pipe, "a pipe"), (_device, "a device"), (Path.mkdir, "a folder")])
def test_what_is_no_regular_file_is_not_waited_for(tmp_path, make, message):
    file = tmp_path / "store.db"
    make(file)
    begun = time.monotonic()
    for opened in (open_for_reading, open_store):
        with pytest.raises(LeaderboardError, match=message):
            opened(f"sqlite:///{file}")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 5000])
def test_garbage_is_refused(tmp_path, content):
    file = tmp_path / "store.db"
    file.write_bytes(content)
    assert "store.db" in refusal(file)


def test_a_damaged_schema_whose_name_is_no_text_is_refused(file):
    """SQLite's own message then holds bytes that are no text."""
    broken = "INSERT INTO sqlite_master VALUES ('table', CAST(x'80' AS TEXT), CAST(x'80' AS TEXT), 2, 'CREATE TABLE (')"
    changed(file, "PRAGMA writable_schema = ON", broken)
    assert "its schema is damaged" in refusal(file)


def test_a_store_cut_short_is_refused_or_read_whole(file):
    content = file.read_bytes()
    for size in range(100, len(content), len(content) // 12):
        file.write_bytes(content[:size])
        with pytest.raises(LeaderboardError):
            open_store(f"sqlite:///{file}")


def test_a_journal_that_names_another_file_deletes_nothing(file, tmp_path):
    """A rollback journal may name a super-journal, which SQLite deletes once it has rolled back."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"/nowhere/else-journal\0")
    changed(file, "PRAGMA journal_mode = DELETE")
    page, pages = 4096, file.stat().st_size // 4096
    name = str(victim).encode()
    header = bytes.fromhex("d9d505f920a163d7") + struct.pack(">IIIII", 0, 0, pages, 512, page)
    tail = struct.pack(">I", page) + name
    tail += struct.pack(">II", len(name), sum(name)) + bytes.fromhex("d9d505f920a163d7")
    (tmp_path / "store.db-journal").write_bytes(header.ljust(512, b"\0") + tail)
    assert "names a second file" in refusal(file)
    assert victim.exists()


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_a_link_beside_a_store_is_not_written_through(file, tmp_path, ending):
    victim = tmp_path / "victim"
    victim.write_bytes(b"dear to somebody")
    Path(f"{file}{ending}").symlink_to(victim)
    assert "is a link" in refusal(file)
    assert victim.read_bytes() == b"dear to somebody"


@pytest.mark.slow
def test_a_statement_without_end_is_ended(file, monkeypatch):
    monkeypatch.setattr(sqlite_guards, "_STEPS", 5_000_000)
    with closing(reading_connection(str(file))) as connection, pytest.raises(sqlite3.OperationalError, match="interr"):
        connection.execute(ENDLESS.replace("SELECT i FROM n", "SELECT count(*) FROM n")).fetchone()


def test_a_connection_loads_nothing_and_attaches_nothing(file, tmp_path):
    with closing(reading_connection(str(file))) as connection:
        assert connection.execute("PRAGMA trusted_schema").fetchone() == (0,)
        for statement in (f"ATTACH '{tmp_path}/other.db' AS other", "SELECT load_extension('evil')"):
            with pytest.raises(sqlite3.Error):
                connection.execute(statement)
        with pytest.raises(sqlite3.Error, match="too big"):
            connection.execute(f"SELECT length(zeroblob({sqlite_guards.LARGEST_CELL + 1}))").fetchone()


def test_a_store_that_searches_and_analyses_wrote_to_is_opened(file):
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(f"sqlite:///{file}")
    optuna.create_study(storage=storage, study_name="s").optimize(lambda trial: trial.suggest_float("x", 0, 1), 2)
    changed(file, "ANALYZE")
    open_store(f"sqlite:///{file}").close()
    store = open_for_reading(f"sqlite:///{file}")
    assert store is not None
    store.close()


def test_refusals_of_a_schema_are_told_apart_from_damage(file):
    with pytest.raises(UnreadableStoreError):
        open_store(f"sqlite:///{changed(file, 'CREATE TABLE more (id INTEGER)')}")
