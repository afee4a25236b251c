"""Checks of a recipe's settings against models and tasks, before anything is measured."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from leaderboard.errors import NotMeasurableError, RequestError, SourceUnavailableError
from leaderboard.evaluation.plan import EvaluationPlan, SubjectPlan
from leaderboard.tasks import Catalogue
from leaderboard.training.preparation import Lesson
from leaderboard.training.target import Target


def check_settings(catalogue: Catalogue, plans: Iterable[EvaluationPlan]) -> None:
    """Check the settings of every recipe against its model, and against the tasks that it is prepared for.

    A setting has to fit one of the tasks: where it fits others only, those alone fail.

    Raises:
        RequestError: for a setting that fits none of the tasks of a model.
    """
    _refuse_what_fits_no_task(plans, lambda subject: subject.recipe.check(_target(catalogue, subject)))


def check_training_data(plans: Iterable[EvaluationPlan], lesson: Callable[[str, str, int], Lesson]) -> None:
    """Check the settings of every recipe that learns against the data of its tasks, before a model is loaded.

    Data out of reach, and a task that a recipe cannot learn, fail their own evaluations later.

    Args:
        plans: the evaluations.
        lesson: returns a task with its data, by its name, its digest and a seed.

    Raises:
        RequestError: for a setting that fits none of the tasks of a model.
    """

    def check(subject: SubjectPlan) -> None:
        lessons = {name: lesson(name, task_digest, subject.seed) for name, task_digest in subject.digests.items()}
        with suppress(NotMeasurableError, SourceUnavailableError):
            subject.recipe.check_data(lessons[subject.adapt_to.name], lessons, subject.seed)

    _refuse_what_fits_no_task([plan for plan in plans if plan.subject.recipe.learns], check)


def _refuse_what_fits_no_task(plans: Iterable[EvaluationPlan], check: Callable[[SubjectPlan], None]) -> None:
    subjects = {plan.subject.identity: plan.subject for plan in plans}
    errors: dict[tuple[str, str], list[RequestError | None]] = {}
    for subject in subjects.values():
        errors.setdefault((subject.model.digest, subject.recipe.recipe), []).append(_error(subject, check))
    for of_model in errors.values():
        problems = [error for error in of_model if error is not None]
        if len(problems) == len(of_model):
            raise problems[0]


def _error(subject: SubjectPlan, check: Callable[[SubjectPlan], None]) -> RequestError | None:
    try:
        check(subject)
    except RequestError as error:
        return error
    return None


def _target(catalogue: Catalogue, subject: SubjectPlan) -> Target:
    source = catalogue.data(subject.adapt_to)
    return Target(
        model=subject.model,
        task=subject.adapt_to,
        labels={name: tuple(catalogue.labels(catalogue.task(name))) for name in subject.digests},
        splits=frozenset(source.data.splits if source is not None and source.data is not None else ()),
        models=subject.others,
    )
