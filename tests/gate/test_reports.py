import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from lxml import etree
from rich.console import Console

from leaderboard.errors import RequestError
from leaderboard.gate.github import annotations, without_commands, write_summary
from leaderboard.gate.junit import junit_text
from leaderboard.gate.markdown import markdown_summary
from leaderboard.gate.report import GateReport
from leaderboard.gate.sarif import sarif_text
from leaderboard.reports.gate_verdicts import gate_json, print_gate
from leaderboard.store.records import Severity, Verdict
from tests.synthetic.records import gate_rule_record, gate_run_record

SCHEMAS = Path(__file__).parent / "schemas"
NASTY = "</testcase>\x00\x1b[31m\n::error::x\r%0A | `a` [b](http://c) <img src=x> @everyone :,{0}]]>"
UNKNOWN = dict.fromkeys(("value", "low", "high", "bound", "minimum_detectable"))


@pytest.fixture
def report(gate_file):
    """One rule of each outcome: PASS, FAIL, INCONCLUSIVE, warning, optional and not measured, and a hostile name."""
    gate = gate_file("rules:\n" + "  - accuracy.sst2 >= 0.88\n" * 6)
    rules = (
        gate_rule_record(),
        gate_rule_record(1, verdict=Verdict.FAIL, message="0.800 is below 0.880"),
        gate_rule_record(2, verdict=Verdict.INCONCLUSIVE, message="the interval contains 0.880"),
        gate_rule_record(3, verdict=Verdict.FAIL, severity=Severity.WARNING, message="slow"),
        gate_rule_record(4, verdict=Verdict.INCONCLUSIVE, required=False, message="not measured", n=0, **UNKNOWN),
        gate_rule_record(5, verdict=Verdict.FAIL, rule=NASTY, message=NASTY),
    )
    return GateReport(gate, gate_run_record(NASTY, gate=NASTY, baseline=NASTY, verdict=Verdict.FAIL, rules=rules))


def with_setting(report, gate_file, setting):
    gate = gate_file(f"inconclusive: {setting}\nrules: [accuracy.sst2 >= 0.88]")
    return GateReport(gate, replace(report.run, verdict=Verdict.INCONCLUSIVE, rules=report.run.rules[2:3]))


def test_junit_keeps_to_the_schema_of_jenkins_with_one_case_a_rule(report):
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "junit-4.xsd"))
    tree = etree.fromstring(junit_text(report).encode())
    schema.assertValid(tree)
    (suite,) = tree
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "2", "1", "2"]
    assert [[child.tag for child in case] for case in suite.iter("testcase")] == [
        ["system-out"],
        ["failure", "system-out"],
        ["error", "system-out"],
        ["skipped", "system-out"],
        ["skipped", "system-out"],
        ["failure", "system-out"],
    ]


def test_sarif_keeps_to_its_schema_and_tells_what_does_not_pass(report):
    log = json.loads(sarif_text(report))
    jsonschema.validate(log, json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text()))
    (run,) = log["runs"]
    assert [each["level"] for each in run["results"]] == ["error", "warning", "warning", "note", "error"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("gate.yaml", 3)
    assert run["results"][0]["ruleId"] == run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"]


def test_markdown_says_names_as_text(report):
    text = markdown_summary(report)
    assert "<img" not in text
    assert "@everyone" not in text
    assert "](http" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 6
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert r"\[b\]\(http\:" in text


def test_annotations_are_one_command_a_rule_whatever_it_is_called(report):
    lines = annotations(report)
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "::notice", "::error"]
    assert all("\n" not in line and "\r" not in line for line in lines)
    assert lines[0].startswith("::error file=gate.yaml,line=3,title=gate ")
    title = lines[-1].split("title=")[1].split("::")[0]
    assert "," not in title
    assert ":" not in title
    assert "%250A" in lines[-1]


def test_what_people_read_is_no_command_to_the_runner(report, capsys):
    import sys

    with without_commands(sys.stdout):
        print_gate(report, Console(file=sys.stdout, width=80))
    first, *rest, last = capsys.readouterr().out.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert (len(token), last) == (32, f"::{token}::")
    assert all(len(line) <= 80 for line in rest)
    assert rest[-1] == "FAIL: 2 failed, 1 inconclusive, 1 warning, 1 skipped of 6 rules"


def test_the_summary_of_a_job_is_added_to(report, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    write_summary(report)
    assert (tmp_path / "summary.md").read_text() == f"before\n{markdown_summary(report)}\n"


def test_outside_of_a_job_there_is_no_summary(report, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    write_summary(report)
    assert [path.name for path in tmp_path.iterdir()] == ["gate.yaml"]


@pytest.mark.parametrize(
    ("setting", "element", "ends_as", "line"),
    [
        ("3", "error", "inconclusive", "INCONCLUSIVE: 1 inconclusive of 1 rule"),
        ("fail", "failure", "fail", "INCONCLUSIVE (counts as FAIL): 1 failed of 1 rule"),
        ("pass", "skipped", "pass", "INCONCLUSIVE (counts as PASS): 1 skipped of 1 rule"),
    ],
)
def test_an_inconclusive_gate_ends_as_its_file_sets(report, gate_file, setting, element, ends_as, line):  # noqa: PLR0917
    ending = with_setting(report, gate_file, setting)
    assert f"<{element}" in junit_text(ending)
    assert json.loads(gate_json(ending))["ends_as"] == ends_as
    assert ending.summary == line


def test_a_summary_that_cannot_be_written_is_one_message(report, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "summary.md"))
    with pytest.raises(RequestError, match=r"GITHUB_STEP_SUMMARY=.*summary.md: cannot be written: No such file"):
        write_summary(report)
