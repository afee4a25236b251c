"""Schema of result documents, version 1; the published JSON Schema is generated from these models.

Documents are untrusted input: whatever could do harm where it is read (control characters in a name, two rows with one
identity, NaN) is refused here.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from leaderboard.axes.metric import Better
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store import json_checks

SCHEMA = "leaderboard/result"
VERSION = 1
_LARGEST = 2**63 - 1
LONGEST_CELL = 2**20
"""Maximum length of the details of a model, recipe, task, environment or call, as JSON."""
MOST_ROWS = 100_000
"""Maximum number of metrics, environments, tasks, subjects, evaluations of a subject, estimates of an evaluation."""
MOST_OBSERVATIONS = 10_000_000
_YEARS = range(1900, 9000)
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_INVISIBLE = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
"""Control characters, and marks that change the direction of text."""


def _is_a_time(text: str) -> str:
    if not _YEARS.start <= datetime.strptime(text, _TIME).replace(tzinfo=UTC).year < _YEARS.stop:
        raise ValueError(f"{text} is not a valid time of a measurement")  # a time zone may push it out of the calendar
    return text


def _is_sensible(number: float) -> float:
    if abs(number) > json_checks.LARGEST_NUMBER:
        raise ValueError(f"{number} is too large for a measurement")
    return number


def _fits_a_cell(value: dict[str, Any]) -> dict[str, Any]:
    if (size := len(json.dumps(value, ensure_ascii=False))) > LONGEST_CELL:
        raise ValueError(f"has {size:,} characters; the limit is {LONGEST_CELL:,}")
    return value


Identity = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, Field(max_length=1000, pattern=rf"^[^{_INVISIBLE}\u0009\u000a\u000d\u2028\u2029]*$")]
"""Text on one line, which is shown and never executed."""
Name = Annotated[Line, Field(min_length=1)]
Prose = Annotated[str, Field(max_length=100_000, pattern=rf"^[^{_INVISIBLE}]*$")]
Number = Annotated[float, Field(strict=True), AfterValidator(_is_sensible)]
Count = Annotated[int, Field(strict=True, ge=0, le=json_checks.MOST_EXAMPLES)]
Details = Annotated[dict[str, Any], AfterValidator(_fits_a_cell)]
Moment = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"),
    AfterValidator(_is_a_time),
]


def time_text(time: datetime) -> str:
    """Format a time as in documents: ISO 8601, UTC, microseconds."""
    return time.astimezone(UTC).strftime(_TIME).rjust(27, "0")


def time_of(text: str) -> datetime:
    """Parse a time of a document; the result is timezone-aware."""
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)


class Part(BaseModel):
    """A frozen part of a document in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MetricPart(Part):
    """Definition of a metric, for readers without this program.

    Attributes:
        axis: axis of the metric.
        unit: unit of its values.
        better: higher, lower, or closer to `target`.
        target: the ideal value, where there is one.
        worst, best: values of utility 0 and 1, unless the task defines others.
        headline: whether it counts in the utility of its axis, unless the `headline` of a task names another.
        summary: description in one line.
    """

    axis: json_checks.RecordedAxis
    unit: Line
    better: Better
    target: Number | None
    worst: Number
    best: Number
    headline: Annotated[bool, Field(strict=True)]
    summary: Prose


class EnvironmentPart(Part):
    """The machine and software of a measurement."""

    identity: Identity
    device: Name
    dtype: Name
    threads: Annotated[Count, Field(ge=1)]
    details: Details


class TaskPart(Part):
    """A task; `definition` is the whole task file."""

    identity: Identity
    name: Name
    version: Annotated[Count, Field(ge=1)]
    axis: json_checks.RecordedAxis
    protocol: Name
    protocol_version: Count
    definition: Details

    @field_validator("definition")
    @classmethod
    def _is_a_task_file(cls, definition: dict[str, Any]) -> dict[str, Any]:
        """Check the parts of a definition that are used later: anchors, labels and data of other tasks."""
        json_checks.check_definition(definition)
        return definition


class EstimatePart(Part):
    """A point estimate with its confidence interval, or the reason why there is none.

    Attributes:
        metric: one of the document's `metrics`.
        part: part of the task; empty for the whole task.
        value: in the metric's unit; null unless measured.
        low, high: ends of the 95 % confidence interval; null where the value is exact or no interval is known.
        n: number of independent examples.
        method: method of the interval.
        reason: why nothing was measured; empty where something was.
    """

    metric: Name
    part: Line
    status: Status
    value: Number | None
    low: Number | None
    high: Number | None
    n: Count
    method: Line
    reason: Prose

    @model_validator(mode="after")
    def _is_an_estimate(self) -> Self:
        self.estimate()  # raises ValueError
        if self.value is None and (self.low is not None or self.high is not None):
            raise ValueError("an interval needs a value")
        if self.value is not None and self.reason:
            raise ValueError("a measured value cannot have a reason")
        return self

    def estimate(self) -> Estimate:
        """Convert to an `Estimate`."""
        return Estimate(self.status, self.value, self.low, self.high, n=self.n, method=self.method, reason=self.reason)


class ObservationPart(Part):
    """The observation of one example."""

    id: Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"^[^\u0000]*$")]
    data: dict[str, Any]


class EvaluationPart(Part):
    """One subject on one whole task.

    Attributes:
        identity: digest of everything that changes its results.
        task, environment: identities of a task and an environment of the document.
        seed: random seed.
        limit: maximum number of examples of each split; null for all.
        reason: why it was not measured or failed; empty otherwise.
        started_at: ISO 8601, UTC, microseconds.
        duration_s: wall-clock seconds.
        arguments: arguments of the call that measured it, before anything was resolved.
        estimates: at most one for each metric and part.
        observations: in the order of the examples; null where they were left out.
        notes: notes for readers of the results; left out where there are none.
    """

    identity: Identity
    task: Identity
    environment: Identity
    seed: Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST)]
    limit: Annotated[Count, Field(ge=1)] | None
    status: Status
    reason: Prose
    started_at: Moment
    duration_s: Annotated[Number, Field(ge=0)]
    arguments: Details
    estimates: Annotated[tuple[EstimatePart, ...], Field(max_length=MOST_ROWS)]
    observations: Annotated[tuple[ObservationPart, ...], Field(max_length=MOST_OBSERVATIONS, fail_fast=True)] | None
    notes: Annotated[tuple[Prose, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.status is Status.MEASURED) != (not self.reason):
            raise ValueError("an evaluation has a reason unless it is measured")
        _refuse_duplicates("estimate of", (f"{each.metric}:{each.part}".rstrip(":") for each in self.estimates))
        _refuse_duplicates("example", (each.id for each in self.observations or ()))
        return self


class ModelPart(Part):
    """The weights: `source` is the model reference of the user, `revision` what it was resolved to."""

    identity: Identity
    name: Name
    source: Name
    revision: Line
    kind: Name
    dtype: Name
    trust_remote_code: Annotated[bool, Field(strict=True)]
    details: Details


class RecipePart(Part):
    """The recipe that prepared the model; `details` are all its settings."""

    identity: Identity
    name: Name
    adapt_to: Name | None
    seed: Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST)]
    details: Details


class SubjectPart(Part):
    """A model with its recipe, and its evaluations, oldest first."""

    identity: Identity
    name: Name
    model: ModelPart
    recipe: RecipePart
    evaluations: Annotated[tuple[EvaluationPart, ...], Field(max_length=MOST_ROWS)]


class Document(Part):
    """A self-contained document of results.

    Attributes:
        kind: identifies a result document.
        version: version of the schema.
        digest: SHA-256 of the rest as JSON with sorted keys and no white space; detects damage, proves no origin.
        metrics: definitions of the metrics by name.
        environments, tasks: environments and tasks of the evaluations.
        subjects: subjects, sorted by name.
    """

    kind: Annotated[Literal["leaderboard/result"], Field(alias="schema")]
    version: Literal[1]
    digest: Identity
    metrics: Annotated[dict[Name, MetricPart], Field(max_length=MOST_ROWS)]
    environments: Annotated[tuple[EnvironmentPart, ...], Field(max_length=MOST_ROWS)]
    tasks: Annotated[tuple[TaskPart, ...], Field(max_length=MOST_ROWS)]
    subjects: Annotated[tuple[SubjectPart, ...], Field(max_length=MOST_ROWS)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        _refuse_duplicates("environment", (each.identity for each in self.environments))
        _refuse_duplicates("task", (each.identity for each in self.tasks))
        _refuse_duplicates("subject", (each.identity for each in self.subjects))
        evaluations = [each for subject in self.subjects for each in subject.evaluations]
        _refuse_duplicates("evaluation", (each.identity for each in evaluations))
        tasks = {each.identity for each in self.tasks}
        environments = {each.identity for each in self.environments}
        for place, subject in enumerate(self.subjects):
            for number, each in enumerate(subject.evaluations):
                location = f"subjects.{place}.evaluations.{number}"
                if each.task not in tasks:
                    raise ValueError(f"{location}.task: the document has no task {each.task}")
                if each.environment not in environments:
                    raise ValueError(f"{location}.environment: the document has no environment {each.environment}")
                for row, estimate in enumerate(each.estimates):
                    if estimate.metric not in self.metrics:
                        raise ValueError(
                            f"{location}.estimates.{row}.metric: '{estimate.metric}' is not among `metrics`"
                        )
        return self


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of result documents, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{SCHEMA}, version {VERSION}",
        **{name: value for name, value in Document.model_json_schema().items() if name != "title"},
    }


def _refuse_duplicates(kind: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{kind} {name!r} occurs {count} times")
