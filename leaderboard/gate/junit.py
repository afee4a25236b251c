"""JUnit XML: one test case a rule, for the pages of build servers."""

from xml.etree import ElementTree as ET

from leaderboard.gate.told import Outcome, Told, line_of
from leaderboard.store.records import Verdict

_ELEMENTS = {Outcome.FAILS: "failure", Outcome.STOPS: "error", Outcome.WARNS: "skipped", Outcome.SKIPPED: "skipped"}
"""What stands in a test case; `skipped` is the only one that build servers show and that fails nothing."""


def junit_text(told: Told) -> str:
    """The file, as the schema of Jenkins has it (junit-4.xsd)."""
    run = told.run
    elements = [_ELEMENTS.get(outcome, "") for _, outcome, _ in told.outcomes()]
    suite = ET.Element(
        "testsuite",
        name=line_of(run.gate),
        tests=str(len(elements)),
        failures=str(elements.count("failure")),
        errors=str(elements.count("error")),
        skipped=str(elements.count("skipped")),
        time="0",
        timestamp=run.started_at.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    properties = ET.SubElement(suite, "properties")
    about = {"subject": run.subject, "identity": run.subject_identity, "baseline": run.baseline}
    for name, value in {**about, "verdict": run.verdict.value}.items():
        ET.SubElement(properties, "property", name=name, value=line_of(value))
    for (rule, outcome, _), element in zip(told.outcomes(), elements, strict=True):
        case = ET.SubElement(suite, "testcase", name=line_of(rule.rule), classname=line_of(run.gate), time="0")
        message = line_of(rule.message)
        if element == "skipped":  # the schema gives it a text and nothing else
            ET.SubElement(case, element).text = f"{'warning' if outcome is Outcome.WARNS else 'told'}: {message}"
        elif element:
            kind = "cannot tell" if rule.verdict is Verdict.CANNOT_TELL else "broken"
            ET.SubElement(case, element, type=kind, message=message).text = message
        ET.SubElement(case, "system-out").text = message
    root = ET.Element("testsuites", name=line_of(run.gate), tests=str(len(elements)))
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
