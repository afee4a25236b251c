import os

import pytest
from sqlalchemy import create_engine, text

from leaderboard.store.database import open_store
from leaderboard.testing.records import environment_record


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    """A place for a store: a new file, and an emptied PostgreSQL database where the environment names one."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    server = os.environ.get("LEADERBOARD_TEST_POSTGRESQL")
    if not server:
        pytest.skip("LEADERBOARD_TEST_POSTGRESQL does not name a PostgreSQL database that tests may empty")
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server


@pytest.fixture
def file_url(tmp_path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def store(url):
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def run_id(store) -> int:
    return store.start_run({"model": ["tiny"]}, environment_record())
