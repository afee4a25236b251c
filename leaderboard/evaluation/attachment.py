"""Attachment: which task a subject is prepared for before it answers another, so that no question is another's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from leaderboard.axes.protocol import Parameters, Protocol
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.evaluation.request import Request
from leaderboard.models.loaded import ModelKind
from leaderboard.models.subject import Capability
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.recipes.labels import order_of
from leaderboard.tasks import Catalogue, Prompt, Task, protocol_of

_CLASSES = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE, Capability.TAG})
"""What a subject can only do under the labels of some task."""


@dataclass(frozen=True)
class Attachment:
    """Decides for one kind of model.

    A task with labels is answered by a subject of its own, or by one of a task whose labels are the same set of names.
    One that offers choices asks for no other. One without either belongs to the subject that the rest is measured of.

    Attributes:
        catalogue: of all tasks.
        request: which tasks are measured together.
        in_words: whether the model is asked by prompts.
        learns: whether its recipe needs training data.
    """

    catalogue: Catalogue
    request: Request
    in_words: bool
    learns: bool

    @classmethod
    def of(cls, catalogue: Catalogue, request: Request, recipe: RecipeRequest, kind: ModelKind) -> Self:
        """For a recipe as it prepares models of one kind."""
        return cls(catalogue, request, in_words=recipe.asks_in_words(kind), learns=recipe.learns(kind))

    def prepared_for(self, task: Task) -> Task:
        """The task that the subject is prepared for which answers `task`.

        Raises:
            RequestError: for an `adapt_to` without data of its own, or with other labels.
        """
        if task.adapt_to:
            named = self.catalogue.task(task.adapt_to, where=task.name)
            if self._has_own_words(task) and not self._asks_alike(task, named):
                return task
            check_adapt_to(self.catalogue, task, named)
            return named
        if task.trains or self._has_own_words(task) or Capability.CHOOSE in protocol_of(task).needs:
            return task
        return self._by_labels(task) if self._is_labelled(task) else self._companion(task)

    def _by_labels(self, task: Task) -> Task:
        """A task with the same label names and the same kind of examples; itself where there is none."""
        owner = self.catalogue.data(task)
        owners = [owner] if owner is not None and owner is not task and owner.trains else []
        labels, example = self.catalogue.labels(task), protocol_of(task).example
        for other in [*owners, *self._others(task)]:
            alike = order_of(labels, self.catalogue.labels(other)) is not None
            asks = self._has_own_words(other) or not self.in_words
            if alike and asks and protocol_of(other).example is example:
                return other
        return task

    def _companion(self, task: Task) -> Task:
        """What the tasks are adapted to that `task` is measured with."""
        if not self.request.named:
            return self.request.adapt_to
        texts = bool(protocol_of(task).needs & _CLASSES)
        companions = [each for each in self._others(task) if not texts or protocol_of(each).example is TextExample]
        return next(
            (each for each in companions if each.trains), companions[0] if companions else self.request.adapt_to
        )

    def _others(self, task: Task) -> Iterator[Task]:
        """What the other tasks' subjects are prepared for, the likeliest first."""
        if not self.request.named:
            yield self.request.adapt_to
        for other in self.request.tasks:
            if other.name == task.name or not self._stands_alone(other):
                continue
            prepared = self.prepared_for(other)
            if prepared.trains or not self.learns:
                yield prepared
        if self.request.named:
            yield self.request.adapt_to

    def _stands_alone(self, task: Task) -> bool:
        """Whether its subject is known without a look at other tasks."""
        own = task.trains or self._has_own_words(task) or Capability.CHOOSE in protocol_of(task).needs
        return bool(task.adapt_to or own)

    def _is_labelled(self, task: Task) -> bool:
        return bool(self.catalogue.labels(task)) and bool(protocol_of(task).needs & _CLASSES)

    def _has_own_words(self, task: Task) -> bool:
        """Whether a prompt of its own asks for the class; one without choices asks nothing, but nor may another's."""
        return self.in_words and bool(task.data and task.prompt and protocol_of(task).needs & _CLASSES)

    def _asks_alike(self, task: Task, other: Task) -> bool:
        """Whether both have the same prompt, with the same choice for each label."""
        if task.prompt is None or other.prompt is None:
            return False
        return task.prompt.template == other.prompt.template and self._meanings(task, task.prompt) == self._meanings(
            other, other.prompt
        )

    def _meanings(self, task: Task, prompt: Prompt) -> dict[str, str]:
        return dict(zip(self.catalogue.labels(task), prompt.choices, strict=False))


def check_adapt_to(catalogue: Catalogue, task: Task, named: Task) -> None:
    """See that a task can be answered by a subject that is adapted to the one it names in `adapt_to`.

    Raises:
        RequestError: when that one borrows its data, or has other labels.
    """
    if named.data is not None and named.data.same_as:
        raise RequestError(
            f"{task.name}: a subject cannot be adapted to '{named.name}', which borrows its data; "
            f"adapt it to '{named.data.same_as}'"
        )
    labels, known = catalogue.labels(task), catalogue.labels(named)
    if labels and known and _compares(protocol_of(task)) and order_of(labels, known) is None:
        raise RequestError(
            f"{task.name}: its labels are {', '.join(labels)}, but those of '{named.name}', which it names in "
            f"`adapt_to`, are {', '.join(known)}\n"
            "  A task is answered only by a subject with the same label names: adapt to another task, or leave "
            "`adapt_to` out and give the task a split `train` or a prompt with a choice for each label."
        )


def answered_labels(
    catalogue: Catalogue, task: Task, prepared_for: Task, protocol: Protocol[Parameters]
) -> tuple[str, ...]:
    """The labels that a subject's answers have to be put under, where its own are others or in another order.

    Args:
        catalogue: of all tasks.
        task: what is measured.
        prepared_for: what the subject was prepared for.
        protocol: of `task`.

    Returns:
        The task's labels; none where nothing needs to be done.
    """
    labels, known = catalogue.labels(task), catalogue.labels(prepared_for)
    return labels if _compares(protocol) and labels != known else ()


def _compares(protocol: Protocol[Parameters]) -> bool:
    """Whether it compares a subject's classes with those of examples."""
    return protocol.reads_labels and protocol.example is not None and bool(protocol.needs & _CLASSES)
