import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from lxml import etree
from rich.console import Console

from leaderboard.gate.github import annotations, without_commands, write_summary
from leaderboard.gate.junit import junit_text
from leaderboard.gate.markdown import escaped, markdown_summary
from leaderboard.gate.sarif import sarif_text
from leaderboard.gate.told import Told
from leaderboard.reports.gated import gate_json, print_gate
from leaderboard.store.records import Severity, Verdict
from leaderboard.testing.records import gate_rule_record, gate_run_record

SCHEMAS = Path(__file__).parent / "schemas"
NASTY = "</testcase>\x00\x1b[31m\n::error::x\r%0A | `a` [b](http://c) <img src=x> @everyone :,{0}]]>"
UNKNOWN = dict.fromkeys(("value", "low", "high", "bound", "minimum_detectable"))


@pytest.fixture
def told(gate_file):
    """One rule of each kind: passes, fails, cannot be told, warns, is not measured but optional, has an evil name."""
    gate = gate_file("rules:\n" + "  - accuracy.sst2 >= 0.88\n" * 6)
    rules = (
        gate_rule_record(),
        gate_rule_record(1, verdict=Verdict.FAIL, message="0.800 is below 0.880"),
        gate_rule_record(2, verdict=Verdict.CANNOT_TELL, message="reaches to both sides"),
        gate_rule_record(3, verdict=Verdict.FAIL, severity=Severity.WARNING, message="slow"),
        gate_rule_record(4, verdict=Verdict.CANNOT_TELL, required=False, message="not measured", n=0, **UNKNOWN),
        gate_rule_record(5, verdict=Verdict.FAIL, rule=NASTY, message=NASTY),
    )
    return Told(gate, gate_run_record(NASTY, gate=NASTY, baseline=NASTY, verdict=Verdict.FAIL, rules=rules))


def with_setting(told, gate_file, said):
    gate = gate_file(f"cannot_tell: {said}\nrules: [accuracy.sst2 >= 0.88]")
    return Told(gate, replace(told.run, verdict=Verdict.CANNOT_TELL, rules=told.run.rules[2:3]))


def test_junit_keeps_to_the_schema_of_jenkins_with_one_case_a_rule(told):
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "junit-4.xsd"))
    tree = etree.fromstring(junit_text(told).encode())
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


def test_sarif_keeps_to_its_schema_and_tells_what_does_not_pass(told):
    log = json.loads(sarif_text(told))
    jsonschema.validate(log, json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text()))
    (run,) = log["runs"]
    assert [each["level"] for each in run["results"]] == ["error", "warning", "warning", "note", "error"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("gate.yaml", 3)
    assert run["results"][0]["ruleId"] == run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"]


def test_markdown_says_names_as_text(told):
    text = markdown_summary(told)
    assert "<img" not in text
    assert "@everyone" not in text
    assert "](http" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 6
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert escaped("a_b*c") == r"a\_b\*c"


def test_annotations_are_one_command_a_rule_whatever_it_is_called(told):
    lines = annotations(told)
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "::notice", "::error"]
    assert all("\n" not in line and "\r" not in line for line in lines)
    assert lines[0].startswith("::error file=gate.yaml,line=3,title=gate ")
    title = lines[-1].split("title=")[1].split("::")[0]
    assert "," not in title
    assert ":" not in title
    assert "%250A" in lines[-1]


def test_what_people_read_is_no_command_to_the_runner(told, capsys):
    import sys

    with without_commands(sys.stdout):
        print_gate(told, Console(file=sys.stdout, width=80))
    first, *rest, last = capsys.readouterr().out.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert (len(token), last) == (32, f"::{token}::")
    assert all(len(line) <= 80 for line in rest)
    assert rest[-1] == "FAIL: 2 fail, 1 cannot be told, 1 warn, 1 skipped of 6 rules"


def test_the_summary_of_a_job_is_added_to(told, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    write_summary(told)
    assert (tmp_path / "summary.md").read_text() == f"before\n{markdown_summary(told)}\n"


def test_outside_of_a_job_there_is_no_summary(told, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    write_summary(told)
    assert [path.name for path in tmp_path.iterdir()] == ["gate.yaml"]


@pytest.mark.parametrize(
    ("said", "element", "ends_as", "line"),
    [
        ("3", "error", "cannot_tell", "CANNOT TELL: 1 cannot be told of 1 rule"),
        ("fail", "failure", "fail", "CANNOT TELL, which counts as fail: 1 fail of 1 rule"),
        ("pass", "skipped", "pass", "CANNOT TELL, which counts as pass: 1 skipped of 1 rule"),
    ],
)
def test_a_gate_that_cannot_tell_ends_as_its_file_says(told, gate_file, said, element, ends_as, line):  # noqa: PLR0917
    ending = with_setting(told, gate_file, said)
    assert f"<{element}" in junit_text(ending)
    assert json.loads(gate_json(ending))["ends_as"] == ends_as
    assert ending.summary == line
