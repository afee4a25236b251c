"""Groups of subjects that differ by seed alone: one model, one recipe with its settings, one training set."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from leaderboard.backends.local.engine.shared_version import SHARED_CODE
from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError, unknown_name
from leaderboard.identity import digest
from leaderboard.recipes.choosing import stored_recipe
from leaderboard.store.labels import NamedSubject, properties_of, unique_labels
from leaderboard.store.repository import Store
from leaderboard.store.subjects import subject_labels
from leaderboard.store.tables import EvaluationRow, ModelRow, RecipeRow, SubjectRow, TaskRow

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SeedMember:
    """One subject of a group.

    Attributes:
        seed: seed of its preparation.
        label: its label in the store.
        identity: its identity.
    """

    seed: int
    label: str
    identity: str


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Subjects that differ by seed alone, shown as one row.

    Attributes:
        label: unique label of the row, with the number of seeds, such as `bert/probe(sst2) (3 seeds)`; a recipe that
            draws nothing at random has no number.
        adapt_to: task that they are adapted to.
        seeded: whether the recipe depends on the seed.
        members: the subjects, by seed; no two have the same seed.
    """

    label: str
    adapt_to: str | None
    seeded: bool
    members: tuple[SeedMember, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, ascending."""
        return tuple(each.seed for each in self.members)


def seed_groups(store: Store, subjects: Collection[str] | None = None) -> list[SeedGroup]:
    """Return every subject that was measured on whole tasks, in groups of those that differ by seed alone.

    Subjects that share all settings and the seed differ in something that the store does not describe: they stay
    apart, each as its own group.

    Args:
        store: the store.
        subjects: only these, by identity; all when None.
    """
    with store.reading() as session:
        labels = subject_labels(session)
        rows = [row for row in _rows(session) if subjects is None or row.identity in subjects]
        trained = _training_data(session)
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[_settings(row)].append(row)
    parts = [part for same in grouped.values() for part in _parts(same, trained)]
    names = unique_labels([_named(part) for part in parts])
    groups = []
    for name, part in zip(names, parts, strict=True):
        seeded = _depends_on_seed(part[0])
        count = f" ({len(part)} seed{'s' if len(part) > 1 else ''})" if seeded or len(part) > 1 else ""
        members = tuple(SeedMember(row.seed, labels[row.id], row.identity) for row in part)
        groups.append(SeedGroup(f"{name}{count}", part[0].adapt_to, seeded, members))
    return sorted(groups, key=lambda group: group.label)


def find_group(groups: Sequence[SeedGroup], name: str) -> SeedGroup:
    """Return the group with this label, or this start of its label or of a member's identity.

    Raises:
        RequestError: when there is none, with the nearest label, or when the name is ambiguous.
    """
    matching = [each for each in groups if name in {each.label, each.label.rpartition(" (")[0]}] or [
        each
        for each in groups
        if name and (each.label.startswith(name) or any(one.identity.startswith(name) for one in each.members))
    ]
    if not matching:
        raise unknown_name("subject", name, [each.label for each in groups], see="leaderboard rank --merge-seeds")
    if len(matching) > 1:
        labels = [each.label for each in matching]
        more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
        raise RequestError(f"subject '{name}' is ambiguous\n  Name one: {', '.join(labels[:_SHOWN])}{more}")
    return matching[0]


def _rows(session: Session) -> Sequence[Any]:
    whole = exists().where(EvaluationRow.subject_id == SubjectRow.id, EvaluationRow.portion == Portion.WHOLE)
    return session.execute(
        select(
            SubjectRow.id,
            SubjectRow.name,
            SubjectRow.identity,
            ModelRow.identity.label("model"),
            ModelRow.source,
            ModelRow.dtype,
            RecipeRow.identity.label("recipe_identity"),
            RecipeRow.name.label("recipe"),
            RecipeRow.adapt_to,
            RecipeRow.seed,
            RecipeRow.details,
        )
        .join(ModelRow, ModelRow.id == SubjectRow.model_id)
        .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
        .where(whole)
        .order_by(SubjectRow.name, RecipeRow.seed, SubjectRow.identity)
    ).all()


def _training_data(session: Session) -> dict[int, str]:
    """Return the identity of the task that a subject was adapted to, where it was measured on it, by row id.

    That identity covers the data, of which the row of a recipe says nothing.
    """
    rows = session.execute(
        select(EvaluationRow.subject_id, TaskRow.identity)
        .join(TaskRow, TaskRow.id == EvaluationRow.task_id)
        .join(SubjectRow, SubjectRow.id == EvaluationRow.subject_id)
        .join(RecipeRow, RecipeRow.id == SubjectRow.recipe_id)
        .where(TaskRow.name == RecipeRow.adapt_to, EvaluationRow.portion == Portion.WHOLE)
        .order_by(EvaluationRow.id)
    )
    return {row.subject_id: row.identity for row in rows}


def _settings(row: Any) -> str:
    """Return a digest of everything but the seed and the data."""
    shared_code = {"model": row.model, "recipe": row.recipe_identity, "shared_code": SHARED_CODE}
    newest = digest(shared_code) == row.identity  # prepared by this version of the shared code
    return digest([row.name, row.model, row.recipe, row.adapt_to, row.details, newest])


def _parts(rows: Sequence[Any], trained: dict[int, str]) -> list[list[Any]]:
    """Split subjects with the same settings by training data, and those that share a seed into single ones."""
    data = {trained[row.id] for row in rows if row.id in trained}
    only = next(iter(data)) if len(data) == 1 else None
    by_data: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_data[trained.get(row.id) or only or (row.identity if data else "")].append(row)
    parts: list[list[Any]] = []
    for same in by_data.values():
        distinct = max(Counter(row.seed for row in same).values()) == 1
        parts += [same] if distinct else [[row] for row in same]
    return parts


def _named(rows: Sequence[Any]) -> NamedSubject:
    first = rows[0]
    properties = properties_of(source=first.source, dtype=first.dtype, seed=first.seed, details=first.details)
    del properties["seed"]
    return NamedSubject(first.name, digest(sorted(row.identity for row in rows)), properties)


def _depends_on_seed(row: Any) -> bool:
    try:
        return stored_recipe(row.details, where=row.name).learns
    except RequestError:  # of a plug-in that is not installed, or of another version
        return True
