"""A bag-of-words baseline, trained on the same data as the subject, for the examples of a classification."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from leaderboard.axes.accuracy.classification import BAG_OF_WORDS_ANSWER, Classification
from leaderboard.axes.protocol import Observation
from leaderboard.data.examples import Example, TextExample
from leaderboard.data.overlap import TRAIN, disjoint
from leaderboard.data.portions import Portion
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.recipes.bag_of_words import BagOfWords
from leaderboard.recipes.labels import find_order
from leaderboard.tasks import Catalogue, Task

log = logging.getLogger(__name__)

Splits = Mapping[str, Sequence[Example]]


class Baseline:
    """Bag-of-words classifiers, each trained once a run, and their answers, each computed once a set of examples."""

    def __init__(self, catalogue: Catalogue, splits: Callable[[Task, type[Example]], Splits]) -> None:
        """Take the tasks of a catalogue; `splits` reads their splits."""
        self._catalogue = catalogue
        self._splits = splits
        self._bags: dict[str, BagOfWords | None] = {}
        self._answers: dict[tuple[object, ...], Mapping[str, int]] = {}

    def with_baseline_answers(
        self, plan: EvaluationPlan, splits: Splits, observations: Sequence[Observation]
    ) -> Sequence[Observation]:
        """Add the predicted class of the bag of words to the observations of a classification.

        Observations stay as they are where no bag of words can be trained, and on the portions of a search: a failure
        of the baseline does not fail the evaluation.
        """
        if not isinstance(plan.protocol, Classification) or plan.portion is not Portion.WHOLE:
            return observations
        try:
            answers = self._answers_of(plan, splits)
        except Exception as error:
            log.debug("%s: no bag of words", plan.task.name, exc_info=True)
            log.info("%s: no bag of words: %s", plan.task.name, error)
            return observations
        return [
            replace(each, data={**each.data, BAG_OF_WORDS_ANSWER: answers[each.example_id]}) for each in observations
        ]

    def _answers_of(self, plan: EvaluationPlan, splits: Splits) -> Mapping[str, int]:
        """Return the class of each example of split `test`, as an index into the labels of the plan's task."""
        teacher = self._teacher(plan)
        key = teacher.name, plan.task.name, plan.limit, plan.seed
        if key not in self._answers:
            order = find_order(self._catalogue.labels(teacher), self._catalogue.labels(plan.task))
            if order is None:
                raise NotMeasurableError(f"the labels of '{teacher.name}' are others")
            examples = [example for example in splits["test"] if isinstance(example, TextExample)]
            classes = self._bag(teacher).classes(examples)
            self._answers[key] = {
                example.id: order[int(label)] for example, label in zip(examples, classes, strict=True)
            }
        return self._answers[key]

    def _teacher(self, plan: EvaluationPlan) -> Task:
        """Return the task with the training split: the one that the subject is adapted to, or the measured one."""
        for task in (plan.subject.adapt_to, plan.task):
            source = self._catalogue.data(task)
            if source is not None and source.trains:
                return source
        raise NotMeasurableError("there is no split `train`")

    def _bag(self, teacher: Task) -> BagOfWords:
        if teacher.name not in self._bags:
            self._bags[teacher.name] = None  # what fails once is not tried again
            if teacher.data is None:
                raise NotMeasurableError("there are no data")
            splits = disjoint(self._splits(teacher, TextExample), teacher.data.overlap, task=teacher.name)
            examples = [example for example in splits[TRAIN] if isinstance(example, TextExample)]
            self._bags[teacher.name] = BagOfWords(examples)
        bag = self._bags[teacher.name]
        if bag is None:
            raise NotMeasurableError(f"no bag of words could learn '{teacher.name}'")
        return bag
