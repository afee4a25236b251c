"""Texts of a task's examples, read from the local copy of its data; the store keeps none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leaderboard.axes.accuracy.instructions.example import InstructionExample
from leaderboard.data.examples import (
    ChoiceExample,
    CounterfactualExample,
    Example,
    PairExample,
    PromptExample,
    ReferenceExample,
    TextExample,
)
from leaderboard.data.reading import read_split
from leaderboard.data.specification import DataSpec
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.store.records import TaskRecord
from leaderboard.tasks import Catalogue, Task

_SCORED = "test"
_NOT_SCORED = frozenset({"train", "search", "nonmembers"})
_KINDS: tuple[type[Example], ...] = (
    TextExample,
    PairExample,
    CounterfactualExample,
    ChoiceExample,
    ReferenceExample,
    InstructionExample,
)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a task's scored examples by id, or the reason why they are not available."""

    by_id: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


def texts_of(catalogue: Catalogue, measured: TaskRecord) -> Texts:
    """Return the texts of a task's examples by their ids in observations, without using the network.

    Examples of `test` have their own id; the ids of other distributions are prefixed with the split's name. A task that
    changed since it was measured may have other examples, so nothing is read for it.

    Args:
        catalogue: of the tasks that this program knows.
        measured: the task as it was when it was measured.
    """
    task = catalogue.tasks.get(measured.name)
    if task is None:
        return Texts(reason="no task of this program; ids of a file of your own end in the number of the row")
    try:
        if catalogue.digest(task) != measured.identity:
            return Texts(reason="the task has changed since it was measured")
        source = catalogue.data(task)
        if source is None or source.data is None:
            return Texts(reason="the task has no texts")
        return _read_any_kind(source, source.data)
    except LeaderboardError as error:
        return Texts(reason=str(error).partition("\n")[0])


def _read_any_kind(source: Task, data: DataSpec) -> Texts:
    """Return the texts as the first kind of example that the rows can become."""
    for kind in _KINDS:
        try:
            return Texts(_read(source, data, kind))
        except RequestError:
            continue
    return Texts(reason="the task's examples are not texts")


def _read(source: Task, data: DataSpec, kind: type[Example]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, split in data.splits.items():
        if name in _NOT_SCORED:
            continue
        examples = read_split(split, data.read, data.labels, kind, name=name, folder=source.folder, offline=True)
        texts |= {example.id if name == _SCORED else f"{name}:{example.id}": _text(example) for example in examples}
    return texts


def _text(example: Example) -> str:
    match example:
        case TextExample():
            return example.whole
        case PromptExample():
            return example.text
        case PairExample():
            return f"{example.more}\n{example.less}"
        case CounterfactualExample():
            return f"{example.text}\n{example.counterfactual}"
        case ChoiceExample():
            return "\n".join((example.question, *(f"• {choice}" for choice in example.choices)))
    return ""
