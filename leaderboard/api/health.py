"""Health checks of the machine, the libraries, the cache, the Hub and the store."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from leaderboard.errors import LeaderboardError, as_exceptions, reason_of
from leaderboard.installing import install_command
from leaderboard.version import __version__

if TYPE_CHECKING:
    from leaderboard.backends.registry import Backends

HUB_TIMEOUT_S = 3.0
_REVISION_DIGITS = 12
"""Digits of a revision that are shown; a digest has 64."""
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
    "datasets",
    "evaluate",
    "lm-eval",
    "pyarrow",
    "plotly",
    "streamlit",
)
_BFLOAT16 = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512", "sve_bf16": "SVE", "bf16": "NEON"}
"""Instructions that multiply in bfloat16, fastest first, by the names that torch gives them."""
_EXTRAS = {"python-calamine": "excel", "psycopg": "postgresql"}
"""Optional libraries, each with the extra that brings it."""


class HealthState(StrEnum):
    """HealthState of one checked item."""

    FINE = "fine"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        item: the checked item, such as a library.
        state: a missing item is no error; a broken one is.
        detail: version, path or reason.
    """

    item: str
    state: HealthState
    detail: str


def check_machine(store: str, models: Sequence[str] = ()) -> Iterator[Finding]:
    """Check the machine, libraries, cache, mirror, Hub and store, and load models.

    Args:
        store: path or URL.
        models: references of models to load and try, on the CPU where they are computed on this machine.
    """
    yield from _machine()
    yield from _libraries()
    yield _cache()
    yield _mirror()
    yield _hub()
    yield _store(store)
    yield from _models(models)


def _machine() -> Iterator[Finding]:
    import platform

    import psutil
    import torch

    cores = psutil.cpu_count(logical=False) or 1
    memory = psutil.virtual_memory()
    yield Finding("system", HealthState.FINE, f"{platform.platform()}, Python {platform.python_version()}")
    capabilities = torch.cpu.get_capabilities()
    threads = f"{cores} cores, {torch.get_num_threads()} threads, {platform.machine()}"
    yield Finding("cpu", HealthState.FINE, f"{threads}, {_bfloat16(capabilities)}, {_int8(capabilities)}")
    yield Finding("memory", HealthState.FINE, f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free")
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for index in range(gpus):
        device = torch.cuda.get_device_properties(index)
        yield Finding("gpu", HealthState.FINE, f"cuda:{index} {device.name}, {device.total_memory / 1e9:.0f} GB")
    if not gpus:
        yield Finding("gpu", HealthState.MISSING, "none that torch can use; models run on the CPU")


def _bfloat16(capabilities: Mapping[str, Any]) -> str:
    """Describe how a CPU multiplies in bfloat16, from the capabilities that torch lists."""
    instructions = [name for key, name in _BFLOAT16.items() if capabilities.get(key)]
    if not instructions:
        return "no bfloat16 instructions (--dtype bfloat16 is slower than float32)"
    return f"bfloat16 with {instructions[0]} (--dtype bfloat16 is faster than float32)"


def _int8(capabilities: Mapping[str, Any]) -> str:
    """Describe how many bits `quantise: int8_dynamic` uses: without VNNI sums of products of 8-bit numbers overflow."""
    if capabilities.get("avx512_vnni"):
        return "8-bit integers with AVX-512 VNNI"
    return "no AVX-512 VNNI (recipe.quantise=int8_dynamic rounds to 7 bits instead of 8)"


def _libraries() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    yield Finding("leaderboard", HealthState.FINE, __version__)
    for name in _LIBRARIES:
        try:
            yield Finding(name, HealthState.FINE, version(name))
        except PackageNotFoundError:
            yield Finding(name, HealthState.BROKEN, f"not installed; pip install {name}")
    for name, extra in _EXTRAS.items():
        try:
            yield Finding(name, HealthState.FINE, version(name))
        except PackageNotFoundError:
            yield Finding(name, HealthState.MISSING, f"optional; {install_command(extra)}")


def _cache() -> Finding:
    from leaderboard.settings import cache_folder

    try:
        folder = cache_folder()
    except LeaderboardError as error:
        return Finding("cache", HealthState.BROKEN, str(error))
    if not folder.exists():
        return Finding("cache", HealthState.MISSING, f"{folder}: created when first needed")
    if not os.access(folder, os.W_OK):
        return Finding("cache", HealthState.BROKEN, f"{folder}: not writable; set LEADERBOARD_CACHE to another folder")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return Finding("cache", HealthState.FINE, f"{folder}: {size / 1e6:,.0f} MB")


def _mirror() -> Finding:
    from leaderboard.settings import mirror_folder

    folder = mirror_folder()
    if folder is None:
        return Finding("mirror", HealthState.MISSING, "none; set LEADERBOARD_MIRROR to use one")
    if not folder.is_dir():
        return Finding("mirror", HealthState.BROKEN, f"LEADERBOARD_MIRROR={folder}: no such folder")
    return Finding("mirror", HealthState.FINE, str(folder))


def _hub() -> Finding:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    from huggingface_hub.constants import ENDPOINT

    from leaderboard.settings import offline_requested

    if offline_requested():
        return Finding("hub", HealthState.MISSING, "not checked: offline mode")
    try:
        with urlopen(Request(ENDPOINT, method="HEAD"), timeout=HUB_TIMEOUT_S):  # noqa: S310 - where the Hub's own client goes
            return Finding("hub", HealthState.FINE, f"{ENDPOINT}: reachable")
    except HTTPError as error:
        return Finding("hub", HealthState.FINE, f"{ENDPOINT}: answers (status {error.code})")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Finding(
            "hub", HealthState.MISSING, f"{ENDPOINT}: not reachable ({reason}); use folders, .gguf files or packages"
        )


def _store(url: str) -> Finding:
    from leaderboard.store.database import open_existing

    try:
        existing = open_existing(url)
        if existing is None:
            return Finding("store", HealthState.MISSING, f"{url}: created by the first `leaderboard run`")
        health = existing.health()
    except LeaderboardError as error:
        return Finding("store", HealthState.BROKEN, str(error))
    if health.problems:
        return Finding("store", HealthState.BROKEN, f"{health.url}: {'; '.join(health.problems)}")
    counts = f"{health.evaluations} evaluations, {health.estimates} estimates, {health.observations} observations"
    return Finding("store", HealthState.FINE, f"{health.url}: schema {health.revision}, {counts}, integrity ok")


def _models(references: Sequence[str]) -> Iterator[Finding]:
    """Load each model on the CPU, or with the backend that its reference names, and try it out."""
    if not references:
        return
    from leaderboard.backends.backend import ComputeOptions
    from leaderboard.backends.registry import Backends
    from leaderboard.settings import offline_requested

    backends = Backends(ComputeOptions(device="cpu", offline=offline_requested()))
    for reference in references:
        try:
            with as_exceptions():
                detail = "; ".join(_model_facts(backends, reference))
        except Exception as error:  # noqa: BLE001 - one bad model leaves the others, whatever it breaks
            yield Finding(f"model {reference}", HealthState.BROKEN, reason_of(error))
        else:
            yield Finding(f"model {reference}", HealthState.FINE, detail)


def _model_facts(backends: "Backends", reference: str) -> Iterator[str]:
    """Yield what a reference stands for, where it is computed, what it can do, and how it reads."""
    backends.check(reference)
    resolved = backends.resolve(reference)
    revision = resolved.revision[:_REVISION_DIGITS]
    yield f"{resolved.name}, {resolved.kind}, revision {revision}, backend {resolved.backend}"
    environment = backends.environment(resolved)
    threads = f"{environment.threads} thread{'s' * (environment.threads != 1)}"
    details = [f"{name} {value}" for name, value in environment.details.items() if isinstance(value, str | int | float)]
    yield ", ".join([f"on {environment.device}", f"dtype {environment.dtype}", threads, *details])
    model = backends.load(resolved)
    yield f"can {', '.join(sorted(model.capabilities)) or 'nothing without a recipe'}"
    yield from model.trial()
