"""Told: a gate's verdicts with all that the ways of writing them down need."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.gate.config import GateFile
from leaderboard.gate.evidence import OF_THE_MACHINE
from leaderboard.gate.judging import counts, ends_as
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.store.records import GateRuleRecord, GateRunRecord, Severity, Verdict

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


class Outcome(StrEnum):
    """What a rule does to its gate."""

    PASSES = "passes"
    FAILS = "fails"
    STOPS = "stops"
    WARNS = "warns"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Told:
    """What a gate said.

    Attributes:
        gate: its file.
        run: its verdicts.
        notes: sentences about what was compared.
    """

    gate: GateFile
    run: GateRunRecord
    notes: tuple[str, ...] = ()

    @property
    def ending(self) -> Verdict:
        """The gate's verdict, with what the file says of one that cannot tell."""
        return ends_as(self.run.verdict, self.gate.config)

    def outcomes(self) -> Iterator[tuple[GateRuleRecord, Outcome, int]]:
        """Each rule, what it does, and the line of the file that it stands on."""
        for rule, line in zip(self.run.rules, self.gate.lines, strict=True):
            yield rule, self._outcome(rule), line

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        outcomes = [outcome for _, outcome, _ in self.outcomes()]
        kinds = {
            Outcome.FAILS: "fail",
            Outcome.STOPS: "cannot be told",
            Outcome.WARNS: "warn",
            Outcome.SKIPPED: "skipped",
        }
        said = ", ".join(f"{outcomes.count(kind)} {word}" for kind, word in kinds.items() if kind in outcomes)
        rules = f"{len(outcomes)} rule{'s' if len(outcomes) != 1 else ''}"
        how = {Verdict.PASS: "PASS", Verdict.FAIL: "FAIL", Verdict.CANNOT_TELL: "CANNOT TELL"}[self.run.verdict]
        counted = "" if self.ending is self.run.verdict else f", which counts as {self.ending}"
        return f"{how}{counted}: {said} of {rules}" if said else f"{how}: {rules} kept"

    def _outcome(self, rule: GateRuleRecord) -> Outcome:
        if rule.verdict is Verdict.PASS:
            return Outcome.PASSES
        if rule.value is None and not rule.required:
            return Outcome.SKIPPED
        if rule.severity is Severity.WARNING:
            return Outcome.WARNS
        ends = {Verdict.PASS: Outcome.SKIPPED, Verdict.FAIL: Outcome.FAILS, Verdict.CANNOT_TELL: Outcome.STOPS}
        return ends[ends_as(rule.verdict, self.gate.config)] if counts(rule) else Outcome.SKIPPED


def timing_notes(run: GateRunRecord) -> tuple[str, ...]:
    """A sentence for each rule that compares times with those of a baseline, which differ from run to run."""
    return tuple(
        f"{rule.rule}: the same subject can be half as fast again in another run; latency.ratio, to a reference "
        "model timed beside it, changes less"
        for rule in run.rules
        if rule.unit in OF_THE_MACHINE and "baseline" in rule.rule
    )


def detectable(rule: GateRuleRecord) -> str:
    """The minimum detectable effect for people."""
    if rule.minimum_detectable is None:
        return UNKNOWN
    return quantity(rule.minimum_detectable, None, None, rule.unit)


def line_of(text: str) -> str:
    """A text from anywhere as one line without control characters."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())
