"""Workshop: where the models, subjects and data of a run are made ready, each once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

from leaderboard.data.examples import Example, Splits
from leaderboard.data.overlap import disjoint
from leaderboard.data.portions import Portion, dealt, limited, portion_of
from leaderboard.data.reading import splits_of
from leaderboard.engine.engine import Engine
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation.plan import EvaluationPlan, SubjectPlan
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.reference import ResolvedModel
from leaderboard.models.subject import GIVEN_BY_RECIPES, Capability, Subject, Training
from leaderboard.recipes.preparation import Lesson, Preparation
from leaderboard.recipes.prepared import remember
from leaderboard.tasks import Catalogue, Task, protocol_of

T = TypeVar("T")


class Workshop:
    """Loads one model once, and prepares each of its subjects once; what failed then fails again at once."""

    def __init__(self, catalogue: Catalogue, engine: Engine, *, offline: bool, trackers: tuple[str, ...] = ()) -> None:
        self.catalogue = catalogue
        self.engine = engine
        self.offline = offline
        self.trackers = trackers
        self._models: dict[str, LoadedModel | BaseException] = {}
        self._subjects: dict[str, Subject | BaseException] = {}
        self._read: dict[tuple[str, type[Example]], Splits] = {}
        self._data_notes: dict[str, tuple[str, ...]] = {}
        self._asked: dict[tuple[str, type[Example], Portion, int | None, int], Splits] = {}
        self._parts: dict[tuple[str, Portion], Subject] = {}

    def subject(self, plan: SubjectPlan, needs: frozenset[Capability]) -> Subject:
        """The subject of a plan, prepared as far as the needs ask for.

        What a model can do as it comes needs no recipe that leaves it alone, nor the data it would learn from.
        """
        model = self._model(plan.model)
        bare = Subject(model)
        able = needs <= bare.capabilities or not needs & GIVEN_BY_RECIPES
        if able and not (plan.recipe.changes_model or plan.recipe.alters):
            return bare
        return _kept(self._subjects, plan.identity, lambda: self._prepare(plan, model))

    def part(self, plan: EvaluationPlan) -> Subject:
        """The subject of a plan as its portion shows it: of what it was trained on, only that portion is attacked.

        Raises:
            NotMeasurableError: when it cannot be prepared, or answers with other classes than the task's.
        """
        if not plan.labels:
            return self._part(plan)
        from leaderboard.recipes.label_order import checked_order, under_labels  # noqa: PLC0415 - needed by few

        if known := self.catalogue.labels(plan.subject.adapt_to):  # before anything is trained
            checked_order(plan.labels, known, who=plan.subject.name, task=plan.task.name)
        return under_labels(self._part(plan), plan.labels, task=plan.task.name)

    def _part(self, plan: EvaluationPlan) -> Subject:
        subject = self.subject(plan.subject, plan.protocol.needs)
        if plan.portion is Portion.WHOLE or subject.training is None:
            return subject
        key = plan.subject.identity, plan.portion
        if key not in self._parts:
            self._parts[key] = _part_of(subject, subject.training, plan.portion)
        return self._parts[key]

    def forget(self, plan: SubjectPlan) -> None:
        """Let go of a subject that nothing more is asked of; what it learned stays in the cache on disk."""
        self._subjects.pop(plan.identity, None)
        for portion in Portion:
            self._parts.pop((plan.identity, portion), None)

    def splits(self, plan: EvaluationPlan) -> Mapping[str, Sequence[Example]]:
        """The examples of a plan's task, empty where it brings no data of its own."""
        source = self.catalogue.data(plan.task)
        if source is None or plan.protocol.example is None:
            return {}
        key = source.name, plan.protocol.example, plan.portion, plan.limit, plan.seed
        if key not in self._asked:  # a search asks hundreds of subjects about the same few
            splits = portion_of(self._splits(source, plan.protocol.example), plan.portion)
            self._asked[key] = limited(splits, plan.limit, plan.seed)
        return self._asked[key]

    def data_notes(self, plan: EvaluationPlan) -> tuple[str, ...]:
        """What reading a plan's data left out or changed, one sentence each."""
        source = self.catalogue.data(plan.task)
        return () if source is None else self._data_notes.get(source.name, ())

    def _splits(self, task: Task, example: type[Example]) -> Splits:
        if task.data is None:
            raise NotMeasurableError(f"task '{task.name}' has no data")
        key = task.name, example
        if key not in self._read:
            self._read[key] = splits_of(task.data, example, folder=task.folder, offline=self.offline)
        return self._read[key]

    def _model(self, resolved: ResolvedModel) -> LoadedModel:
        # Slow to import; a run that the store serves loads nothing.
        from leaderboard.models.loading import load  # noqa: PLC0415

        return _kept(
            self._models, resolved.digest, lambda: load(resolved, self.engine.device, spread=self.engine.spread)
        )

    def _lesson(self, name: str, task_digest: str) -> Lesson:
        task = self.catalogue.task(name)
        example, source = protocol_of(task).example, self.catalogue.data(task)
        if source is None or source.data is None or example is None:
            return Lesson(task, task_digest, {})
        if source is not task:  # its labels and examples are those of the task that it borrows from
            task = task.model_copy(update={"data": source.data})
        splits = self._splits(source, example)
        overlap = source.data.overlap
        # Whoever asks for nothing to learn from (a prompt) need not wait for all of the data.
        clean = cache(lambda: disjoint(splits, overlap, task=task.name))
        readers = {name: partial(splits.__getitem__, name) for name in splits}
        learned = {name: partial(lambda name: clean()[name], name) for name in ("train", "search") if name in splits}
        return Lesson(task, task_digest, Splits(readers | learned))

    def _prepare(self, plan: SubjectPlan, model: LoadedModel) -> Subject:
        lessons = {name: self._lesson(name, known) for name, known in plan.digests.items()}
        preparation = Preparation(
            model=model,
            lesson=lessons[plan.adapt_to.name],
            engine=self.engine,
            seed=plan.seed,
            lessons=lessons,
            models={reference: self._model(other) for reference, other in plan.others.items()},
            trackers=self.trackers,
        )
        subject = plan.recipe.prepare(preparation)
        remember(plan.identity, subject.model.folder)
        return subject


def _kept(known: dict[str, T | BaseException], key: str, make: Callable[[], T]) -> T:
    """What was made under a key, or is made now; what failed fails again, for all that need it."""
    if key not in known:
        try:
            known[key] = make()
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - kept, and raised; a panic in Rust code is no Exception
            known[key] = error
    found = known[key]
    if isinstance(found, BaseException):
        raise found
    return found


def _part_of(subject: Subject, known: Training, portion: Portion) -> Subject:
    members, nonmembers = dealt(known.members, portion), dealt(known.nonmembers, portion)
    return replace(subject, training=replace(known, members=members, nonmembers=nonmembers))
