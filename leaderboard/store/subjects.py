"""Which subject is meant: names for people that are unique, and the way back from a name or an identity."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from leaderboard.errors import RequestError, unknown_name
from leaderboard.store.tables import Subject

_SHORT = 8


def subject_labels(session: Session) -> dict[int, str]:
    """By row id: each subject's name; with the start of its identity where several share the name."""
    rows = session.execute(select(Subject.id, Subject.name, Subject.identity)).all()
    named = Counter(row.name for row in rows)
    return {row.id: row.name if named[row.name] == 1 else f"{row.name}#{row.identity[:_SHORT]}" for row in rows}


def find_subject(session: Session, asked: str) -> tuple[int, str]:
    """Row id and label of the subject with that label or name, or with that start of its label or identity.

    Raises:
        RequestError: when there is none, with the nearest label, or when several are meant.
    """
    labels = subject_labels(session)
    rows = session.execute(select(Subject.id, Subject.name, Subject.identity)).all()
    found = [row.id for row in rows if asked in {labels[row.id], row.name}] or [
        row.id for row in rows if asked and (labels[row.id].startswith(asked) or row.identity.startswith(asked))
    ]
    if not found:
        raise unknown_name("subject", asked, labels.values(), see="leaderboard rank")
    if len(found) > 1:
        raise RequestError(
            f"subject '{asked}' could be several\n  Name one: {', '.join(sorted(labels[each] for each in found))}"
        )
    return found[0], labels[found[0]]
