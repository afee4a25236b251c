"""Running: a gate file is applied to a subject of a store or of a result document."""

from datetime import UTC, datetime
from pathlib import Path

from leaderboard.gate.config import GateFile
from leaderboard.gate.evidence import Case
from leaderboard.gate.judge import judge
from leaderboard.gate.report import GateReport, timing_notes
from leaderboard.gate.subjects import resolve_baseline, subject_of_document, subject_of_store
from leaderboard.store.repository import Store


def run_gate(
    gate: GateFile,
    store: Store | None,
    *,
    subject: str | None,
    baseline: str | None,
    baselines: Path,
    document: Path | None,
) -> GateReport:
    """Judge a subject by the rules of a gate.

    Args:
        gate: the rules.
        store: where the subject is, and perhaps the baseline; None where only documents are compared.
        subject: its name; None for the one in the file, else for the only one.
        baseline: a saved baseline, a result document or a subject of the store; None for the one in the file.
        baselines: folder of saved baselines.
        document: judge a subject of this result document instead of one of the store.

    Raises:
        RequestError: for rules that cannot be read, and names that nothing is behind.
    """
    name = subject or gate.config.subject
    if document is not None:
        judged = subject_of_document(document, name)
    elif store is not None:
        judged = subject_of_store(store, name)
    else:
        raise ValueError("neither a store nor a document to judge")
    reference = baseline or gate.config.baseline
    other, label = resolve_baseline(reference, baselines, store) if reference else (None, "")
    case = Case(judged, other, sequential=gate.config.sequential)
    run = judge(gate, case, called=label, at=datetime.now(UTC))
    return GateReport(gate, run, (*case.notes, *timing_notes(run)))
