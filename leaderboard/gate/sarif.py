"""SARIF 2.1.0: what a gate found wrong, for pages of code scanning. Rules that pass are no findings."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from leaderboard.gate.told import Outcome, Told, line_of
from leaderboard.identity import digest
from leaderboard.store.records import GateRuleRecord, Severity
from leaderboard.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Outcome.FAILS: "error", Outcome.STOPS: "warning", Outcome.WARNS: "warning", Outcome.SKIPPED: "note"}
_SHORT = 12


def sarif_text(told: Told) -> str:
    """The file; a finding points to the line of the gate's file on which its rule stands."""
    outcomes = list(told.outcomes())
    run = told.run
    rules = {_name(rule): _descriptor(rule) for rule, _, _ in outcomes}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "leaderboard", "version": __version__, "rules": list(rules.values())}},
                "automationDetails": {"id": f"leaderboard/{quote(line_of(run.gate))}"},
                "properties": {
                    "subject": line_of(run.subject),
                    "baseline": line_of(run.baseline),
                    "verdict": run.verdict.value,
                },
                "results": [
                    _result(rule, outcome, _place(told.gate.path, line), list(rules).index(_name(rule)), run.subject)
                    for rule, outcome, line in outcomes
                    if outcome is not Outcome.PASSES
                ],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _name(rule: GateRuleRecord) -> str:
    return f"gate-{digest(rule.rule)[:_SHORT]}"


def _descriptor(rule: GateRuleRecord) -> dict[str, Any]:
    return {
        "id": _name(rule),
        "shortDescription": {"text": line_of(rule.rule)},
        "defaultConfiguration": {"level": "error" if rule.severity is Severity.ERROR else "warning"},
    }


def _place(path: Path, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": location(path)}, "region": {"startLine": line}}}


def _result(rule: GateRuleRecord, outcome: Outcome, place: dict[str, Any], index: int, subject: str) -> dict[str, Any]:
    said = f"{line_of(subject)}: {line_of(rule.rule)}: {line_of(rule.message)}"
    return {
        "ruleId": _name(rule),
        "ruleIndex": index,
        "level": _LEVELS[outcome],
        "message": {"text": said.replace("{", "{{").replace("}", "}}").replace("[", r"\[").replace("]", r"\]")},
        "locations": [place],
        "partialFingerprints": {"gateRule/v1": digest([rule.rule, subject])},
    }


def location(path: Path) -> str:
    """A path as a URI: relative to the working folder where it lies in it, as code scanning wants it."""
    whole, here = path.resolve(), Path.cwd().resolve()
    return quote(whole.relative_to(here).as_posix()) if whole.is_relative_to(here) else whole.as_uri()
