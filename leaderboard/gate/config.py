"""The gate file: its schema, and how it is read.

name: release
baseline: main                     # a saved baseline, a result document, or a subject of the store
rules:
  - accuracy.sst2.accuracy >= 0.88
  - rule: latency.ratio <= 1.10 * baseline
    severity: warning
  - non_inferior: accuracy.sst2
    margin: 0.02
  - rule: score >= baseline - 0.02
    weights: {accuracy: 2, latency: 0}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.data.yamlfile import lines_of_items, read_yaml
from leaderboard.errors import RequestError
from leaderboard.escapes import shell
from leaderboard.stats.power import ALPHA
from leaderboard.store.records import Severity

_MOST_RULES = 1000
"""Maximum number of rules: each takes milliseconds, and those with resampling tenths of a second."""


class Decide(StrEnum):
    """What a verdict is based on: the whole confidence interval, or the point estimate alone."""

    INTERVAL = "interval"
    POINT = "point"


class InconclusiveAs(StrEnum):
    """How an inconclusive gate ends: with exit status 3, or as if it had failed or passed."""

    OWN_STATUS = "3"
    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - no password


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Level = Annotated[float, Field(ge=1e-9, lt=0.5)]
"""No sample here tells smaller chances apart, and 1 - 1e-17 is 1, whose quantile is no number."""
Weight = Annotated[float, Field(ge=0)]


class RuleSpec(_Strict):
    """One rule: a condition, or a metric that must not be worse than the baseline by more than a margin.

    Attributes:
        rule: a condition; `score` is the weighted score of all axes.
        non_inferior: a metric, or a task for its headline metric.
        margin: how much worse it may be: a number in the metric's unit, or a text with a unit (`2 %`, `5 ms`).
        weights: weight of each axis in the score; 1 for axes that are not listed.
        severity: what happens when the rule fails.
        required: whether *not measured* fails the rule.
        decide: what the verdict is based on; the gate's setting by default.
        alpha: chance of a wrong verdict on either side; the gate's setting by default.
    """

    rule: Annotated[str, Field(min_length=1)] | None = None
    non_inferior: Annotated[str, Field(min_length=1)] | None = None
    margin: float | str | None = None
    weights: Mapping[Axis, Weight] | None = None
    severity: Severity = Severity.ERROR
    required: bool = True
    decide: Decide | None = None
    alpha: Level | None = None

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if (self.rule is None) == (self.non_inferior is None):
            raise ValueError("a rule needs either 'rule' or 'non_inferior'")
        if (self.non_inferior is None) != (self.margin is None):
            raise ValueError("'non_inferior' and 'margin' must be used together; margin is how much worse it may be")
        if self.weights is not None and (self.rule is None or not self.rule.lstrip().startswith("score")):
            raise ValueError("'weights' need a rule about the score, such as 'score >= baseline - 0.02'")
        return self


def _long_form(rule: Any) -> Any:
    return {"rule": rule} if isinstance(rule, str) else rule


class GateConfig(_Strict):
    """The content of a gate file.

    Attributes:
        name: name of the gate; the file's name by default.
        subject: subject to judge, unless a flag names another.
        baseline: baseline of the rules, unless a flag names another.
        decide: what verdicts are based on.
        alpha: chance of a wrong verdict on a rule, on either side.
        inconclusive: how an inconclusive gate ends (`cannot_tell` is the former name of this key).
        sequential: whether examples are judged one by one with anytime-valid bounds, which hold however their number
            was chosen and however often a gate looks at a growing result.
        rules: at least one rule.
    """

    name: str = ""
    subject: str | None = None
    baseline: str | None = None
    decide: Decide = Decide.INTERVAL
    alpha: Level = ALPHA
    inconclusive: Annotated[
        InconclusiveAs, BeforeValidator(str), Field(validation_alias=AliasChoices("inconclusive", "cannot_tell"))
    ] = InconclusiveAs.OWN_STATUS
    sequential: bool = False
    rules: Annotated[
        tuple[Annotated[RuleSpec, BeforeValidator(_long_form)], ...], Field(min_length=1, max_length=_MOST_RULES)
    ]


@dataclass(frozen=True, slots=True)
class GateFile:
    """A gate file that was read.

    Attributes:
        path: path of the file, as the user wrote it.
        config: content of the file.
        lines: line number of each rule, from 1.
    """

    path: Path
    config: GateConfig
    lines: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name of the gate: the one in the file, else the name of the file."""
        return self.config.name or self.path.stem


def read_gate(path: Path) -> GateFile:
    """Read a gate file.

    Raises:
        RequestError: names the file, the key and what would be valid.
    """
    if not path.exists():
        raise RequestError(
            f"--config {path}: no such file\n  Write one: leaderboard gate init --output {shell(str(path))}"
        )
    config = read_yaml(path, GateConfig, kind="the gate file")
    return GateFile(path, config, lines_of_items(path, "rules"))
