"""JUnit XML: one test case for each rule, for build servers."""

from xml.etree import ElementTree as ET

from leaderboard.escapes import line
from leaderboard.gate.report import GateReport, RuleOutcome

_ELEMENTS = {
    RuleOutcome.FAILS: "failure",
    RuleOutcome.STOPS: "error",
    RuleOutcome.WARNS: "skipped",
    RuleOutcome.SKIPPED: "skipped",
}
"""Element of a test case by outcome; `skipped` is the only one that build servers show without failing the build."""


def junit_text(report: GateReport) -> str:
    """Return the verdicts as JUnit XML, valid against the schema of Jenkins (junit-4.xsd)."""
    run = report.run
    elements = [_ELEMENTS.get(outcome, "") for _, outcome, _ in report.outcomes()]
    suite = ET.Element(
        "testsuite",
        name=line(run.gate),
        tests=str(len(elements)),
        failures=str(elements.count("failure")),
        errors=str(elements.count("error")),
        skipped=str(elements.count("skipped")),
        time="0",
        timestamp=run.started_at.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    properties = ET.SubElement(suite, "properties")
    about = {"subject": run.subject, "identity": run.subject_identity, "baseline": run.baseline}
    for name, value in {**about, "verdict": run.verdict.label}.items():
        ET.SubElement(properties, "property", name=name, value=line(value))
    for (rule, outcome, _), element in zip(report.outcomes(), elements, strict=True):
        case = ET.SubElement(suite, "testcase", name=line(rule.rule), classname=line(run.gate), time="0")
        message = line(rule.message)
        if element == "skipped":  # the schema gives it a text and nothing else
            kind = "WARNING" if outcome is RuleOutcome.WARNS else "SKIPPED"
            ET.SubElement(case, element).text = f"{kind}: {message}"
        elif element:
            ET.SubElement(case, element, type=rule.verdict.label, message=message).text = message
        ET.SubElement(case, "system-out").text = message
    root = ET.Element("testsuites", name=line(run.gate), tests=str(len(elements)))
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
