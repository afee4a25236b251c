"""Calls of gates with their verdicts, stored for the board."""

import math
from dataclasses import fields
from itertools import groupby
from typing import Any

from sqlalchemy import insert, or_, select

from leaderboard.errors import LeaderboardError
from leaderboard.store.records import GateRuleRecord, GateRunRecord
from leaderboard.store.repository import Store
from leaderboard.store.tables import GateRuleRow, GateRunRow

_OF_RUN = tuple(field.name for field in fields(GateRunRecord) if field.name != "rules")
_OF_RULE = tuple(field.name for field in fields(GateRuleRecord))
_NUMBERS = ("value", "low", "high", "bound", "minimum_detectable")


def record_gate(store: Store, run: GateRunRecord) -> None:
    """Store one call of a gate: all of it, or nothing.

    Raises:
        LeaderboardError: when it cannot be stored: a number is not finite, or a rule occurs twice.
    """
    title = f"gate '{run.gate}' on {run.subject}"
    rows: list[dict[str, Any]] = [{name: getattr(rule, name) for name in _OF_RULE} for rule in run.rules]
    for row in rows:
        if not all(math.isfinite(row[name]) for name in _NUMBERS if row[name] is not None):
            raise LeaderboardError(f"{title}: cannot be stored: '{row['rule']}' has a number that is not finite")
    with store.writing(title) as session:
        kept = GateRunRow(**{name: getattr(run, name) for name in _OF_RUN if name != "config"}, config=dict(run.config))
        session.add(kept)
        session.flush()
        if rows:
            session.execute(insert(GateRuleRow), [{**row, "gate_run_id": kept.id} for row in rows])


def gate_runs(store: Store, *, subject: str | None = None) -> list[GateRunRecord]:
    """Return the calls of gates, newest first.

    Args:
        store: the store.
        subject: label or identity of a subject; calls on all subjects when None.
    """
    query = select(GateRunRow, GateRuleRow).outerjoin(GateRuleRow, GateRuleRow.gate_run_id == GateRunRow.id)
    if subject is not None:
        query = query.where(or_(GateRunRow.subject == subject, GateRunRow.subject_identity == subject))
    with store.reading() as session:
        rows = session.execute(
            query.order_by(GateRunRow.started_at.desc(), GateRunRow.id.desc(), GateRuleRow.position)
        ).all()
        return [
            GateRunRecord(
                **{name: getattr(run, name) for name in _OF_RUN},
                rules=tuple(
                    GateRuleRecord(**{name: getattr(row.GateRuleRow, name) for name in _OF_RULE})
                    for row in group
                    if row.GateRuleRow is not None
                ),
            )
            for run, group in groupby(rows, key=lambda row: row.GateRunRow)
        ]
