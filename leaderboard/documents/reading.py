"""A document becomes results again, or is refused in one message that says where it is wrong.

Documents come from strangers. Nothing in them is run, and a file that is damaged, changed by hand, too large or from a
newer program is not half believed.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from leaderboard.axes.catalogue import METRICS
from leaderboard.documents.schema import (
    SCHEMA,
    VERSION,
    Document,
    EnvironmentPart,
    EvaluationPart,
    MetricPart,
    SubjectPart,
    TaskPart,
    time_of,
)
from leaderboard.documents.writing import content_digest
from leaderboard.errors import RequestError
from leaderboard.invalid import explain
from leaderboard.store.labels import Named, facts_of, labels_of
from leaderboard.store.records import (
    EnvironmentRecord,
    EstimateRecord,
    ModelRecord,
    RecipeRecord,
    StoredObservation,
    TaskRecord,
)
from leaderboard.store.results import EvaluationResult, SubjectResults

log = logging.getLogger(__name__)

LARGEST_BYTES = 256 * 2**20
_SHOWN = 5
_WRITE_ONE = "Write one with: leaderboard export --format json --output FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """What a document said.

    Attributes:
        file_digest: SHA-256 of the bytes of the file.
        results: as they were written.
        left_out: a sentence for each metric that this program does not know, or knows as something else.
    """

    file_digest: str
    results: tuple[SubjectResults, ...]
    left_out: tuple[str, ...]


def read(path: Path) -> list[SubjectResults]:
    """The results in a document; metrics that this program does not know are left out, and a warning says so.

    Raises:
        RequestError: as `read_document` does.
    """
    found = read_document(path)
    for sentence in found.left_out:
        log.warning("%s", sentence)
    return list(found.results)


def read_document(path: Path) -> ReadDocument:
    """The results in a document, and what of it was left out.

    Raises:
        RequestError: for a file that cannot be read, is no document, is of a newer form, or was damaged or changed.
    """
    content = _content(path)
    said = _json(content, path)
    _check_form(said, path)
    try:
        document = Document.model_validate(said)
    except ValidationError as error:
        lines = explain(error, Document, where=str(path)).splitlines()
        more = [f"  … and {len(lines) - _SHOWN} lines more"] if len(lines) > _SHOWN else []
        raise RequestError("\n".join([*lines[:_SHOWN], *more])) from None
    if content_digest(said) != document.digest:
        raise RequestError(
            f"{path}: digest: its content is not what was written: the file was damaged, or changed by hand\n"
            f"  Get it again from where it came from. {_WRITE_ONE}"
        )
    left_out = {name: why for name, part in document.metrics.items() if (why := _not_ours(name, part))}
    return ReadDocument(
        file_digest=sha256(content).hexdigest(),
        results=_results(document, known=METRICS.keys() - left_out.keys()),
        left_out=tuple(f"{path}: {why}" for why in left_out.values()),
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise RequestError(f"{path}: no such file\n  {_WRITE_ONE}") from None
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_BYTES:
        raise RequestError(
            f"{path}: is larger than {LARGEST_BYTES // 2**20} MiB\n"
            "  Export fewer subjects or tasks at once, or leave the observations out."
        )
    return content


def _json(content: bytes, path: Path) -> Any:
    try:
        said = json.loads(content.decode("utf-8"), object_pairs_hook=_without_twins, parse_constant=_refuse_constant)
        json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair has no UTF-8
    except json.JSONDecodeError as error:
        why = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
    except RecursionError:
        why = "it is nested too deeply"
    except ValueError as error:
        why = str(error)
    else:
        return said
    raise RequestError(f"{path}: is no result document: {why}\n  {_WRITE_ONE}")


def _without_twins(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {twice!r} comes twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _check_form(said: Any, path: Path) -> None:
    """Refuse what is no document, and one of a newer form, before its keys are looked at."""
    if not isinstance(said, dict) or said.get("schema") != SCHEMA:
        raise RequestError(f'{path}: is no result document: it does not say `"schema": "{SCHEMA}"`\n  {_WRITE_ONE}')
    version = said.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RequestError(
            f"{path}: version: was written by a newer leaderboard (version {version} of result documents; this one "
            f"reads up to {VERSION})\n  Upgrade leaderboard."
        )


def _not_ours(name: str, part: MetricPart) -> str:
    """Why numbers of a metric cannot be used here; empty when they can."""
    ours = METRICS.get(name)
    if ours is None:
        return f"metric '{name}' is not known to this version of leaderboard; its numbers are left out"
    theirs = (part.axis, part.unit, part.better, part.target)
    if theirs != (ours.axis, ours.unit, ours.better, ours.target):
        return (
            f"metric '{name}' means something else here ({ours.axis}, {ours.unit}, {ours.better}) than there "
            f"({part.axis}, {part.unit}, {part.better}); its numbers are left out"
        )
    return ""


def _results(document: Document, known: Iterable[str]) -> tuple[SubjectResults, ...]:
    tasks = {part.identity: _task(part) for part in document.tasks}
    environments = {part.identity: _environment(part) for part in document.environments}
    metrics = frozenset(known)
    labels = labels_of([Named(each.name, each.identity, _facts(each)) for each in document.subjects])
    return tuple(
        SubjectResults(
            identity=subject.identity,
            name=subject.name,
            label=label,
            model=_model(subject),
            recipe=_recipe(subject),
            evaluations=tuple(
                _evaluation(each, tasks[each.task], environments[each.environment], metrics)
                for each in subject.evaluations
            ),
        )
        for subject, label in zip(document.subjects, labels, strict=True)
    )


def _facts(part: SubjectPart) -> dict[str, str]:
    model, recipe = part.model, part.recipe
    return facts_of(source=model.source, dtype=model.dtype, seed=recipe.seed, details=recipe.details)


def _model(part: SubjectPart) -> ModelRecord:
    return ModelRecord(**part.model.model_dump())


def _recipe(part: SubjectPart) -> RecipeRecord:
    return RecipeRecord(**part.recipe.model_dump())


def _task(part: TaskPart) -> TaskRecord:
    return TaskRecord(**part.model_dump())


def _environment(part: EnvironmentPart) -> EnvironmentRecord:
    return EnvironmentRecord(**part.model_dump())


def _evaluation(
    part: EvaluationPart, task: TaskRecord, environment: EnvironmentRecord, metrics: frozenset[str]
) -> EvaluationResult:
    seen = tuple(StoredObservation(each.id, each.data) for each in part.observations or ())
    return EvaluationResult(
        evaluation=part.identity,
        task=task,
        environment=environment,
        seed=part.seed,
        limit=part.limit,
        status=part.status,
        reason=part.reason,
        started_at=time_of(part.started_at),
        duration_s=part.duration_s,
        estimates=tuple(
            EstimateRecord(METRICS[each.metric], each.estimate(), each.part)
            for each in part.estimates
            if each.metric in metrics
        ),
        observe=lambda: seen,
        arguments=part.arguments,
        notes=part.notes,
    )
