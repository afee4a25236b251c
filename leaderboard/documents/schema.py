"""The form of a result document, version 1. The published JSON Schema is made from these models.

A document comes from anywhere: whatever could do harm where it is read (control characters in a name, two rows of one
identity, a number that is none) is refused here.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from leaderboard.axes.metric import Axis, Better
from leaderboard.stats.estimate import Estimate, Status

SCHEMA = "leaderboard/result"
VERSION = 1
_LARGEST = 2**63 - 1
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_INVISIBLE = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
"""Control characters, and marks that turn the direction of what stands behind them."""


def _is_a_time(text: str) -> str:
    datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    return text


Identity = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, Field(max_length=1000, pattern=rf"^[^{_INVISIBLE}\u0009\u000a\u000d\u2028\u2029]*$")]
"""Text on one line. What stands in it is shown and never run."""
Name = Annotated[Line, Field(min_length=1)]
Prose = Annotated[str, Field(max_length=100_000, pattern=rf"^[^{_INVISIBLE}]*$")]
Number = Annotated[float, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]
Moment = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"),
    AfterValidator(_is_a_time),
]


def moment(time: datetime) -> str:
    """A time as documents write it: ISO 8601, UTC, microseconds."""
    return time.astimezone(UTC).strftime(_TIME).rjust(27, "0")


def time_of(text: str) -> datetime:
    """The time that a document's text says, timezone-aware."""
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)


class Part(BaseModel):
    """A frozen part of a document in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MetricPart(Part):
    """What a number means, for whoever has not this program.

    Attributes:
        axis: where it counts.
        unit: of its values.
        better: higher, lower, or closer to `target`.
        target: the ideal value, where there is one.
        worst, best: values of utility 0 and 1, unless the task has others.
        headline: whether it counts in its axis's utility.
        summary: one line for people.
    """

    axis: Axis
    unit: Line
    better: Better
    target: Number | None
    worst: Number
    best: Number
    headline: Annotated[bool, Field(strict=True)]
    summary: Prose


class EnvironmentPart(Part):
    """Where it was measured."""

    identity: Identity
    device: Name
    dtype: Name
    threads: Annotated[Count, Field(ge=1)]
    details: dict[str, Any]


class _Anchors(Part):
    worst: float
    best: float

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.worst == self.best:
            raise ValueError("worst and best are the same")
        return self


_ANCHORS = TypeAdapter(dict[str, _Anchors])


class TaskPart(Part):
    """What was asked; `definition` is the whole task file."""

    identity: Identity
    name: Name
    version: Annotated[Count, Field(ge=1)]
    axis: Axis
    protocol: Name
    protocol_version: Count
    definition: dict[str, Any]

    @field_validator("definition")
    @classmethod
    def _anchors_make_a_scale(cls, definition: dict[str, Any]) -> dict[str, Any]:
        """Anchors decide how others are ranked, so that they are checked."""
        try:
            _ANCHORS.validate_python(definition.get("anchors") or {})
        except ValidationError as error:
            mistake = error.errors(include_url=False)[0]
            raise ValueError(f"anchors.{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}") from None
        return definition


class EstimatePart(Part):
    """One number, or why there is none.

    Attributes:
        metric: one of the document's `metrics`.
        part: of the task that it is of; empty for all of it.
        value: in the metric's unit; null unless measured.
        low, high: ends of the 95 % confidence interval; null where the number is exact or no interval is known.
        n: independent examples behind it.
        method: how the interval was found.
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
    def _tells_one_thing(self) -> Self:
        self.estimate()  # says what is wrong
        if self.value is None and (self.low is not None or self.high is not None):
            raise ValueError("an interval belongs to a value")
        if self.value is not None and self.reason:
            raise ValueError("a measured value has no reason why it is none")
        return self

    def estimate(self) -> Estimate:
        """The same as a value of this program."""
        return Estimate(self.status, self.value, self.low, self.high, n=self.n, method=self.method, reason=self.reason)


class ObservationPart(Part):
    """What was seen for one example."""

    id: Annotated[str, Field(min_length=1, max_length=10_000)]
    data: dict[str, Any]


class EvaluationPart(Part):
    """One subject on one whole task.

    Attributes:
        identity: digest of everything that changes its numbers.
        task, environment: identities of two of the document's.
        seed: of everything random in it.
        limit: examples of each split that were asked about, at most; null for all.
        reason: why it is not measured or failed; empty otherwise.
        started_at: ISO 8601, UTC, microseconds.
        duration_s: wall-clock seconds.
        arguments: what the call that measured it was asked for, before anything of it was resolved.
        estimates: no two of the same metric and part.
        observations: in the order of the examples; null where they were left out.
        notes: what a reader of the numbers must know; left out where there is nothing.
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
    arguments: dict[str, Any]
    estimates: tuple[EstimatePart, ...]
    observations: tuple[ObservationPart, ...] | None
    notes: Annotated[tuple[Prose, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.status is Status.MEASURED) != (not self.reason):
            raise ValueError("an evaluation has a reason unless it is measured")
        _refuse_twice("estimate of", (f"{each.metric}:{each.part}".rstrip(":") for each in self.estimates))
        _refuse_twice("example", (each.id for each in self.observations or ()))
        return self


class ModelPart(Part):
    """Which weights: `source` is what was asked for, `revision` what it was resolved to."""

    identity: Identity
    name: Name
    source: Name
    revision: Line
    kind: Name
    dtype: Name
    trust_remote_code: Annotated[bool, Field(strict=True)]
    details: dict[str, Any]


class RecipePart(Part):
    """What was done to them; `details` are all its settings."""

    identity: Identity
    name: Name
    adapt_to: Name | None
    seed: Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST)]
    details: dict[str, Any]


class SubjectPart(Part):
    """A model after its recipe, and what was measured of it, oldest first."""

    identity: Identity
    name: Name
    model: ModelPart
    recipe: RecipePart
    evaluations: tuple[EvaluationPart, ...]


class Document(Part):
    """Results of subjects, complete in themselves.

    Attributes:
        kind: says what this file is.
        version: of this form.
        digest: SHA-256 of what follows, as JSON with sorted keys and no white space; finds damage, proves no origin.
        metrics: by name, those that there are numbers of.
        environments, tasks: those that evaluations name.
        subjects: by name.
    """

    kind: Annotated[Literal["leaderboard/result"], Field(alias="schema")]
    version: Literal[1]
    digest: Identity
    metrics: dict[Name, MetricPart]
    environments: tuple[EnvironmentPart, ...]
    tasks: tuple[TaskPart, ...]
    subjects: tuple[SubjectPart, ...]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        _refuse_twice("environment", (each.identity for each in self.environments))
        _refuse_twice("task", (each.identity for each in self.tasks))
        _refuse_twice("subject", (each.identity for each in self.subjects))
        evaluations = [each for subject in self.subjects for each in subject.evaluations]
        _refuse_twice("evaluation", (each.identity for each in evaluations))
        tasks = {each.identity for each in self.tasks}
        environments = {each.identity for each in self.environments}
        for place, subject in enumerate(self.subjects):
            for number, each in enumerate(subject.evaluations):
                where = f"subjects.{place}.evaluations.{number}"
                if each.task not in tasks:
                    raise ValueError(f"{where}.task: the document has no task {each.task}")
                if each.environment not in environments:
                    raise ValueError(f"{where}.environment: the document has no environment {each.environment}")
                for row, estimate in enumerate(each.estimates):
                    if estimate.metric not in self.metrics:
                        raise ValueError(f"{where}.estimates.{row}.metric: '{estimate.metric}' is not among `metrics`")
        return self


def json_schema() -> dict[str, Any]:
    """The form as JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{SCHEMA}, version {VERSION}",
        **{name: value for name, value in Document.model_json_schema().items() if name != "title"},
    }


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{what} {name!r} comes {count} times")
