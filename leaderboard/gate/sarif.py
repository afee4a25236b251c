"""SARIF 2.1.0: one finding for each rule that does not pass, for code scanning."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from leaderboard.escapes import json_text, line
from leaderboard.gate.report import GateReport, RuleOutcome
from leaderboard.identity import digest
from leaderboard.store.records import GateRuleRecord, Severity
from leaderboard.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    RuleOutcome.FAILS: "error",
    RuleOutcome.STOPS: "warning",
    RuleOutcome.WARNS: "warning",
    RuleOutcome.SKIPPED: "note",
}
_SHORT = 12


def sarif_text(report: GateReport) -> str:
    """Return the findings as SARIF; each points to the line of its rule in the gate file."""
    outcomes = list(report.outcomes())
    run = report.run
    rules = {_name(rule): _descriptor(rule) for rule, _, _ in outcomes}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "leaderboard", "version": __version__, "rules": list(rules.values())}},
                "automationDetails": {"id": f"leaderboard/{quote(line(run.gate))}"},
                "properties": {
                    "subject": line(run.subject),
                    "baseline": line(run.baseline),
                    "verdict": run.verdict.label,
                },
                "results": [
                    _result(
                        rule, outcome, _place(report.gate.path, number), list(rules).index(_name(rule)), run.subject
                    )
                    for rule, outcome, number in outcomes
                    if outcome is not RuleOutcome.PASSES
                ],
            }
        ],
    }
    return json_text(json.dumps(log, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _name(rule: GateRuleRecord) -> str:
    return f"gate-{digest(rule.rule)[:_SHORT]}"


def _descriptor(rule: GateRuleRecord) -> dict[str, Any]:
    return {
        "id": _name(rule),
        "shortDescription": {"text": line(rule.rule)},
        "defaultConfiguration": {"level": "error" if rule.severity is Severity.ERROR else "warning"},
    }


def _place(path: Path, number: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": location(path)}, "region": {"startLine": number}}}


def _result(
    rule: GateRuleRecord, outcome: RuleOutcome, place: dict[str, Any], index: int, subject: str
) -> dict[str, Any]:
    message = f"{line(subject)}: {line(rule.rule)}: {line(rule.message)}"
    return {
        "ruleId": _name(rule),
        "ruleIndex": index,
        "level": _LEVELS[outcome],
        "message": {"text": message.replace("{", "{{").replace("}", "}}").replace("[", r"\[").replace("]", r"\]")},
        "locations": [place],
        "partialFingerprints": {"gateRule/v1": digest([rule.rule, subject])},
    }


def location(path: Path) -> str:
    """Return a path as a URI, relative to the working folder where it is inside it, as code scanning expects."""
    whole, here = path.resolve(), Path.cwd().resolve()
    return quote(whole.relative_to(here).as_posix()) if whole.is_relative_to(here) else whole.as_uri()
