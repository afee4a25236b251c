"""The search as Python asks for it, and what the command line shares with it: `leaderboard.search(...)`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from leaderboard.amounts import parse_duration
from leaderboard.errors import RequestError, unknown_name
from leaderboard.invalid import explain
from leaderboard.models.precision import Precision
from leaderboard.settings import offline_requested, store_url
from leaderboard.store.database import open_existing, open_store
from leaderboard.store.repository import Store
from leaderboard.store.studies import delete_study, studies
from leaderboard.studies.asking import GoalRequest, study_name
from leaderboard.studies.definition import RUNGS, Definition, suite_tasks
from leaderboard.studies.names import LIMIT, TRIALS, VARIANTS, SamplerName, ScalarisationName
from leaderboard.studies.stored import StoredStudy
from leaderboard.tasks import default_catalogue

if TYPE_CHECKING:
    from leaderboard.models.reference import ResolvedModel
    from leaderboard.studies.search import Listener
    from leaderboard.studies.space import Space

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Asked:
    """A search that was asked for, checked; nothing is begun.

    Attributes:
        name: of the study.
        definition: what its numbers depend on.
    """

    name: str
    definition: Definition


def ask(
    model: str,
    goal: GoalRequest,
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
) -> Asked:
    """Check all that a search was asked for, the cheap things first.

    Raises:
        RequestError: for anything that is wrong with it.
        SourceUnavailableError: for a model that cannot be reached from here.
    """
    looked_for = goal.settings(suite_tasks(default_catalogue(), suite))
    resolved, points = model_and_space(model, space, device=device, dtype=dtype, offline=offline)
    said = {
        "model": model,
        "dtype": dtype,
        "suite": suite,
        **looked_for,
        "space": points.to_json(),
        "sampler": sampler,
        "seed": seed,
        "limit": limit,
        "rungs": RUNGS if rungs else (),
        "variants": variants,
    }
    try:
        definition = Definition.model_validate(said)
    except ValidationError as error:
        raise RequestError(explain(error, Definition, where="search")) from None
    return Asked(study or study_name(resolved.name, suite, goal), definition)


def model_and_space(
    model: str, space: str | None, *, device: str, dtype: Precision, offline: bool
) -> tuple["ResolvedModel", "Space"]:
    """A model, and what may be searched of it.

    Raises:
        RequestError: when one of the two is not there, or they do not go together.
    """
    from leaderboard.engine.devices import choose_devices  # noqa: PLC0415 - slow to import
    from leaderboard.models.reference import ModelReference, resolve  # noqa: PLC0415
    from leaderboard.studies.space import space_of  # noqa: PLC0415

    reference = ModelReference.parse(model)
    device_type = choose_devices(device).first.type
    resolved = resolve(reference, dtype=dtype, device_type=device_type, offline=offline)
    return resolved, space_of(space, resolved, device_type)


def opened(url: str, name: str, *, resume: bool) -> Store:
    """The store of a search that is to begin or, if that was asked for, to go on.

    Raises:
        RequestError: when a study of that name is there and was not meant.
    """
    store = open_existing(url)
    known = {each.study.name: sum(each.trials.values()) for each in studies(store)} if store else {}
    if name in known and not resume:
        raise RequestError(
            f"study '{name}' is there already, with {known[name]} trials\n"
            f"  Go on with it: add --resume, or `leaderboard search resume {name}`\n"
            "  Begin another: give it a name with --study\n"
            f"  Look at it: `leaderboard search show {name}`"
        )
    return store or open_store(url)


def search(
    model: str,
    *,
    suite: str = "core",
    study: str | None = None,
    weighted: str | Sequence[str] | Mapping[str, float] | None = None,
    alpha: float | None = None,
    scalarisation: str = ScalarisationName.SUM,
    minimize: str | None = None,
    maximize: str | None = None,
    pareto: str | Sequence[str] | None = None,
    subject_to: str | Sequence[str] = (),
    trials: int = TRIALS,
    timeout: float | str | None = None,
    patience: int = 0,
    jobs: int = 1,
    space: str | None = None,
    sampler: str = SamplerName.AUTO,
    limit: int = LIMIT,
    rungs: bool = True,
    variants: int = VARIANTS,
    seed: int = 0,
    device: str = "auto",
    dtype: str = Precision.AUTO,
    threads: int | None = None,
    store: str | None = None,
    offline: bool = False,
    resume: bool = False,
    listener: "Listener | None" = None,
) -> StoredStudy:
    """Search recipes for one model that trade its axes off better; the words are those of `leaderboard search`.

    Args:
        model: reference of the model.
        suite: tasks that every trial is measured on.
        study: its name; made of model, suite and goal where none is given.
        weighted: {"accuracy": 0.5, "bias": 0.2}, or two names with `alpha`.
        alpha: weight of the first of two names.
        scalarisation: "sum" or "chebyshev".
        minimize: the term of which less is wanted.
        maximize: the term of which more is wanted.
        pareto: two or three terms.
        subject_to: conditions, such as "accuracy >= baseline - 0.02".
        trials: in all, those of a study that goes on among them.
        timeout: seconds, or "10m", after which no trial is begun.
        patience: trials without a gain after which it ends; 0 never.
        jobs: processes.
        space: name of a space, or a YAML file; None takes what fits the model.
        sampler: who proposes points.
        limit: at most this many examples of each split.
        rungs: look at a trial with few examples first.
        variants: points after each training that differ from it only in what follows it.
        seed: of everything random.
        device: "auto", "cpu", "cuda:0".
        dtype: precision of the weights.
        threads: of all processes together; None for the physical cores.
        store: URL of the database; None for the usual one.
        offline: use nothing that is not on this machine.
        resume: go on with the study of that name, if there is one.
        listener: told how far it is.

    Returns:
        The study at its end: `best`, `front`, `trials`, and what each scored.

    Raises:
        RequestError: for anything that is wrong with what was asked.
        NotMeasurableError: when the model with everything off has no value for what is looked for.
    """
    offline = offline or offline_requested()
    goal = GoalRequest(
        weighted=_joined(weighted),
        alpha=alpha,
        scalarisation=_member(ScalarisationName, scalarisation, "scalarisation"),
        minimize=minimize,
        maximize=maximize,
        pareto=_joined(pareto),
        subject_to=(subject_to,) if isinstance(subject_to, str) else tuple(subject_to),
    )
    for word, number in {"trials": trials, "jobs": jobs, "threads": threads or 1}.items():
        if number < 1:
            raise RequestError(f"{word}: {number} is too few; at least 1")
    seconds = parse_duration(timeout, where="timeout") if isinstance(timeout, str) else timeout
    asked = ask(
        model,
        goal,
        suite=suite,
        study=study,
        space=space,
        sampler=_member(SamplerName, sampler, "sampler"),
        limit=limit,
        rungs=rungs,
        variants=variants,
        seed=seed,
        device=device,
        dtype=_member(Precision, dtype, "dtype"),
        offline=offline,
    )
    from leaderboard.studies.search import NOBODY, Effort, run_search  # noqa: PLC0415 - slow to import

    effort = Effort(trials, seconds, patience, jobs, device, threads, offline)
    where = opened(store or store_url(), asked.name, resume=resume)
    return run_search(where, asked.definition, asked.name, effort, listener=listener or NOBODY)


def forget(store: Store, name: str) -> None:
    """Delete a study and its trials, also those that Optuna keeps; what they measured stays.

    Raises:
        RequestError: when there is none of that name.
    """
    import optuna  # noqa: PLC0415 - slow to import

    delete_study(store, name)
    if name in optuna.get_all_study_names(storage=store.url):
        optuna.delete_study(study_name=name, storage=store.url)


def _joined(said: str | Sequence[str] | Mapping[str, float] | None) -> str | None:
    """As a flag would say it."""
    if said is None or isinstance(said, str):
        return said
    if isinstance(said, Mapping):
        return ",".join(f"{name}={weight}" for name, weight in said.items())
    return ",".join(said)


def _member(kind: type[E], text: str, word: str) -> E:
    if text not in set(kind):
        raise unknown_name(word, text, kind, where=word)
    return kind(text)
