"""Inputs of evaluations: models, subjects and data of a run, each loaded once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

from leaderboard.backends.capability import GIVEN_BY_RECIPES, Capability
from leaderboard.backends.model import Model
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.backends.subject import Subject, Training
from leaderboard.cache.prepared_subjects import record_folder
from leaderboard.data.examples import Example, Splits
from leaderboard.data.overlap import disjoint
from leaderboard.data.portions import Portion, limited_splits, portion_examples, portion_of
from leaderboard.errors import as_exceptions
from leaderboard.evaluation.plan import EvaluationPlan, SubjectPlan
from leaderboard.evaluation.task_data import TaskData
from leaderboard.tasks import Catalogue, Task, protocol_of
from leaderboard.training.preparation import Lesson, Preparation

T = TypeVar("T")


class EvaluationInputs:
    """Models, subjects and data of a run, each loaded once; a failure is cached and raised again."""

    def __init__(
        self,
        catalogue: Catalogue,
        load: Callable[[ResolvedReference], Model],
        *,
        offline: bool,
        trackers: tuple[str, ...] = (),
        data: TaskData | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.data = data or TaskData(catalogue, offline=offline)
        self._load = load
        self.offline = offline
        self.trackers = trackers
        self._models: dict[str, Model | Exception] = {}
        self._subjects: dict[str, Subject | Exception] = {}
        self._limited_splits: dict[tuple[str, type[Example], Portion, int | None, int], Splits] = {}
        self._parts: dict[tuple[str, Portion], Subject] = {}

    def subject(self, plan: SubjectPlan, needs: frozenset[Capability]) -> Subject:
        """Return the subject of a plan, prepared as far as needed.

        Capabilities of the model itself need neither a recipe that does not change the model, nor its training data.
        """
        model = self._model(plan.model)
        bare = Subject(model)
        able = needs <= bare.capabilities or not needs & GIVEN_BY_RECIPES
        recipe = plan.recipe
        if able and not (recipe.changes_model or recipe.alters or recipe.changes_model_answers):
            return bare
        return _cached(self._subjects, plan.identity, lambda: self._prepare(plan, model))

    def part(self, plan: EvaluationPlan) -> Subject:
        """Return the subject of a plan, its training data restricted to the portion of the plan.

        Raises:
            NotMeasurableError: If it cannot be prepared, or its classes are not those of the task.
        """
        if not plan.labels:
            return self._with_references(plan, self._part(plan))
        from leaderboard.recipes.label_order import reorder_subject, require_label_order  # noqa: PLC0415 - needed by few

        if labels := self.catalogue.labels(plan.subject.adapt_to):  # before anything is trained
            require_label_order(plan.labels, labels, subject_name=plan.subject.name, task=plan.task.name)
        subject = reorder_subject(self._part(plan), plan.labels, task=plan.task.name)
        return self._with_references(plan, subject)

    def _with_references(self, plan: EvaluationPlan, subject: Subject) -> Subject:
        """Return the subject with the models that the plan's protocol scores its answers with."""
        if not plan.reference_models:
            return subject
        models = {name: self._model(resolved) for name, resolved in plan.reference_models.items()}
        return replace(subject, reference_models=models)

    def _part(self, plan: EvaluationPlan) -> Subject:
        subject = self.subject(plan.subject, plan.protocol.needs)
        if plan.portion is Portion.WHOLE or subject.training is None:
            return subject
        key = plan.subject.identity, plan.portion
        if key not in self._parts:
            self._parts[key] = _with_portion(subject, subject.training, plan.portion)
        return self._parts[key]

    def forget(self, plan: SubjectPlan) -> None:
        """Release a subject; its trained weights stay in the cache on disk."""
        self._subjects.pop(plan.identity, None)
        for portion in Portion:
            self._parts.pop((plan.identity, portion), None)

    def splits(self, plan: EvaluationPlan) -> Mapping[str, Sequence[Example]]:
        """Return the splits of a plan's task; empty where it has no data."""
        source = self.catalogue.data(plan.task)
        if source is None or plan.protocol.example is None:
            return {}
        key = source.name, plan.protocol.example, plan.portion, plan.limit, plan.seed
        if key not in self._limited_splits:  # a search evaluates hundreds of subjects on the same examples
            whole = plan.protocol.learned_from
            splits = portion_of(self._splits(source, plan.protocol.example), plan.portion, whole=whole)
            self._limited_splits[key] = limited_splits(splits, plan.limit, plan.seed, whole=whole)
        return self._limited_splits[key]

    def data_notes(self, plan: EvaluationPlan) -> tuple[str, ...]:
        """Return notes on skipped rows and near-duplicates of training rows, one sentence each."""
        source = self.catalogue.data(plan.task)
        if source is None or source.data is None:
            return ()
        subject = self._subjects.get(plan.subject.identity)
        if not isinstance(subject, Subject) or not subject.trained_on:
            return self.data.notes(source)
        learned = [self.catalogue.data(self.catalogue.task(name)) for name in plan.subject.digests]
        notes = [note for task in (source, *filter(None, learned)) for note in self.data.notes(task)]
        return tuple(dict.fromkeys((*notes, *self.data.near_copies(plan, self.splits(plan)))))

    def _splits(self, task: Task, example: type[Example]) -> Splits:
        return self.data.splits(task, example)

    def _model(self, resolved: ResolvedReference) -> Model:
        return _cached(self._models, resolved.digest, lambda: self._load(resolved))

    def lesson(self, name: str, task_digest: str, seed: int) -> Lesson:
        """Return a task with its data, whose splits are read on first use."""
        task = self.catalogue.task(name)
        protocol = protocol_of(task)
        example, source = protocol.example, self.catalogue.data(task)
        if source is None or source.data is None or example is None:
            return Lesson(task, task_digest, {})
        if source is not task:  # its labels and examples are those of the task that it borrows from
            task = task.model_copy(update={"data": source.data})
        splits = self._splits(source, example)
        overlap, labels = source.data.overlap, source.data.labels
        # A recipe that does not train need not wait for all of the data.
        clean = cache(lambda: disjoint(splits, overlap, task=task.name))
        readers = {name: partial(splits.__getitem__, name) for name in splits}
        learned: dict[str, Callable[[], Sequence[Example]]] = {
            name: partial(lambda name: clean()[name], name) for name in ("train", "search") if name in splits
        }
        if protocol.own_subject and "train" in learned:
            learned["train"] = lambda: protocol.with_planted(clean()["train"], labels, seed=seed)
        return Lesson(task, task_digest, Splits(readers | learned))

    def _prepare(self, plan: SubjectPlan, model: Model) -> Subject:
        lessons = {name: self.lesson(name, task_digest, plan.seed) for name, task_digest in plan.digests.items()}
        preparation = Preparation(
            model=model,
            lesson=lessons[plan.adapt_to.name],
            seed=plan.seed,
            lessons=lessons,
            models={reference: self._model(other) for reference, other in plan.others.items()},
            trackers=self.trackers,
        )
        subject = plan.recipe.prepare(preparation)
        if subject.model.folder is not None:
            record_folder(plan.identity, subject.model.folder)
        return subject


def _cached(cache: dict[str, T | Exception], key: str, make: Callable[[], T]) -> T:
    """Return the cached result of a key, or make it; a failure is cached and raised again."""
    if key not in cache:
        try:
            with as_exceptions():
                cache[key] = make()
        except Exception as error:  # noqa: BLE001 - kept, and raised
            cache[key] = error
    result = cache[key]
    if isinstance(result, Exception):
        raise result
    return result


def _with_portion(subject: Subject, training: Training, portion: Portion) -> Subject:
    members, nonmembers = portion_examples(training.members, portion), portion_examples(training.nonmembers, portion)
    return replace(subject, training=replace(training, members=members, nonmembers=nonmembers))
