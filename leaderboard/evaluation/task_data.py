"""Data of tasks: splits, read once for all models of a run, and notes on them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from leaderboard.axes.axis import Axis
from leaderboard.backends.capability import GIVEN_BY_RECIPES
from leaderboard.data.examples import Example, Splits
from leaderboard.data.near_duplicates import NearDuplicates, near_duplicate_note
from leaderboard.data.overlap import NONMEMBERS, SEARCH, TRAIN, disjoint, text_of
from leaderboard.data.reading import splits_of
from leaderboard.errors import NotMeasurableError, RequestError, SourceUnavailableError
from leaderboard.evaluation.baseline import Baseline
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.tasks import Catalogue, Task, protocol_of

_SCORED_BY_CONTENT = frozenset({Axis.ACCURACY, Axis.OOD})
"""Axes on which scores are inflated by rows of the training data."""


class TaskData:
    """Splits of tasks by name, read on first use."""

    def __init__(self, catalogue: Catalogue, *, offline: bool) -> None:
        self._catalogue = catalogue
        self._offline = offline
        self._splits: dict[tuple[str, type[Example]], Splits] = {}
        self._notes: dict[str, tuple[str, ...]] = {}
        self._copies: tuple[frozenset[str], NearDuplicates] | None = None
        self._near: dict[tuple[object, ...], tuple[str, ...]] = {}
        self.baseline = Baseline(catalogue, self.splits)

    def splits(self, task: Task, example: type[Example]) -> Splits:
        """Return the splits of a task's own data.

        Raises:
            NotMeasurableError: If it has none.
        """
        if task.data is None:
            raise NotMeasurableError(f"task '{task.name}' has no data")
        key = task.name, example
        if key not in self._splits:

            def note(notes: tuple[str, ...]) -> None:
                self._notes[task.name] = tuple(dict.fromkeys((*self._notes.get(task.name, ()), *notes)))

            self._splits[key] = splits_of(task.data, example, folder=task.folder, offline=self._offline, note=note)
        return self._splits[key]

    def notes(self, task: Task) -> tuple[str, ...]:
        """Return notes on rows of a task's data that were skipped, one sentence each."""
        return self._notes.get(task.name, ())

    def near_copies(self, plan: EvaluationPlan, splits: Mapping[str, Sequence[Example]]) -> tuple[str, ...]:
        """Return a sentence for each scored split with near-duplicates of training rows.

        Args:
            plan: Plan of a trained subject.
            splits: The scored splits.
        """
        if plan.task.axis not in _SCORED_BY_CONTENT:
            return ()
        key = (frozenset(plan.subject.digests), plan.task_digest, plan.portion, plan.limit, plan.seed)
        if key not in self._near:  # a search evaluates hundreds of subjects
            copies = self._learned(frozenset(plan.subject.digests))
            scored = [name for name in splits if name not in {TRAIN, NONMEMBERS, SEARCH}]
            rows = {name: [(example.id, text_of(example)) for example in splits[name]] for name in scored}
            notes = (near_duplicate_note(copies, rows[name], name) for name in scored)
            self._near[key] = tuple(note for note in notes if note)
        return self._near[key]

    def _learned(self, names: frozenset[str]) -> NearDuplicates:
        if self._copies is None or self._copies[0] != names:
            examples = (example for name in sorted(names) for example in self._train(name))
            self._copies = names, NearDuplicates(map(text_of, examples))
        return self._copies[1]

    def _train(self, name: str) -> Sequence[Example]:
        task = self._catalogue.task(name)
        source, example = self._catalogue.data(task), protocol_of(task).example
        if source is None or example is None:
            return []
        splits = self.splits(source, example)
        return splits.get(TRAIN, ())

    def check(self, plans: Iterable[EvaluationPlan]) -> None:
        """Read every split that plans score or train on, before a model is loaded.

        A remote file that is out of reach fails only its own evaluations, later.

        Raises:
            RequestError: Naming every file that does not match its task, and every missing local file.
        """
        problems: dict[str, None] = {}
        for (task, example), learned_from in _needed_data(self._catalogue, plans):
            for problem in self._problems(task, example, learned_from=learned_from):
                problems[problem] = None
        if problems:
            raise RequestError("\n".join(problems))

    def _problems(self, task: Task, example: type[Example], *, learned_from: bool) -> Iterator[str]:
        if task.data is None:
            return
        splits = self.splits(task, example)
        readable = True
        noted_files: set[str] = set()
        for name in splits:
            try:
                splits[name]
            except RequestError as error:
                readable = False
                problem = str(error)
                of_file = problem.replace(f" (split '{name}')", "")  # splits are often shares of one file
                if of_file not in noted_files:
                    yield f"{task.name}: {problem}"
                noted_files.add(of_file)
            except SourceUnavailableError as error:
                readable = False
                if all(place.is_local for place in task.data.splits[name].source.locations):
                    yield f"{task.name}: split '{name}': {error}"
        if readable and learned_from and TRAIN in splits:
            try:
                disjoint(splits, task.data.overlap, task=task.name)
            except RequestError as error:
                yield str(error)


def _needed_data(
    catalogue: Catalogue, plans: Iterable[EvaluationPlan]
) -> Iterator[tuple[tuple[Task, type[Example]], bool]]:
    """Yield each task whose data plans need, its type of examples, and whether a recipe trains on it."""
    needed: dict[tuple[str, type[Example]], tuple[Task, bool]] = {}
    for plan in plans:
        learns = plan.subject.recipe.learns
        uses = [(plan.task, False)]
        if plan.protocol.needs & GIVEN_BY_RECIPES and learns:
            uses += [(catalogue.task(name), True) for name in plan.subject.digests]
        for task, learned_from in uses:
            source, example = catalogue.data(task), protocol_of(task).example
            if source is not None and example is not None:
                key = source.name, example
                needed[key] = source, learned_from or (key in needed and needed[key][1])
    for (_, example), (task, learned_from) in needed.items():
        yield (task, example), learned_from
