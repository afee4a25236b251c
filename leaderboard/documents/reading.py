"""Reading of result documents; an invalid one is refused in one message that says where it is wrong.

Documents are untrusted input. Nothing in them is executed, and a file that is damaged, edited by hand, too large or
from a newer program is refused as a whole.
"""

import logging
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leaderboard.axes.accuracy.evaluate_modules.settings import is_module
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.bounded_json import parse_storable_json
from leaderboard.documents.observation_checks import check_observations
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
from leaderboard.store.labels import NamedSubject, properties_of, unique_labels
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
    """The content of a document.

    Attributes:
        file: name of the file.
        file_digest: SHA-256 of the bytes of the file.
        results: results of the subjects.
        remarks: a sentence for each metric that no installed package declares, whose values are kept without counting
            in scores, and for each that is defined differently here, whose values are left out.
        unchecked: number of evaluations whose numbers could not be recomputed from observations.
    """

    file: str
    file_digest: str
    results: tuple[SubjectResults, ...]
    remarks: tuple[str, ...]
    unchecked: int


def read_results(path: Path) -> list[SubjectResults]:
    """Read the results of a document; a warning names metrics that are unknown here or defined differently.

    Raises:
        RequestError: as `read_document` does.
    """
    document = read_document(path)
    for sentence in document.remarks:
        log.warning("%s", sentence)
    return list(document.results)


def read_document(path: Path) -> ReadDocument:
    """Read the results of a document, and which of its metrics are unknown here or defined differently.

    Raises:
        RequestError: for a file that cannot be read, is not a result document, has a newer version, was damaged or
            changed, or whose numbers are not those of its observations.
    """
    content = _content(path)
    data = _json(content, path)
    _check_version(data, path)
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        lines = explain(error, Document, where=str(path)).splitlines()
        more = [f"  … and {len(lines) - _SHOWN} lines more"] if len(lines) > _SHOWN else []
        raise RequestError("\n".join([*lines[:_SHOWN], *more])) from None
    if content_digest(data) != document.digest:
        raise RequestError(
            f"{path}: digest: does not match the content: the file was damaged, or edited by hand\n"
            f"  Get the original file again. {_WRITE_ONE}"
        )
    conflicts = {name: why for name, part in document.metrics.items() if (why := _metric_conflict(name, part))}
    unknown = [name for name in document.metrics if name not in METRICS and not is_module(name)]
    metrics = {name: _metric(name, part) for name, part in document.metrics.items() if name not in conflicts}
    results = _results(document, metrics)
    check = check_observations(results)
    if problems := check.problems:
        more = [f"  … and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        advice = "  Nothing of it is used. Get the document from whoever measured it."
        raise RequestError("\n".join([*(f"{path}: {each}" for each in problems[:_SHOWN]), *more, advice]))
    return ReadDocument(
        file=path.name,
        file_digest=sha256(content).hexdigest(),
        results=results,
        remarks=tuple(f"{path}: {remark}" for remark in [*map(_unknown_metric, unknown), *conflicts.values()]),
        unchecked=check.unchecked,
    )


def _content(path: Path) -> bytes:
    _refuse_special_file(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise RequestError(f"{path}: no such file\n  {_WRITE_ONE}") from None
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_BYTES:
        raise RequestError(
            f"{path}: larger than {LARGEST_BYTES // 2**20} MiB\n"
            "  Export fewer subjects or tasks at once, or export without observations."
        )
    return content


def _refuse_special_file(path: Path) -> None:
    """Refuse a pipe or a device, which may never end; what a shell passes on purpose is under /dev."""
    try:
        kind = path.stat().st_mode
    except OSError:
        return  # opening raises the error
    handed_over = path.is_relative_to("/dev/fd") or path in {Path("/dev/stdin"), Path("/dev/null")}
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind) or handed_over):
        raise RequestError(f"{path}: not a regular file\n  {_WRITE_ONE}")


def _json(content: bytes, path: Path) -> Any:
    try:
        return parse_storable_json(content.decode("utf-8"), unique_keys=True)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except ValueError as error:
        reason = str(error)
    raise RequestError(f"{path}: not a result document: {reason}\n  {_WRITE_ONE}")


def _check_version(data: Any, path: Path) -> None:
    """Refuse anything that is not a result document, and newer versions, before the keys are validated."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise RequestError(f'{path}: not a result document: `"schema": "{SCHEMA}"` is missing\n  {_WRITE_ONE}')
    version = data.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RequestError(
            f"{path}: version: {version} is newer than this leaderboard reads ({VERSION})\n  Upgrade leaderboard."
        )


def _unknown_metric(name: str) -> str:
    return f"metric '{name}' is declared by no installed package; its values are kept, and count in no score"


def _metric_conflict(name: str, part: MetricPart) -> str:
    """Return why values of a metric cannot be used here; empty when they can."""
    ours = METRICS.get(name)
    if ours is None:
        return ""
    theirs = (part.axis, part.unit, part.better, part.target)
    if theirs != (ours.axis, ours.unit, ours.better, ours.target):
        return (
            f"metric '{name}' is defined differently here ({ours.axis}, {ours.unit}, {ours.better}) than in the "
            f"document ({part.axis}, {part.unit}, {part.better}); its values are left out"
        )
    return ""


def _metric(name: str, part: MetricPart) -> Metric:
    recorded = Metric.recorded(name, part.axis, part.unit, part.better, target=part.target, headline=part.headline)
    return METRICS.get(name, recorded)


def _results(document: Document, metrics: Mapping[str, Metric]) -> tuple[SubjectResults, ...]:
    tasks = {part.identity: _task(part) for part in document.tasks}
    environments = {part.identity: _environment(part) for part in document.environments}
    labels = unique_labels([NamedSubject(each.name, each.identity, _properties(each)) for each in document.subjects])
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


def _properties(part: SubjectPart) -> dict[str, str]:
    model, recipe = part.model, part.recipe
    return properties_of(source=model.source, dtype=model.dtype, seed=recipe.seed, details=recipe.details)


def _model(part: SubjectPart) -> ModelRecord:
    return ModelRecord(**part.model.model_dump())


def _recipe(part: SubjectPart) -> RecipeRecord:
    return RecipeRecord(**part.recipe.model_dump())


def _task(part: TaskPart) -> TaskRecord:
    return TaskRecord(**part.model_dump())


def _environment(part: EnvironmentPart) -> EnvironmentRecord:
    return EnvironmentRecord(**part.model_dump())


def _evaluation(
    part: EvaluationPart, task: TaskRecord, environment: EnvironmentRecord, metrics: Mapping[str, Metric]
) -> EvaluationResult:
    observations = tuple(StoredObservation(each.id, each.data) for each in part.observations or ())
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
            EstimateRecord(metrics[each.metric], each.estimate(), each.part).on_task(task.definition)
            for each in part.estimates
            if each.metric in metrics
        ),
        observe=lambda: observations,
        arguments=part.arguments,
        notes=part.notes,
    )
