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
from leaderboard.store.labels import Named, facts_of, labels_of
from leaderboard.store.tables import Evaluation, Model, Recipe, Subject

_SHOWN = 10
_AT_ONCE = 500
"""Databases bound how many values one statement may name."""


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
        name, _, start = asked.rpartition("#")  # the label of one that shares its name with others of any kind
        by_identity = bool(start) and name == self.name and self.identity.startswith(start)
        return bool(asked) and (by_identity or self.label.startswith(asked) or self.identity.startswith(asked))


def subject_labels(session: Session) -> dict[int, str]:
    """By row id: each subject's name, with what tells it from others where several share the name.

    What was measured on whole tasks shares its name only with its like, and the label says in which settings they
    differ (`labels_of`). Any other subject, a trial of a search, shares it with all of that name, and the label has the
    start of its identity.
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
    shared = {name for name, count in Counter(row.name for row in rows if row.whole).items() if count > 1}
    facts = _facts(session, [row.id for row in rows if row.whole and row.name in shared])
    boarded = [Named(row.name, row.identity, facts.get(row.id, {})) for row in rows if row.whole]
    labels = dict(zip((row.id for row in rows if row.whole), labels_of(boarded), strict=True))
    for row in rows:
        if not row.whole:
            labels[row.id] = Named(row.name, row.identity, {}).by_identity if named[row.name] > 1 else row.name
    return [_Labelled(row.id, labels[row.id], row.name, row.identity, row.whole) for row in rows]


def _facts(session: Session, subjects: Sequence[int]) -> dict[int, dict[str, str]]:
    """What subjects are made of, by row id."""
    found = {}
    for start in range(0, len(subjects), _AT_ONCE):
        for row in session.execute(
            select(Subject.id, Model.source, Model.dtype, Recipe.seed, Recipe.details)
            .join(Model, Model.id == Subject.model_id)
            .join(Recipe, Recipe.id == Subject.recipe_id)
            .where(Subject.id.in_(subjects[start : start + _AT_ONCE]))
        ):
            found[row.id] = facts_of(source=row.source, dtype=row.dtype, seed=row.seed, details=row.details)
    return found


def _whole_ones(subjects: Sequence[_Labelled]) -> list[_Labelled]:
    return [each for each in subjects if each.whole]
