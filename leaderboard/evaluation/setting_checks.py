"""Checks of a recipe's settings against models and tasks, before anything is measured."""

from collections.abc import Iterable

from leaderboard.errors import RequestError
from leaderboard.evaluation.plan import EvaluationPlan, SubjectPlan
from leaderboard.tasks import Catalogue
from leaderboard.training.target import Target


def check_settings(catalogue: Catalogue, plans: Iterable[EvaluationPlan]) -> None:
    """Check the settings of every recipe against its model, and against the tasks that it is prepared for.

    A setting has to fit one of the tasks: where it fits others only, those alone fail.

    Raises:
        RequestError: for a setting that fits none of the tasks of a model.
    """
    subjects = {plan.subject.identity: plan.subject for plan in plans}
    errors: dict[tuple[str, str], list[RequestError | None]] = {}
    for subject in subjects.values():
        errors.setdefault((subject.model.digest, subject.recipe.recipe), []).append(_error(catalogue, subject))
    for of_model in errors.values():
        problems = [error for error in of_model if error is not None]
        if len(problems) == len(of_model):
            raise problems[0]


def _error(catalogue: Catalogue, subject: SubjectPlan) -> RequestError | None:
    try:
        subject.recipe.check(_target(catalogue, subject))
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
