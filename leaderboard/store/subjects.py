"""Unique labels of subjects, and lookup of a subject by name, label or identity.

A search creates many subjects with one name. Subjects with results on whole tasks, which the board shows, take
precedence: a trial never changes their labels, and a shared name refers to them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError, unknown_name
from leaderboard.store.labels import NamedSubject, properties_of, unique_labels
from leaderboard.store.tables import EvaluationRow, ModelRow, RecipeRow, SubjectRow

_SHOWN = 10
_BATCH_SIZE = 500
"""Values in one statement, which databases limit."""


@dataclass(frozen=True, slots=True)
class _Labelled:
    """A subject, and whether it was measured on a whole task."""

    id: int
    label: str
    name: str
    identity: str
    whole: bool

    def is_called(self, name: str) -> bool:
        return name in {self.label, self.name}

    def may_be_called(self, name: str) -> bool:
        base, _, start = name.rpartition("#")  # a label with the start of an identity
        by_identity = bool(start) and base == self.name and self.identity.startswith(start)
        return bool(name) and (by_identity or self.label.startswith(name) or self.identity.startswith(name))


def subject_labels(session: Session) -> dict[int, str]:
    """Return a unique label for each subject, by row id.

    Subjects with results on whole tasks are distinguished by the settings in which they differ (`unique_labels`). Any
    other subject, such as a trial of a search, is distinguished by the start of its identity.
    """
    return {each.id: each.label for each in _labelled(session)}


def find_subject(session: Session, name: str) -> tuple[int, str]:
    """Return row id and label of the subject with this label or name, or this start of its label or identity.

    Among several, those with results on whole tasks take precedence.

    Raises:
        RequestError: when there is none, with the nearest label, or when the name is ambiguous.
    """
    subjects = _labelled(session)
    matching = [each for each in subjects if each.is_called(name)] or [
        each for each in subjects if each.may_be_called(name)
    ]
    matching = _whole_ones(matching) or matching
    if not matching:
        raise unknown_name(
            "subject", name, [each.label for each in _whole_ones(subjects) or subjects], see="leaderboard rank"
        )
    if len(matching) > 1:
        labels = sorted(each.label for each in matching)
        more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
        raise RequestError(f"subject '{name}' is ambiguous\n  Name one: {', '.join(labels[:_SHOWN])}{more}")
    return matching[0].id, matching[0].label


def labels_called(session: Session, names: Sequence[str]) -> list[str]:
    """The labels of the subjects of some names (see `find_subject`).

    Raises:
        RequestError: for a name that no subject has, or several.
    """
    return [find_subject(session, name)[1] for name in names]


def _labelled(session: Session) -> list[_Labelled]:
    whole = exists().where(EvaluationRow.subject_id == SubjectRow.id, EvaluationRow.portion == Portion.WHOLE)
    rows = session.execute(select(SubjectRow.id, SubjectRow.name, SubjectRow.identity, whole.label("whole"))).all()
    named = Counter(row.name for row in rows)
    shared = {name for name, count in Counter(row.name for row in rows if row.whole).items() if count > 1}
    properties = _properties(session, [row.id for row in rows if row.whole and row.name in shared])
    boarded = [NamedSubject(row.name, row.identity, properties.get(row.id, {})) for row in rows if row.whole]
    labels = dict(zip((row.id for row in rows if row.whole), unique_labels(boarded), strict=True))
    for row in rows:
        if not row.whole:
            labels[row.id] = NamedSubject(row.name, row.identity, {}).by_identity if named[row.name] > 1 else row.name
    return [_Labelled(row.id, labels[row.id], row.name, row.identity, row.whole) for row in rows]


def _properties(session: Session, subjects: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the properties of subjects, by row id."""
    properties = {}
    for start in range(0, len(subjects), _BATCH_SIZE):
        for row in session.execute(
            select(SubjectRow.id, ModelRow.source, ModelRow.dtype, RecipeRow.seed, RecipeRow.details)
            .join(ModelRow, ModelRow.id == SubjectRow.model_id)
            .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
            .where(SubjectRow.id.in_(subjects[start : start + _BATCH_SIZE]))
        ):
            properties[row.id] = properties_of(source=row.source, dtype=row.dtype, seed=row.seed, details=row.details)
    return properties


def _whole_ones(subjects: Sequence[_Labelled]) -> list[_Labelled]:
    return [each for each in subjects if each.whole]
