"""Report of a gate: its verdicts with what the output formats need."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.gate.config import GateFile
from leaderboard.gate.evidence import MACHINE_UNITS
from leaderboard.gate.judge import can_fail_gate, counted_verdict
from leaderboard.quantities import UNKNOWN, quantity
from leaderboard.store.records import GateRuleRecord, GateRunRecord, Severity, Verdict


class RuleOutcome(StrEnum):
    """Effect of a rule on its gate."""

    PASSES = "passes"
    FAILS = "fails"
    STOPS = "stops"
    WARNS = "warns"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class GateReport:
    """The verdicts of one call of a gate.

    Attributes:
        gate: the gate file.
        run: the verdicts.
        notes: sentences about what was compared.
    """

    gate: GateFile
    run: GateRunRecord
    notes: tuple[str, ...] = ()

    @property
    def ending(self) -> Verdict:
        """Verdict of the gate as it counts: the file may count INCONCLUSIVE as PASS or FAIL."""
        return counted_verdict(self.run.verdict, self.gate.config)

    @property
    def passed(self) -> bool:
        """Whether the gate counts as PASS."""
        return self.ending is Verdict.PASS

    @property
    def failed(self) -> bool:
        """Whether the gate counts as FAIL; without PASS or FAIL it is INCONCLUSIVE."""
        return self.ending is Verdict.FAIL

    def outcomes(self) -> Iterator[tuple[GateRuleRecord, RuleOutcome, int]]:
        """Yield each rule with its outcome and its line in the gate file."""
        for rule, line in zip(self.run.rules, self.gate.lines, strict=True):
            yield rule, self._outcome(rule), line

    @property
    def summary(self) -> str:
        """Verdict of the gate in one line."""
        outcomes = [outcome for _, outcome, _ in self.outcomes()]
        kinds = {
            RuleOutcome.FAILS: "failed",
            RuleOutcome.STOPS: "inconclusive",
            RuleOutcome.WARNS: "warning",
            RuleOutcome.SKIPPED: "skipped",
        }
        tally = ", ".join(f"{outcomes.count(kind)} {word}" for kind, word in kinds.items() if kind in outcomes)
        rules = f"{len(outcomes)} rule{'s' if len(outcomes) != 1 else ''}"
        verdict = self.run.verdict.label
        counted = "" if self.ending is self.run.verdict else f" (counts as {self.ending.label})"
        return f"{verdict}{counted}: {tally} of {rules}" if tally else f"{verdict}: {rules} passed"

    def _outcome(self, rule: GateRuleRecord) -> RuleOutcome:
        if rule.verdict is Verdict.PASS:
            return RuleOutcome.PASSES
        if rule.value is None and not rule.required:
            return RuleOutcome.SKIPPED
        if rule.severity is Severity.WARNING:
            return RuleOutcome.WARNS
        ends = {
            Verdict.PASS: RuleOutcome.SKIPPED,
            Verdict.FAIL: RuleOutcome.FAILS,
            Verdict.INCONCLUSIVE: RuleOutcome.STOPS,
        }
        return ends[counted_verdict(rule.verdict, self.gate.config)] if can_fail_gate(rule) else RuleOutcome.SKIPPED


def timing_notes(run: GateRunRecord) -> tuple[str, ...]:
    """Return a sentence for each rule that compares times with those of a baseline, which vary between runs."""
    return tuple(
        f"{rule.rule}: times of the same subject can differ by half between runs; latency.ratio, relative to a "
        "reference model timed in the same run, varies less"
        for rule in run.rules
        if rule.unit in MACHINE_UNITS and "baseline" in rule.rule
    )


def detectable_text(rule: GateRuleRecord) -> str:
    """Return the minimum detectable effect of a rule with its unit."""
    if rule.minimum_detectable is None:
        return UNKNOWN
    return quantity(rule.minimum_detectable, None, None, rule.unit)
