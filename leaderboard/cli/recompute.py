"""`leaderboard recompute`: estimates computed again from stored observations."""

from typing import TYPE_CHECKING

from leaderboard.cli.options import StoreUrl
from leaderboard.terminal import echo

if TYPE_CHECKING:
    from leaderboard.evaluation.recompute import Recomputed


def recompute(store: StoreUrl = None) -> None:
    """Compute all estimates again from the stored observations; no model is loaded."""
    from leaderboard.api import Leaderboard, StoreState

    board = Leaderboard(store)
    board.refuse_missing_store()
    if board.state is StoreState.MISSING:
        echo(board.empty_because, err=True)
        return
    evaluations = board.recompute(progress=_print_unchanged)
    unchanged = sum(bool(each.kept_because) for each in evaluations)
    echo(f"evaluations recomputed: {len(evaluations) - unchanged}, unchanged: {unchanged}")


def _print_unchanged(recomputed: "Recomputed") -> None:
    if recomputed.kept_because:
        subject, task = recomputed.evaluation.subject, recomputed.evaluation.task.name
        echo(f"unchanged: {subject} on {task}: {recomputed.kept_because}", err=True)
