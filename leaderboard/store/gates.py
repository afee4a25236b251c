"""Gates: every call of one is kept with its verdicts, so that a board can show how they went."""

import math
from dataclasses import fields
from itertools import groupby
from typing import Any

from sqlalchemy import insert, or_, select

from leaderboard.errors import LeaderboardError
from leaderboard.store.records import GateRuleRecord, GateRunRecord
from leaderboard.store.repository import Store
from leaderboard.store.tables import GateRule, GateRun

_OF_RUN = tuple(field.name for field in fields(GateRunRecord) if field.name != "rules")
_OF_RULE = tuple(field.name for field in fields(GateRuleRecord))
_NUMBERS = ("value", "low", "high", "bound", "minimum_detectable")


def record_gate(store: Store, run: GateRunRecord) -> None:
    """Keep what a gate said: all of it, or nothing.

    Raises:
        LeaderboardError: when something in it cannot be kept: a number that is not finite, a rule twice.
    """
    what = f"gate '{run.gate}' on {run.subject}"
    rows: list[dict[str, Any]] = [{name: getattr(rule, name) for name in _OF_RULE} for rule in run.rules]
    for row in rows:
        if not all(math.isfinite(row[name]) for name in _NUMBERS if row[name] is not None):
            raise LeaderboardError(f"{what}: cannot be stored: '{row['rule']}' has a number that is not finite")
    with store.writing(what) as session:
        kept = GateRun(**{name: getattr(run, name) for name in _OF_RUN if name != "config"}, config=dict(run.config))
        session.add(kept)
        session.flush()
        if rows:
            session.execute(insert(GateRule), [{**row, "gate_run_id": kept.id} for row in rows])


def gate_runs(store: Store, *, subject: str | None = None) -> list[GateRunRecord]:
    """What gates said, the newest first.

    Args:
        store: that kept it.
        subject: only of the one with this label or identity; of all when None.
    """
    asked = select(GateRun, GateRule).outerjoin(GateRule, GateRule.gate_run_id == GateRun.id)
    if subject is not None:
        asked = asked.where(or_(GateRun.subject == subject, GateRun.subject_identity == subject))
    with store.reading() as session:
        rows = session.execute(asked.order_by(GateRun.started_at.desc(), GateRun.id.desc(), GateRule.position)).all()
        return [
            GateRunRecord(
                **{name: getattr(run, name) for name in _OF_RUN},
                rules=tuple(
                    GateRuleRecord(**{name: getattr(row.GateRule, name) for name in _OF_RULE})
                    for row in group
                    if row.GateRule is not None
                ),
            )
            for run, group in groupby(rows, key=lambda row: row.GateRun)
        ]
