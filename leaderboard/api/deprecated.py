"""Deprecated names, which still work and name their replacement."""

import warnings
from typing import TYPE_CHECKING, Any

from leaderboard.api.leaderboard import Leaderboard

if TYPE_CHECKING:
    from os import PathLike

    from leaderboard.studies.events import SearchListener
    from leaderboard.studies.stored_study import StoredStudy


def search(
    model: str,
    *,
    store: "str | PathLike[str] | None" = None,
    listener: "SearchListener | None" = None,
    **options: Any,
) -> "StoredStudy":
    """Search recipes for one model: the old name of `Leaderboard(store).search(model, …)`.

    Args:
        model: reference of the model.
        store: path or URL; None for the usual one.
        listener: called with every event.
        options: keyword arguments of `Leaderboard.search`.
    """
    warnings.warn(
        "leaderboard.search(…) is deprecated; call leaderboard.Leaderboard(store).search(…)",
        DeprecationWarning,
        stacklevel=2,
    )
    return Leaderboard(store).search(model, progress=listener, **options)
