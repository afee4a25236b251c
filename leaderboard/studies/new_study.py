"""New studies: a request for a search is validated, the cheap checks first."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from leaderboard.backends.precision import Precision
from leaderboard.errors import RequestError, checked_name
from leaderboard.escapes import shell
from leaderboard.invalid import explain
from leaderboard.store.repository import Store
from leaderboard.store.studies import delete_study, studies
from leaderboard.studies.definition import RUNGS, Definition
from leaderboard.studies.goal_request import GoalRequest, study_name
from leaderboard.studies.names import SamplerName
from leaderboard.studies.samplers import name_in_optuna
from leaderboard.studies.study_suite import study_suite

if TYPE_CHECKING:
    from leaderboard.backends.resolved import ResolvedReference
    from leaderboard.studies.space import Space
    from leaderboard.tasks import Catalogue

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class NewStudy:
    """A validated study that has not started.

    Attributes:
        name: Study name.
        definition: Everything that its results depend on.
    """

    name: str
    definition: Definition


def new_study(
    model: str,
    goal: GoalRequest,
    catalogue: "Catalogue",
    *,
    suite: str,
    study: str | None,
    space: str | None,
    sampler: SamplerName,
    limit: int,
    rungs: bool,
    variants: int,
    seed: int,
    device: str,
    dtype: Precision,
    offline: bool,
) -> NewStudy:
    """Validate a request for a search, the cheap checks first.

    Raises:
        RequestError: For anything invalid.
        SourceUnavailableError: for a model that cannot be reached from here.
    """
    tasks_of_suite = catalogue.suite(suite)
    objective = goal.settings(catalogue.suite_tasks(tasks_of_suite.name))
    resolved, searched_space = model_and_space(model, space, device=device, dtype=dtype, offline=offline)
    settings = {
        "model": model,
        "dtype": dtype,
        "suite": tasks_of_suite.name,
        "carried": study_suite(catalogue, tasks_of_suite),
        **objective,
        "space": searched_space.to_json(),
        "sampler": sampler,
        "seed": seed,
        "limit": limit,
        "rungs": RUNGS if rungs else (),
        "variants": variants,
    }
    try:
        definition = Definition.model_validate(settings)
    except ValidationError as error:
        raise RequestError(explain(error, Definition, where="search")) from None
    return NewStudy(
        checked_name(study, where="--study") if study else study_name(resolved.name, tasks_of_suite.name, goal),
        definition,
    )


def model_and_space(
    model: str, space: str | None, *, device: str, dtype: Precision, offline: bool
) -> tuple["ResolvedReference", "Space"]:
    """Resolve a model and its search space.

    Raises:
        RequestError: If one of them does not exist, or the space is not for such a model.
    """
    from leaderboard.backends.backend import ComputeOptions  # noqa: PLC0415 - slow to import
    from leaderboard.backends.registry import Backends  # noqa: PLC0415
    from leaderboard.studies.space import space_of  # noqa: PLC0415

    backends = Backends(ComputeOptions(device, dtype, offline=offline))
    resolved = backends.resolve(model)
    return resolved, space_of(space, resolved, backends.environment(resolved).kind)


def check_new(store: Store | None, name: str) -> None:
    """Check that no study of this name exists.

    Raises:
        RequestError: If one exists, with the command that resumes it.
    """
    trials_by_study = {each.study.name: sum(each.trials.values()) for each in studies(store)} if store else {}
    if name in trials_by_study:
        raise RequestError(
            f"study '{name}' exists already, with {trials_by_study[name]} trials\n"
            f"  Resume it: add --resume, or `leaderboard search resume {shell(name)}`\n"
            "  Start another: give it a name with --study\n"
            f"  Show it: `leaderboard search show {shell(name)}`"
        )


def forget(store: Store, name: str) -> None:
    """Delete a study and its trials, in Optuna's tables too; its evaluations stay.

    Raises:
        RequestError: when there is none of that name.
    """
    import optuna  # noqa: PLC0415 - slow to import

    delete_study(store, name)
    kept = name_in_optuna(store.url, name)
    if kept in optuna.get_all_study_names(storage=store.url):
        optuna.delete_study(study_name=kept, storage=store.url)
