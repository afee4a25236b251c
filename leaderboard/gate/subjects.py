"""The subjects of a gate: the results to judge, and the baseline to compare them with."""

import re
from collections.abc import Sequence
from pathlib import Path

from leaderboard.data.portions import Portion
from leaderboard.documents.reading import read_results
from leaderboard.errors import RequestError, unknown_name
from leaderboard.gate.baselines import SUFFIX
from leaderboard.settings import possible_path
from leaderboard.store.repository import Store
from leaderboard.store.results import SubjectResults, results_of

_OVER_SEEDS = re.compile(r" \(\d+ seeds?\)$")
"""End of the label of a mean over seeds (see `seeds.groups`)."""


def subject_of_store(store: Store, name: str | None) -> SubjectResults:
    """Return the named subject of a store, or the only one that was measured on whole tasks.

    Raises:
        RequestError: for an unknown name, or without a name where the store holds several subjects.
    """
    if name is not None:
        _refuse_group(name)
        return results_of(store, name)
    return results_of(store, _only(_labels(store), "the store"))


def subject_of_document(path: Path, name: str | None) -> SubjectResults:
    """Return the named subject of a result document, or the only one.

    Raises:
        RequestError: for a file that is not a result document, an unknown name, or several subjects without a name.
    """
    results = read_results(path)
    labels = [each.label for each in results]
    if name is None:
        name = _only(labels, str(path))
    matching = [each for each in results if name in {each.label, each.name, each.identity}] or [
        each for each in results if name and (each.label.startswith(name) or each.identity.startswith(name))
    ]
    if not matching:
        raise unknown_name("subject", name, labels, where=str(path))
    if len(matching) > 1:
        raise RequestError(f"{path}: subject '{name}' is ambiguous: {', '.join(each.label for each in matching)}")
    return matching[0]


def document_or_name(reference: str) -> SubjectResults | str:
    """Return the subject of a result document, written `FILE.json` or `FILE.json#SUBJECT`; else the name itself.

    Raises:
        RequestError: for a file that is not a result document, or that does not hold the one subject that is meant.
    """
    file, _, subject = reference.partition("#")
    if not file.endswith(SUFFIX):
        return reference
    if subject:
        return subject_of_document(Path(file), subject)
    results = read_results(Path(file))
    if len(results) != 1:
        labels = ", ".join(each.label for each in results)
        raise RequestError(f"{file}: holds {len(results)} subjects\n  Name one, as '{file}#SUBJECT': {labels}")
    return results[0]


def resolve_baseline(name: str, folder: Path, store: Store | None) -> tuple[SubjectResults, str]:
    """Return a baseline with its name: a saved one, else a result document, else a subject of the store.

    Raises:
        RequestError: when the name is none of these.
    """
    saved, file = folder / f"{name}{SUFFIX}", Path(name)
    if possible_path(str(saved)) and saved.is_file():
        return subject_of_document(saved, None), f"{name} ({saved})"
    if possible_path(name) and file.is_file():
        return subject_of_document(file, None), name
    if store is None or file.suffix == SUFFIX:
        raise _unknown_baseline(name, folder, [])
    _refuse_group(name)
    try:
        subject = results_of(store, name)
    except RequestError:
        labels = _labels(store)
        if any(label.startswith(name) for label in labels):  # the name is ambiguous, which the error explains
            raise
        raise _unknown_baseline(name, folder, labels) from None
    return subject, subject.label


def _refuse_group(name: str) -> None:
    """Refuse the label of a mean over seeds: a gate judges the one set of weights that is released."""
    if _OVER_SEEDS.search(name):
        raise RequestError(
            f"subject '{name}' is a mean over seeds, and a gate judges one subject\n"
            "  Name the seed, such as '… seed=0'; its name is in: leaderboard results"
        )


def _labels(store: Store) -> list[str]:
    """Return the labels of the subjects that were measured on whole tasks."""
    return sorted({each.subject for each in store.evaluations() if each.portion is Portion.WHOLE})


def _unknown_baseline(name: str, folder: Path, subjects: Sequence[str]) -> RequestError:
    saved = [path.stem for path in folder.glob(f"*{SUFFIX}")]
    return unknown_name(
        "baseline", name, sorted({*saved, *subjects}), where=str(folder), see="leaderboard baseline list"
    )


def _only(labels: Sequence[str], source: str) -> str:
    if len(labels) == 1:
        return labels[0]
    if not labels:
        raise RequestError(f"{source}: no results on whole tasks\n  Measure a model first: leaderboard run …")
    raise RequestError(f"{source}: several subjects\n  Choose one with --subject: {', '.join(labels)}")
