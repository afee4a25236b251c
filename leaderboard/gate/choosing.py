"""Choosing: which results are judged, and which they are compared with."""

from collections.abc import Sequence
from pathlib import Path

from leaderboard.data.portions import Portion
from leaderboard.documents.reading import read
from leaderboard.errors import RequestError, unknown_name
from leaderboard.gate.baselines import ENDING
from leaderboard.store.repository import Store
from leaderboard.store.results import SubjectResults, results_of


def stored_subject(store: Store, asked: str | None) -> SubjectResults:
    """The subject of a store that was asked for, or the only one that was measured on whole tasks.

    Raises:
        RequestError: when there is none of that name, or several and none was named.
    """
    if asked is not None:
        return results_of(store, asked)
    return results_of(store, _only(_labels(store), "the store"))


def document_subject(path: Path, asked: str | None) -> SubjectResults:
    """The subject of a result document that was asked for, or the only one.

    Raises:
        RequestError: for a file that is no document, a name that it does not have, or several subjects and no name.
    """
    results = read(path)
    labels = [each.label for each in results]
    if asked is None:
        asked = _only(labels, str(path))
    found = [each for each in results if asked in {each.label, each.name, each.identity}] or [
        each for each in results if asked and (each.label.startswith(asked) or each.identity.startswith(asked))
    ]
    if not found:
        raise unknown_name("subject", asked, labels, where=str(path))
    if len(found) > 1:
        raise RequestError(f"{path}: subject '{asked}' could be several: {', '.join(each.label for each in found)}")
    return found[0]


def baseline_of(asked: str, folder: Path, store: Store | None) -> tuple[SubjectResults, str]:
    """A baseline, and what it is called: one that was saved, else a result document, else a subject of the store.

    Raises:
        RequestError: when it is none of these.
    """
    saved, file = folder / f"{asked}{ENDING}", Path(asked)
    if saved.is_file():
        return document_subject(saved, None), f"{asked} ({saved})"
    if file.is_file():
        return document_subject(file, None), asked
    if store is None or file.suffix == ENDING:
        raise _unknown_baseline(asked, folder, [])
    try:
        found = results_of(store, asked)
    except RequestError:
        labels = _labels(store)
        if any(label.startswith(asked) for label in labels):  # it could be several, which the error tells
            raise
        raise _unknown_baseline(asked, folder, labels) from None
    return found, found.label


def _labels(store: Store) -> list[str]:
    """Of the subjects that were measured on whole tasks."""
    return sorted({each.subject for each in store.evaluations() if each.portion is Portion.WHOLE})


def _unknown_baseline(asked: str, folder: Path, subjects: Sequence[str]) -> RequestError:
    saved = [path.stem for path in folder.glob(f"*{ENDING}")]
    return unknown_name(
        "baseline", asked, sorted({*saved, *subjects}), where=str(folder), see="leaderboard baseline list"
    )


def _only(labels: Sequence[str], where: str) -> str:
    if len(labels) == 1:
        return labels[0]
    if not labels:
        raise RequestError(f"{where}: holds no results on whole tasks\n  Measure a model first: leaderboard run …")
    raise RequestError(f"{where}: holds several subjects\n  Name one with --subject: {', '.join(labels)}")
