"""Results from elsewhere: documents that are imported, and stores that are opened."""

import json
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import LATENCY_P50
from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.documents.importing import import_document
from leaderboard.documents.reading import read_document
from leaderboard.documents.writing import content_digest, document, document_text
from leaderboard.ranking.suites import stored_tables
from leaderboard.reports.export_formats import ExportFormat
from leaderboard.reports.exports import exported
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.database import open_for_reading, open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.store.records import EstimateRecord, RunStatus
from leaderboard.store.repository import Store
from leaderboard.store.results import all_results
from leaderboard.tasks import default_catalogue
from tests.fuzz.mutation import VALUES, as_json, mutated_bytes, mutated_text, mutated_tree
from tests.fuzz.target import Target
from tests.synthetic.records import environment_record, evaluation_record


def _fill(store: Store) -> None:
    """Two models on three axes, with what was seen of some examples."""
    run = store.start_run({"model": ["a", "b"], "limit": 200}, environment_record())
    tasks = default_catalogue().tasks
    for model in ("a", "b"):
        for task, metric in (("sst2", ACCURACY), ("latency_sst2", LATENCY_P50)):
            definition = tasks[task].model_dump(mode="json")
            estimate = Estimate.measured(0.8, (0.7, 0.9), n=200, method="Wilson 95 %")
            recorded = evaluation_record(model, task, axis=tasks[task].axis, definition=definition)
            observations = [(f"test-{n}", {"label": 1, "log_probabilities": [-0.1, -2.5]}) for n in range(2)]
            store.record(
                run, recorded, [EstimateRecord(metric, estimate), EstimateRecord(metric, estimate, "x")], observations
            )
    missing = evaluation_record("a", "m", axis=Axis.PRIVACY, status=Status.NOT_MEASURED, reason="no", notes=("a note",))
    store.record(run, missing, [EstimateRecord(LEAK_AUC, Estimate.not_measured("no"))], [])
    store.end_run(run, RunStatus.FINISHED)


@cache
def _empty() -> bytes:
    return _database(lambda _: None)


@cache
def _filled() -> bytes:
    return _database(_fill)


def _database(fill: Callable[[Store], None]) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, "store.db")
        store = open_store(f"sqlite:///{file}")
        fill(store)
        store.close()
        with sqlite3.connect(file) as connection:  # all of it in one file
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        connection.close()
        return file.read_bytes()


@cache
def _documents() -> tuple[bytes, ...]:
    with TemporaryDirectory() as folder:
        Path(folder, "store.db").write_bytes(_filled())
        store = open_store(f"sqlite:///{folder}/store.db")
        results = all_results(store)
        written = [document_text(document(results, observations=each)).encode() for each in (True, False)]
        store.close()
    historic = sorted(Path(__file__).parents[2].glob("documents/historic/*.json"))
    return tuple(each for each in (*written, *(path.read_bytes() for path in historic)) if len(each) < 50_000)


def _changed_document(rng: Random, seeds: tuple[bytes, ...]) -> bytes:
    """Mostly with the digest of what it now holds, as whoever forges a document writes it."""
    if rng.randrange(8) == 0:
        return mutated_bytes(rng, seeds)
    tree = mutated_tree(rng, *(json.loads(rng.choice(seeds)) for _ in range(2)))
    if isinstance(tree, dict) and rng.randrange(8):
        try:
            tree["digest"] = content_digest(json.loads(as_json(tree)))
        except Exception:  # noqa: BLE001 - what has no digest keeps the old one
            tree.setdefault("digest", "")
    written = as_json(tree)
    return (mutated_text(rng, written) if rng.randrange(16) == 0 else written).encode("utf-8", "surrogatepass")


def _changed_store(rng: Random, seeds: tuple[bytes, ...]) -> bytes:
    """A database with damaged bytes, with cells of another kind, or with a view or trigger of a stranger."""
    if rng.randrange(3) == 0:
        return mutated_bytes(rng, seeds)
    with TemporaryDirectory() as folder:
        file = Path(folder, "store.db")
        file.write_bytes(rng.choice(seeds))
        connection = sqlite3.connect(file)
        for _ in range(rng.choice((1, 1, 2, 5))):
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            try:
                connection.execute(*_statement(rng, connection, rng.choice(names)))
            except (sqlite3.Error, OverflowError, UnicodeError):
                continue
        connection.commit()
        connection.close()
        return file.read_bytes()


def _statement(rng: Random, connection: sqlite3.Connection, table: str) -> tuple[Any, ...]:
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    match rng.randrange(8):
        case 0:
            return (f'DELETE FROM "{table}"',)  # noqa: S608 - a test's own names
        case 1:
            return (f'ALTER TABLE "{table}" DROP COLUMN "{rng.choice(columns)}"',)
        case 2:
            return ('CREATE VIEW "odd" AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n',)
        case 3:
            return (f'DROP TABLE "{table}"',)
        case _:
            value = rng.choice(VALUES)
            plain = json.dumps(value, default=str) if isinstance(value, dict | list) else value
            return (f'UPDATE "{table}" SET "{rng.choice(columns)}" = ?', (plain,))  # noqa: S608 - a test's own names


def _read_document(data: bytes, folder: Path) -> None:
    (folder / "results.json").write_bytes(data)
    read_document(folder / "results.json")


def _import_document(data: bytes, folder: Path) -> None:
    """What was imported has to be readable by what follows."""
    (folder / "results.json").write_bytes(data)
    content = read_document(folder / "results.json")
    (folder / "store.db").write_bytes(_empty())
    store = open_store(f"sqlite:///{folder}/store.db")
    try:
        for _ in import_document(store, content):
            pass
        _look(store)
    finally:
        store.close()


def _read_store(data: bytes, folder: Path) -> None:
    for path in folder.glob("store.db*"):
        path.unlink()
    (folder / "store.db").write_bytes(data)
    store = open_for_reading(f"sqlite:///{folder}/store.db")
    if store is not None:
        try:
            _look(store)
        finally:
            store.close()


def _look(store: Store) -> None:
    """Tables, ranks and exports of a store, as commands make them."""
    if store.is_empty():
        return
    frame = estimates_frame(store)
    stored_tables(store, frame)
    results = all_results(store)
    if results:
        for form in (ExportFormat.JSON, ExportFormat.CSV):
            exported(results, form, observations=True)


TARGETS = (
    Target(
        name="documents",
        inputs=3_000,
        seeds=_documents,
        change=_changed_document,  # type: ignore[arg-type]
        read=_read_document,
    ),
    Target(
        name="imports",
        inputs=200,
        seeds=_documents,
        change=_changed_document,  # type: ignore[arg-type]
        read=_import_document,
    ),
    Target(
        name="stores",
        inputs=200,
        seeds=lambda: (_filled(),),
        change=_changed_store,  # type: ignore[arg-type]
        read=_read_store,
    ),
)
