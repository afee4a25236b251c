"""Fixtures of all tests. What loads torch is imported where it is used: the process that starts workers needs none."""

import gc
import logging
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from sqlalchemy import URL, Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from leaderboard.axes.accuracy import ACCURACY, MCC
from leaderboard.axes.axis import Axis
from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models import vetting
from leaderboard.identity import digest, file_digest
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store import database
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord, RunStatus
from leaderboard.studies.goal_request import GoalRequest
from leaderboard.studies.stored_study import StoredStudy, stored_study
from leaderboard.tasks import default_catalogue
from tests.synthetic.records import environment_record, evaluation_record
from tests.synthetic.searches import Tried, write_search

if TYPE_CHECKING:
    from leaderboard.backends.local.engine.engine import Engine
    from leaderboard.backends.local.models.loaded_model import LoadedModel

_NUMBERS = count()
"""Numbers of the temporary folders of this process."""
_FOLDER = pytest.StashKey[Path]()
"""The temporary folder of a test."""
_CACHE_OF_THE_USER = os.environ.get("LEADERBOARD_CACHE")


gc.disable()  # until the tests are collected: hardly anything of that is garbage
# Without a deadline: a busy machine is no fault.
settings.register_profile("thorough", settings(), max_examples=100, deadline=None)
settings.register_profile("fast", settings(), max_examples=20, deadline=None)
settings.load_profile("fast")


def pytest_configure() -> None:
    """Leave the user's store out, and let programs that tests start be interrupted.

    A shell that starts the tests in the background has them ignore interruptions.
    """
    for name in ("LEADERBOARD_STORE", "LEADERBOARD_OFFLINE"):
        os.environ.pop(name, None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow all cases of a test after the first `slow_after(n)`."""
    cases: Counter[str] = Counter()
    for item in items:
        if mark := item.get_closest_marker("slow_after"):
            test = item.nodeid.partition("[")[0]
            cases[test] += 1
            if cases[test] > mark.args[0]:
                item.add_marker("slow")


def pytest_collection_finish() -> None:
    """Leave what all tests share out of garbage collections: torch alone has hundreds of thousands of objects.

    What tests import later is not left out. With the usual thresholds, collections took 5 % of the time.
    """
    _let_loggers_propagate()
    gc.freeze()
    gc.enable()
    gc.set_threshold(7_000, 10, 50)


def _let_loggers_propagate() -> None:
    """Have records of torch and Streamlit reach the handlers of pytest at the root logger.

    In each phase of each test, pytest attaches two handlers to every logger that does not propagate, and removes them:
    these two packages have more than a hundred.
    """
    for name, logger in logging.root.manager.loggerDict.items():
        if name.partition(".")[0] in {"streamlit", "torch"} and isinstance(logger, logging.Logger):
            logger.propagate = True


def _new_folder(place: Path, name: str) -> Path:
    return place / f"{re.sub(r'[^A-Za-z0-9]', '_', name)[:30]}{next(_NUMBERS)}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give each test a cache of its own; tests with real weights share the user's, which is worth keeping.

    A hook, since an autouse fixture of 9,000 tests that take a millisecond would cost more than they do.
    """
    if item.get_closest_marker("weights") is None:
        folder = item.stash[_FOLDER] = _new_folder(item.config._tmp_path_factory.getbasetemp(), item.name)
        os.environ["LEADERBOARD_CACHE"] = f"{folder}/cache"
    elif _CACHE_OF_THE_USER is None:
        os.environ.pop("LEADERBOARD_CACHE", None)
    else:
        os.environ["LEADERBOARD_CACHE"] = _CACHE_OF_THE_USER


@pytest.fixture
def tmp_path(tmp_path_factory, request) -> Path:
    """An empty folder. That of pytest lists the folders of all earlier tests first, and links to the newest."""
    folder = request.node.stash.get(_FOLDER, None) or _new_folder(tmp_path_factory.getbasetemp(), request.node.name)
    folder.mkdir(mode=0o700, exist_ok=True)  # the test's cache may be in it already
    return folder


@pytest.fixture(scope="session", autouse=True)
def vetting_remembers(request, tmp_path_factory) -> Iterator[Callable[[], Path]]:
    """Keeps the vetting process for the next test that needs it, and what passed in one test passes in the next.

    The process takes seconds to start, and ends by itself sooner than a worker reaches the next such test; a model is
    known by its bytes, and each costs a second. Workers and later sessions share what passed, as long as the code that
    builds models is the same. `test_vetting.py` undoes this with the original function.
    """
    cache = getattr(request.config, "cache", None)  # without it (`-p no:cacheprovider`), a session remembers for itself
    folder = cache.mkdir("vetted") if cache else tmp_path_factory.mktemp("vetted")
    code = digest([file_digest(path) for path in sorted(Path(vetting.__file__).parent.glob("*.py"))])
    passed_folder, passed = vetting.passed_folder, folder / code
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(vetting, "IDLE_S", 600.0)
        patched.setattr(vetting, "passed_folder", lambda: passed)
        yield passed_folder


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Puts a distribution with entry points and one module where Python finds it, as an installed one."""

    def put(name: str, group: str, entries: dict[str, str], source: str) -> None:
        site = tmp_path / name
        about = site / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = "".join(f"{key} = {place}\n" for key, place in entries.items())
        (about / "entry_points.txt").write_text(f"[{group}]\n{lines}")
        (site / f"{name.replace('-', '_')}.py").write_text(source)
        monkeypatch.syspath_prepend(str(site))

    return put


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The data mirror, for tests marked `mirror`."""
    named = os.environ.get("LEADERBOARD_MIRROR")
    if not named or not Path(named).is_dir():
        pytest.skip("LEADERBOARD_MIRROR does not name a mirror of the public data")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def causal_folder(tmp_path_factory) -> Path:
    from leaderboard.testing.models import tiny_llama

    return tiny_llama(tmp_path_factory.mktemp("models") / "tiny-llama")


@pytest.fixture(scope="session")
def masked_folder(tmp_path_factory) -> Path:
    from leaderboard.testing.models import tiny_bert

    return tiny_bert(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory) -> Path:
    from leaderboard.testing.models import tiny_bert

    return tiny_bert(tmp_path_factory.mktemp("models") / "tiny-encoder", masked_head=False)


def loaded(folder: Path, kind: ModelKind) -> "LoadedModel":
    import torch
    from transformers import (
        AutoModel,
        AutoModelForCausalLM,
        AutoModelForMaskedLM,
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
    )

    from leaderboard.backends.local.models.loaded_model import LoadedModel

    classes = {
        ModelKind.CAUSAL: AutoModelForCausalLM,
        ModelKind.MASKED: AutoModelForMaskedLM,
        ModelKind.ENCODER_DECODER: AutoModelForSeq2SeqLM,
    }
    family = classes.get(kind, AutoModel)
    module = family.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return LoadedModel(
        folder.name, str(folder), folder, kind, module, tokenizer, torch.device("cpu"), module.dtype, 128
    )


@pytest.fixture(scope="session")
def causal(causal_folder) -> "LoadedModel":
    return loaded(causal_folder, ModelKind.CAUSAL)


@pytest.fixture(scope="session")
def masked(masked_folder) -> "LoadedModel":
    return loaded(masked_folder, ModelKind.MASKED)


@pytest.fixture(scope="session")
def encoder(encoder_folder) -> "LoadedModel":
    return loaded(encoder_folder, ModelKind.ENCODER)


@pytest.fixture
def engine() -> "Engine":
    import torch

    from leaderboard.backends.local.engine.engine import Engine

    return Engine(torch.device("cpu"), threads=1)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory) -> Path:
    """An empty store in a file, to be copied: that is faster than to migrate one for each test."""
    file = tmp_path_factory.mktemp("stores") / "empty.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session", autouse=True)
def new_stores_are_copies(empty_file) -> Iterator[Callable[[URL], None]]:
    """Makes a new store a copy of an empty one: to migrate it takes 60 ms. `tests/store` undoes this."""
    make_room = database._make_room

    def copied(url: URL) -> None:
        make_room(url)
        if not Path(url.database).exists():
            with suppress(OSError):
                shutil.copy(empty_file, url.database)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_make_room", copied)
        yield make_room


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Has all SQLite stores of a process share what SQLAlchemy compiles.

    Each store that is opened has an engine and a dialect of its own, which are parts of the key of a compiled
    statement: tests, which open thousands of stores, would compile each statement for a single use.
    """
    create, compiled = database.create_engine, LRUCache(1000)

    def sharing(url: URL, **options: Any) -> Engine:
        engine = create(url, **options)
        if isinstance(engine.dialect, SQLiteDialect_pysqlite):
            engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "create_engine", sharing)
        patched.setattr(SQLiteDialect_pysqlite, "__eq__", lambda self, other: type(self) is type(other))
        patched.setattr(SQLiteDialect_pysqlite, "__hash__", lambda self: hash(type(self)))
        yield


@pytest.fixture
def study(tmp_path, empty_file):
    """Writes a search of these trials, those of `write_search` where none are given, and reads it back."""

    def written(*tried: Tried, **goal) -> StoredStudy:
        shutil.copy(empty_file, tmp_path / "store.db")
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        write_search(store, GoalRequest(**goal), *([tried] if tried else []))
        study = stored_study(store, default_catalogue(), "better")
        store.close()
        return study

    return written


@pytest.fixture
def filled(tmp_path, monkeypatch, filled_file) -> Path:
    """A store with two models: `good` measured on accuracy and not measurable on privacy, `poor` on accuracy."""
    file = tmp_path / "filled.db"
    monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{file}")
    shutil.copy(filled_file, file)
    return file


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory) -> Path:
    """The store of `filled`, to be copied."""
    file = tmp_path_factory.mktemp("stores") / "filled.db"
    store = open_store(f"sqlite:///{file}")
    run = store.start_run({}, environment_record())
    for model, value in (("good", 0.9), ("poor", 0.6)):
        accuracy = Estimate.measured(value, (value - 0.05, value + 0.05), n=200, method="Wilson 95 %")
        mcc = Estimate.measured(2 * value - 1, None, n=200, method="exact")
        observations = [
            ("test-0", {"label": 1, "log_probabilities": [-0.5, -0.9]}),
            ("test-1", {"label": 0, "note": "a|b"}),
        ]
        anchors = {"anchors": {"accuracy": {"worst": 0.5, "best": 1.0}}}
        recorded = evaluation_record(model, definition=anchors)
        store.record(run, recorded, [EstimateRecord(ACCURACY, accuracy), EstimateRecord(MCC, mcc)], observations)
    reason = "nothing was trained here"
    privacy = evaluation_record(
        "good", "members", axis=Axis.PRIVACY, status=Status.NOT_MEASURED, reason=reason, definition={"anchors": {}}
    )
    store.record(run, privacy, [EstimateRecord(LEAK_AUC, Estimate.not_measured(reason))], [])
    store.end_run(run, RunStatus.FINISHED)
    store.close()
    return file
