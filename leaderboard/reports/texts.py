"""Texts: what the examples of a task say, read from this machine's own copy of the data; the store keeps none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leaderboard.data.examples import ChoiceExample, CounterfactualExample, Example, PairExample, TextExample
from leaderboard.data.reading import read_split
from leaderboard.data.specification import DataSpec
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.store.records import TaskRecord
from leaderboard.tasks import Catalogue, Task

_SCORED = "test"
_NOT_SCORED = frozenset({"train", "search", "nonmembers"})
_KINDS: tuple[type[Example], ...] = (TextExample, PairExample, CounterfactualExample, ChoiceExample)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a task's scored examples by id, or why they are not at hand."""

    by_id: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


def texts_of(catalogue: Catalogue, measured: TaskRecord) -> Texts:
    """The texts that a task asks about, as observations name them. Never goes to the network.

    Those of `test` are called by their own id, those of another distribution have its name in front. A task that
    changed since it was measured may ask about others, so nothing is read for it.

    Args:
        catalogue: of the tasks that this program knows.
        measured: the task as it was when it was measured.
    """
    task = catalogue.tasks.get(measured.name)
    if task is None:
        return Texts(reason="this program has no task of that name")
    try:
        if catalogue.digest(task) != measured.identity:
            return Texts(reason="the task has changed since it was measured")
        source = catalogue.data(task)
        if source is None or source.data is None:
            return Texts(reason="the task has no texts")
        return _read_as_any(source, source.data)
    except LeaderboardError as error:
        return Texts(reason=str(error).partition("\n")[0])


def _read_as_any(source: Task, data: DataSpec) -> Texts:
    """The texts of whichever kind of example the rows can become: the protocol knows, and is slow to ask."""
    for kind in _KINDS:
        try:
            return Texts(_read(source, data, kind))
        except RequestError:
            continue
    return Texts(reason="the task's examples are no texts")


def _read(source: Task, data: DataSpec, kind: type[Example]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, split in data.splits.items():
        if name in _NOT_SCORED:
            continue
        examples = read_split(split, data.read, data.labels, kind, name=name, folder=source.folder, offline=True)
        found |= {example.id if name == _SCORED else f"{name}:{example.id}": _text(example) for example in examples}
    return found


def _text(example: Example) -> str:
    match example:
        case TextExample():
            return example.whole
        case PairExample():
            return f"{example.more}\n{example.less}"
        case CounterfactualExample():
            return f"{example.text}\n{example.counterfactual}"
        case ChoiceExample():
            return "\n".join((example.question, *(f"• {choice}" for choice in example.choices)))
    return ""
