"""Changes of data files since a stored result was measured."""

from leaderboard.data.source_changes import change_of
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.tasks import Catalogue, Task


def data_changes(plan: EvaluationPlan, catalogue: Catalogue) -> tuple[str, ...]:
    """Return one sentence for each pinned file of test and training data that changed or is missing.

    A file's bytes are not read where its times say that it is the same (see `cache.file_digests.remembered_digest`).
    """
    tasks = [plan.task, *(catalogue.task(name) for name in plan.subject.digests)]
    owners = {owner.name: owner for task in tasks if (owner := catalogue.data(task)) is not None}
    changes = (change for owner in owners.values() for change in _changes(owner))
    return tuple(dict.fromkeys(changes))


def _changes(task: Task) -> list[str]:
    splits = task.data.splits.values() if task.data else ()
    sources = dict.fromkeys(source for split in splits for source in (split.source, split.columns_from) if source)
    changes = (change_of(source, folder=task.folder) for source in sources)
    return [change for change in changes if change is not None]
