"""What became of the data behind a stored result since it was measured."""

from leaderboard.data.fetching import change_of
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.tasks import Catalogue, Task


def data_changes(plan: EvaluationPlan, catalogue: Catalogue) -> tuple[str, ...]:
    """One sentence for each pinned file that changed or is gone, of the data that is scored and what was learned from.

    A file's bytes are not read where its times say that it is the same (see `file_digests.remembered_digest`).
    """
    tasks = [plan.task, *(catalogue.task(name) for name in plan.subject.digests)]
    owners = {owner.name: owner for task in tasks if (owner := catalogue.data(task)) is not None}
    changes = (change for owner in owners.values() for change in _changes(owner))
    return tuple(dict.fromkeys(changes))


def _changes(task: Task) -> list[str]:
    splits = task.data.splits.values() if task.data else ()
    sources = dict.fromkeys(source for split in splits for source in (split.source, split.columns_from) if source)
    found = (change_of(source, folder=task.folder) for source in sources)
    return [change for change in found if change is not None]
