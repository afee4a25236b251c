import os
import shutil

import pytest
from sqlalchemy import create_engine, text

from leaderboard.store import database
from leaderboard.store.database import open_store
from tests.synthetic.records import environment_record

SERVER = os.environ.get("LEADERBOARD_TEST_POSTGRESQL")
"""A PostgreSQL database that tests may empty; without one, the store is tested on SQLite alone."""


@pytest.fixture(scope="module", autouse=True)
def _new_stores_are_migrated(new_stores_are_copies):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_make_room", new_stores_are_copies)
        yield


@pytest.fixture(params=["sqlite", "postgresql"] if SERVER else ["sqlite"])
def url(request, tmp_path) -> str:
    """A place for a store where there is none yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    engine = create_engine(SERVER)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return SERVER


@pytest.fixture
def file_url(tmp_path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def store(url, empty_file):
    if url.startswith("sqlite"):
        shutil.copy(empty_file, url.removeprefix("sqlite:///"))
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def run_id(store) -> int:
    return store.start_run({"model": ["tiny"]}, environment_record())
