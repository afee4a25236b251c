"""Deletion: evaluations leave a store behind a document that brings them back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leaderboard.documents.writing import document, document_text
from leaderboard.errors import RequestError
from leaderboard.store.deletion import Selection, delete_evaluations, selected_evaluations
from leaderboard.store.repository import Store
from leaderboard.store.results import SubjectResults, all_results
from leaderboard.whole_files import write_whole


@dataclass(frozen=True)
class Deletion:
    """Evaluations that were chosen to be deleted.

    Attributes:
        results: the subjects with these evaluations alone.
        evaluations: identities of the evaluations, oldest first.
    """

    results: tuple[SubjectResults, ...]
    evaluations: tuple[str, ...]
    _store: Store

    def carry_out(self, *, undo: Path) -> None:
        """Write the evaluations to a document, then delete them.

        Args:
            undo: the document, which an import brings back.

        Raises:
            RequestError: when the file is there already; nothing is deleted then.
            OSError: when it cannot be written; nothing is deleted then.
        """
        if undo.exists():
            raise RequestError(f"--undo {undo}: is there already; nothing was deleted")
        write_whole(undo, document_text(document(self.results, observations=True)).encode())
        delete_evaluations(self._store, self.evaluations)


def deletion_of(opened: Callable[[], Store], selection: Selection) -> Deletion:
    """The evaluations that a selection leaves.

    Args:
        opened: opens the store, once the selection says something.
        selection: which are meant.

    Raises:
        RequestError: for a selection of everything, or a name that nothing in the store has.
    """
    if selection.is_everything:
        raise RequestError(
            "delete: says nothing of what to delete\n  Use --evaluation, --subject, --task, --run or --failed"
        )
    store = opened()
    evaluations = tuple(selected_evaluations(store, selection))
    return Deletion(tuple(_only(all_results(store) if evaluations else (), set(evaluations))), evaluations, store)


def _only(results: Sequence[SubjectResults], evaluations: set[str]) -> list[SubjectResults]:
    """The results that hold these evaluations and no others."""
    chosen = [
        replace(each, evaluations=tuple(one for one in each.evaluations if one.evaluation in evaluations))
        for each in results
    ]
    return [each for each in chosen if each.evaluations]
