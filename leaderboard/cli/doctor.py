"""`leaderboard doctor`: what this machine offers and whether everything is in order."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated

import typer

from leaderboard.cli.options import OutputFormat, StoreUrl
from leaderboard.cli.status import ExitStatus
from leaderboard.errors import LeaderboardError
from leaderboard.installing import install_command
from leaderboard.reports.formats import Format
from leaderboard.version import __version__

HUB_TIMEOUT_S = 3.0
_LIBRARIES = (
    "torch",
    "transformers",
    "huggingface-hub",
    "safetensors",
    "gguf",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "sqlalchemy",
    "alembic",
)
_EXTRAS = {"streamlit": "app", "psycopg": "postgresql"}
"""Optional libraries, each with the extra that brings it."""


TriedModels = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", metavar="REF", help="Model to load and try, on the CPU. Repeatable."),
]


class State(StrEnum):
    """How one thing is."""

    FINE = "fine"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Something missing is no fault; something broken is."""

    what: str
    state: State
    detail: str


def doctor(*, model: TriedModels = None, output: OutputFormat = Format.TABLE, store: StoreUrl = None) -> None:
    """Check this machine: device, threads, libraries, cache, Hub, mirror and store. Exit 1 when something is broken.

    leaderboard doctor --model ./my-model    also tries how a model may be batched
    """
    import pandas as pd

    from leaderboard.reports.formats import emit
    from leaderboard.settings import store_url

    findings = [
        *_machine(),
        *_libraries(),
        _cache(),
        _mirror(),
        _hub(),
        _store(store or store_url()),
        *_models(model or []),
    ]
    emit(pd.DataFrame([asdict(each) for each in findings]), output)
    if any(each.state is State.BROKEN for each in findings):
        raise typer.Exit(ExitStatus.FAILED)


def _machine() -> Iterator[Finding]:
    import platform

    import psutil
    import torch

    cores = psutil.cpu_count(logical=False) or 1
    memory = psutil.virtual_memory()
    yield Finding("system", State.FINE, f"{platform.platform()}, Python {platform.python_version()}")
    yield Finding("cpu", State.FINE, f"{cores} cores, {torch.get_num_threads()} threads, {platform.machine()}")
    yield Finding("memory", State.FINE, f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free")
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for index in range(gpus):
        device = torch.cuda.get_device_properties(index)
        yield Finding("gpu", State.FINE, f"cuda:{index} {device.name}, {device.total_memory / 1e9:.0f} GB")
    if not gpus:
        yield Finding("gpu", State.MISSING, "none that torch can use; models run on the CPU")


def _libraries() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    yield Finding("leaderboard", State.FINE, __version__)
    for name in _LIBRARIES:
        try:
            yield Finding(name, State.FINE, version(name))
        except PackageNotFoundError:
            yield Finding(name, State.BROKEN, f"not installed; pip install {name}")
    for name, extra in _EXTRAS.items():
        try:
            yield Finding(name, State.FINE, version(name))
        except PackageNotFoundError:
            yield Finding(name, State.MISSING, f"optional; {install_command(extra)}")


def _cache() -> Finding:
    from leaderboard.settings import cache_folder

    try:
        folder = cache_folder()
    except LeaderboardError as error:
        return Finding("cache", State.BROKEN, str(error))
    if not folder.exists():
        return Finding("cache", State.MISSING, f"{folder}: made when first needed")
    if not os.access(folder, os.W_OK):
        return Finding("cache", State.BROKEN, f"{folder}: may not be written to; LEADERBOARD_CACHE names another")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return Finding("cache", State.FINE, f"{folder}: {size / 1e6:,.0f} MB")


def _mirror() -> Finding:
    from leaderboard.settings import mirror_folder

    folder = mirror_folder()
    if folder is None:
        return Finding("mirror", State.MISSING, "none (LEADERBOARD_MIRROR names one)")
    if not folder.is_dir():
        return Finding("mirror", State.BROKEN, f"LEADERBOARD_MIRROR={folder}: no such folder")
    return Finding("mirror", State.FINE, str(folder))


def _hub() -> Finding:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    from huggingface_hub.constants import ENDPOINT

    from leaderboard.settings import offline_requested

    if offline_requested():
        return Finding("hub", State.MISSING, "not asked: offline was requested")
    try:
        with urlopen(Request(ENDPOINT, method="HEAD"), timeout=HUB_TIMEOUT_S):  # noqa: S310 - where the Hub's own client goes
            return Finding("hub", State.FINE, f"{ENDPOINT}: reachable")
    except HTTPError as error:
        return Finding("hub", State.FINE, f"{ENDPOINT}: answers (status {error.code})")
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        return Finding("hub", State.MISSING, f"{ENDPOINT}: out of reach ({why}); use folders, .gguf files or packages")


def _store(url: str) -> Finding:
    from leaderboard.store.database import open_existing

    try:
        existing = open_existing(url)
        if existing is None:
            return Finding("store", State.MISSING, f"{url}: made by the first `leaderboard run`")
        health = existing.health()
    except LeaderboardError as error:
        return Finding("store", State.BROKEN, str(error))
    if health.problems:
        return Finding("store", State.BROKEN, f"{health.url}: {'; '.join(health.problems)}")
    counts = f"{health.evaluations} evaluations, {health.estimates} estimates, {health.observations} observations"
    return Finding("store", State.FINE, f"{health.url}: schema {health.revision}, {counts}, integrity ok")


def _models(references: Sequence[str]) -> Iterator[Finding]:
    """How each model reads: its kind, its window, and which rows may share a batch."""
    if not references:
        return
    import torch

    from leaderboard.engine.trial_report import trial_report
    from leaderboard.models.loading import load
    from leaderboard.models.reference import ModelReference, resolve
    from leaderboard.settings import offline_requested

    for text in references:
        try:
            reference = ModelReference.parse(text)
            resolved = resolve(reference, dtype="auto", device_type="cpu", offline=offline_requested())
            yield Finding(f"model {text}", State.FINE, trial_report(load(resolved, torch.device("cpu"))))
        except LeaderboardError as error:
            yield Finding(f"model {text}", State.BROKEN, str(error))
