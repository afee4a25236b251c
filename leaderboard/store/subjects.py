"""Which subject is meant: names for people that are unique, and the way back from a name or an identity.

A search makes many subjects of one name. Those that were measured on whole tasks are what boards show, so they come
first: a trial changes no label of theirs, and a name that one of them has means that one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError, unknown_name
from leaderboard.store.tables import Evaluation, Subject

_SHORT = 8
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class _Labelled:
    """A subject, and whether it was measured on a whole task."""

    id: int
    label: str
    name: str
    identity: str
    whole: bool

    def is_called(self, asked: str) -> bool:
        return asked in {self.label, self.name}

    def may_be_called(self, asked: str) -> bool:
        return bool(asked) and (self.label.startswith(asked) or self.identity.startswith(asked))


def label_of(name: str, identity: str, *, shared: bool) -> str:
    """What a subject is called: its name, with the start of its identity where others share the name."""
    return f"{name}#{identity[:_SHORT]}" if shared else name


def subject_labels(session: Session) -> dict[int, str]:
    """By row id: each subject's name; with the start of its identity where several share the name.

    What was measured on whole tasks shares its name only with its like; any other subject with all of that name.
    """
    return {each.id: each.label for each in _labelled(session)}


def find_subject(session: Session, asked: str) -> tuple[int, str]:
    """Row id and label of the subject with that label or name, or with that start of its label or identity.

    Of several, those that were measured on whole tasks are meant.

    Raises:
        RequestError: when there is none, with the nearest label, or when several are meant.
    """
    subjects = _labelled(session)
    found = [each for each in subjects if each.is_called(asked)] or [
        each for each in subjects if each.may_be_called(asked)
    ]
    found = _whole_ones(found) or found
    if not found:
        raise unknown_name(
            "subject", asked, [each.label for each in _whole_ones(subjects) or subjects], see="leaderboard rank"
        )
    if len(found) > 1:
        labels = sorted(each.label for each in found)
        more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
        raise RequestError(f"subject '{asked}' could be several\n  Name one: {', '.join(labels[:_SHOWN])}{more}")
    return found[0].id, found[0].label


def _labelled(session: Session) -> list[_Labelled]:
    whole = exists().where(Evaluation.subject_id == Subject.id, Evaluation.portion == Portion.WHOLE)
    rows = session.execute(select(Subject.id, Subject.name, Subject.identity, whole.label("whole"))).all()
    named = Counter(row.name for row in rows)
    named_whole = Counter(row.name for row in rows if row.whole)
    return [
        _Labelled(
            row.id,
            label_of(row.name, row.identity, shared=(named_whole if row.whole else named)[row.name] > 1),
            row.name,
            row.identity,
            row.whole,
        )
        for row in rows
    ]


def _whole_ones(subjects: Sequence[_Labelled]) -> list[_Labelled]:
    return [each for each in subjects if each.whole]
