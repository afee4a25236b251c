import sqlite3
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from leaderboard.errors import RequestError
from leaderboard.store.database import display_url, open_existing, open_for_reading, open_store
from leaderboard.store.repository import Store
from leaderboard.store.schema import VERSION_TABLE, newest_revision
from leaderboard.store.tables import Table


def test_migrations_make_the_tables_that_the_models_describe(url):
    open_store(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "version_table": VERSION_TABLE})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_migrations_make_the_check_constraints_that_the_models_describe(url, tmp_path):
    """Alembic does not compare these by itself."""
    open_store(url).close()
    migrated, described = create_engine(url), create_engine(f"sqlite:///{tmp_path}/described.db")
    Table.metadata.create_all(described)
    for table in Table.metadata.tables:
        constraints, wanted = (
            {check["name"] for check in inspect(engine).get_check_constraints(table)}
            for engine in (migrated, described)
        )
        assert constraints == wanted, table
    migrated.dispose()


def test_opening_makes_missing_folders_and_opening_again_keeps_what_is_there(tmp_path):
    url = f"sqlite:///{tmp_path}/a/b/store.db"
    open_store(url).close()
    before = (tmp_path / "a/b/store.db").read_bytes()
    open_store(url).close()
    assert (tmp_path / "a/b/store.db").read_bytes() == before


def test_sqlite_writes_ahead_and_enforces_foreign_keys(file_url):
    store = open_store(file_url)
    with store.reading() as session:
        settings = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000}


@pytest.mark.parametrize("open_url", [open_store, open_existing, open_for_reading, display_url])
def test_an_sqlite_url_with_a_host_is_refused(open_url):
    with pytest.raises(RequestError, match=r"--store sqlite://\*\*\*@host/x\.db: an SQLite URL has three slashes"):
        open_url("sqlite://user:secret@host/x.db")


@pytest.mark.parametrize("open_url", [open_store, open_existing, open_for_reading, display_url])
def test_a_store_whose_name_is_not_utf8_is_refused(open_url):
    with pytest.raises(RequestError, match=r"--store \\udcff\.db: its name is not UTF-8"):
        open_url("\udcff.db")


def test_reading_never_makes_a_store(tmp_path):
    assert open_existing(f"sqlite:///{tmp_path}/none/store.db") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_processes_that_open_a_new_file_at_once_all_succeed(file_url):
    opening = f"from leaderboard.store.database import open_store; print(open_store({file_url!r}).health().revision)"
    started = [
        subprocess.Popen([sys.executable, "-c", opening], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate() for process in started] == [(f"{newest_revision()}\n", "")] * 4


def test_text_file_is_no_store(tmp_path):
    (tmp_path / "notes.txt").write_text("These are my notes, and no database at all.\n" * 50)
    with pytest.raises(RequestError, match=r"notes\.txt: it is not an SQLite database"):
        open_store(f"sqlite:///{tmp_path}/notes.txt")
    assert (tmp_path / "notes.txt").read_text().startswith("These are my notes")


def test_database_of_another_program_is_left_alone(url):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE customers (id INTEGER)"))
    with pytest.raises(RequestError, match=r"another program's tables \(customers\)"):
        open_store(url)
    assert inspect(engine).get_table_names() == ["customers"]
    engine.dispose()


def test_store_of_a_newer_release_is_refused(url):
    open_store(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608 - a constant
    with pytest.raises(
        RequestError, match=rf"newer leaderboard \(schema 9999; this one reads up to {newest_revision()}\)"
    ):
        open_store(url)
    engine.dispose()


def test_empty_file_becomes_a_store(tmp_path):
    (tmp_path / "store.db").touch()
    assert open_store(f"sqlite:///{tmp_path}/store.db").is_empty()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("results", r"not a database URL(.|\n)*Did you mean 'results\.db'"),
        ("", "not a database URL"),
        ("sqlite://", "in memory is not supported"),
        ("sqlite:///:memory:", "in memory is not supported"),
        ("mysql://localhost/x", "mysql.*unknown kind of database(.|\n)*postgresql://"),
    ],
)
def test_wrong_url_is_explained(url, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for opening in (open_store, open_existing):
        with pytest.raises(RequestError, match=message):
            opening(url)
    assert list(tmp_path.iterdir()) == []


def test_folder_is_no_store(tmp_path):
    with pytest.raises(RequestError, match="is a folder"):
        open_store(f"sqlite:///{tmp_path}")


def test_file_in_the_place_of_a_folder_is_explained(tmp_path):
    (tmp_path / "results").touch()
    with pytest.raises(RequestError, match=r"cannot create the folder .*results"):
        open_store(f"sqlite:///{tmp_path}/results/store.db")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that even root cannot write to")
def test_unwritable_place_is_explained():
    with pytest.raises(RequestError, match="cannot be opened; check that the folder exists and is writable"):
        open_store("sqlite:////proc/store.db")


def test_server_that_is_not_there_is_explained_without_its_password():
    pytest.importorskip("psycopg")
    with pytest.raises(RequestError) as error:
        open_store("postgresql://me:secret@127.0.0.1:1/x")
    assert "database error" in str(error.value)
    assert "secret" not in str(error.value)


def test_damaged_file_is_reported(file_url, tmp_path):
    open_store(file_url).close()
    file = tmp_path / "store.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    file.write_bytes(content)
    try:
        problems = open_store(file_url).health().problems
    except RequestError as error:
        problems = (str(error),)
    assert problems


@pytest.mark.parametrize("url", ["postgresql://me:secret@host:port/db", "postgresql://me:se:cr@et@host:port/db"])
def test_a_password_in_a_broken_url_is_not_repeated(url):
    with pytest.raises(RequestError) as message:
        open_existing(url)
    assert "//***@host:port/db" in str(message.value)
    assert "se" not in str(message.value).partition("not a database URL")[0].replace("--store", "")


def test_url_is_shown_without_its_password():
    assert display_url("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"


def test_url_of_an_open_store_has_the_password_for_another_program():
    pytest.importorskip("psycopg")
    url = "postgresql+psycopg://me:secret@127.0.0.1:1/x"
    assert Store(create_engine(url)).url == url  # nothing connects before it is asked something


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("name", ["results.db", "x?y.db", "%20.db", "a b#c.sqlite", "deep/er/x.db", "统计.db", "~x.db"])
def test_a_path_names_a_file_letter_by_letter_for_every_process(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_store(name)
    store.close()
    assert (tmp_path / name).is_file()
    for again in (name, store.url):  # the second is what another process of a search is given
        opened = open_existing(again)
        assert opened is not None
        assert opened.is_empty()
    reading = open_for_reading(name)
    assert reading is not None
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {file.removesuffix("-wal").removesuffix("-shm") for file in files} == {name}


@pytest.mark.parametrize("url", ["~/x.db", "sqlite:///~/x.db"])
def test_the_home_folder_is_meant_by_its_sign(url, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    open_store(url).close()
    assert (tmp_path / "x.db").is_file()
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("query", ["mode=ro", "y.db"])
def test_sqlite_takes_no_options_in_its_url(tmp_path, query):
    with pytest.raises(RequestError, match=r"no options after '\?'"):
        open_existing(f"sqlite:///{tmp_path}/store?{query}")
    assert list(tmp_path.iterdir()) == []
