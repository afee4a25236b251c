"""The file of a gate: what is asked of a subject.

name: release
baseline: main                     # a saved one, a result document, or a subject of the store
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

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from leaderboard.axes.metric import Axis
from leaderboard.data.yamlfile import read_yaml
from leaderboard.errors import RequestError
from leaderboard.stats.power import ALPHA
from leaderboard.store.records import Severity


class Decide(StrEnum):
    """What a verdict looks at."""

    INTERVAL = "interval"
    POINT = "point"


class CannotTell(StrEnum):
    """How a gate ends that cannot tell: with exit status 3, or as if it had failed or passed."""

    OWN_STATUS = "3"
    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - no password


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Level = Annotated[float, Field(gt=0, lt=0.5)]
Weight = Annotated[float, Field(ge=0)]


class RuleSpec(_Strict):
    """One rule: a condition, or a metric that must not be worse than the baseline by a margin.

    Attributes:
        rule: a condition; `score` stands for the weighted score of all axes.
        non_inferior: a metric, or a task for its headline metric.
        margin: how much worse it may be: a number in the metric's unit, or a text with a unit (`2 %`, `5 ms`).
        weights: of the axes in the score, by axis, 1 where not named.
        severity: what it does when it fails.
        required: whether *not measured* fails it.
        decide: what the verdict looks at; as the gate does where not said.
        alpha: chance of a wrong verdict on either side; as the gate's where not said.
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
            raise ValueError("a rule has either 'rule' or 'non_inferior'")
        if (self.non_inferior is None) != (self.margin is None):
            raise ValueError("'non_inferior' and 'margin' stand together: how much worse it may be")
        if self.weights is not None and (self.rule is None or not self.rule.lstrip().startswith("score")):
            raise ValueError("'weights' belong to a rule about the score, such as 'score >= baseline - 0.02'")
        return self


def _long_form(said: Any) -> Any:
    return {"rule": said} if isinstance(said, str) else said


class GateConfig(_Strict):
    """A whole gate.

    Attributes:
        name: of the gate, for people; the file's name where not said.
        subject: that is judged, unless a flag names another.
        baseline: that rules compare with, unless a flag names another.
        decide: what verdicts look at.
        alpha: chance of a wrong verdict on a rule, on either side.
        cannot_tell: how a gate ends that cannot tell.
        rules: at least one.
    """

    name: str = ""
    subject: str | None = None
    baseline: str | None = None
    decide: Decide = Decide.INTERVAL
    alpha: Level = ALPHA
    cannot_tell: Annotated[CannotTell, BeforeValidator(str)] = CannotTell.OWN_STATUS
    rules: Annotated[tuple[Annotated[RuleSpec, BeforeValidator(_long_form)], ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class GateFile:
    """A gate, and where it stands.

    Attributes:
        path: of the file, as it was named.
        config: what it says.
        lines: on which each rule begins, from 1.
    """

    path: Path
    config: GateConfig
    lines: tuple[int, ...]

    @property
    def name(self) -> str:
        """Of the gate."""
        return self.config.name or self.path.stem


def read_gate(path: Path) -> GateFile:
    """Read the file of a gate.

    Raises:
        RequestError: naming the file, the key and what would be valid.
    """
    if not path.exists():
        raise RequestError(f"--config {path}: no such file\n  Write one: leaderboard gate init --output {path}")
    config = read_yaml(path, GateConfig, what="the file of a gate")
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    under = {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    return GateFile(path, config, tuple(node.start_mark.line + 1 for node in under["rules"].value))
