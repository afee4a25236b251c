"""Plan of the evaluation whose subject is a stored one, so that it can be prepared again and explained."""

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.precision import Precision
from leaderboard.backends.registry import Backends
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.evaluation.evaluation_inputs import EvaluationInputs
from leaderboard.evaluation.explanation import ExplainRequest
from leaderboard.evaluation.explanation_kinds import KINDS
from leaderboard.evaluation.explanation_kinds.kind import ExplanationKind
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.evaluation.session import Session
from leaderboard.evaluation.task_request import task_request
from leaderboard.recipes.choosing import RecipeRequest, stored_recipe
from leaderboard.store.frames import estimates_frame
from leaderboard.store.repository import Store
from leaderboard.store.stored_subject import StoredSubject
from leaderboard.tasks import Catalogue, protocol_of
from leaderboard.tasks.suite import YAML


def plan_of(
    store: Store, catalogue: Catalogue, stored: StoredSubject, request: ExplainRequest, kind: ExplanationKind | None
) -> tuple[EvaluationPlan, EvaluationInputs]:
    """Plan the evaluation whose subject is the stored one; nothing is loaded yet.

    Args:
        store: results.
        catalogue: tasks.
        stored: the subject.
        request: what is explained.
        kind: kind of answer; None for any.

    Raises:
        RequestError: where no task asks for such an answer, or its model, recipe or data have changed.
    """
    names = _tasks(store, catalogue, stored, request.task, kind)
    recipe = RecipeRequest.of(stored_recipe(stored.recipe.details, where=f"the recipe of '{stored.label}'"))
    options = ComputeOptions(request.device, Precision(stored.model.dtype), request.threads, request.offline)
    backends = Backends(options, progress=lambda *_: None)
    backends.check(stored.model.source)
    session = Session(catalogue, backends)
    model = session.model(stored.model.source)
    seed = int(stored.arguments.get("seed") or 0)
    for whole in (True, False):  # as part of a suite a subject may be adapted to another task
        for name in names:
            wanted = task_request(catalogue, tasks=[name])
            wanted = type(wanted)(wanted.tasks, wanted.adapt_to, named=not whole)
            for plan in session.plan(wanted, [model], recipe=recipe, seed=seed, limit=None):
                if plan.subject.identity == stored.identity:
                    return plan, session.inputs()
    raise RequestError(
        f"'{stored.label}' cannot be prepared again as it was measured: its model, its data or this program changed\n"
        f"  Measure it again, then explain it: leaderboard run --model {stored.model.source}"
    )


def _tasks(
    store: Store, catalogue: Catalogue, stored: StoredSubject, name: str | None, kind: ExplanationKind | None
) -> list[str]:
    """Return the tasks that the subject was measured on: those that ask for a kind of answer, accuracy first.

    Where no kind is requested, tasks that ask for the first kind of `KINDS` come first. A kind of answer that does not
    depend on a task is given by the subject of any task.
    """
    frame = estimates_frame(store, evaluations=stored.evaluations)
    measured = list(dict.fromkeys(frame.sort_values("axis", kind="stable")["task"]))
    if name is not None and name.endswith(YAML):
        name = catalogue.task(name).name
    if name is not None and name not in measured:
        raise RequestError(
            f"--task: '{stored.label}' was not measured on '{name}'\n  Measured on: {', '.join(measured) or 'nothing'}"
        )
    ranks = {}
    for each in [name] if name is not None else measured:
        try:
            needs = protocol_of(catalogue.task(each)).needs
        except LeaderboardError:
            continue
        wanted = list(KINDS.values()) if kind is None else [kind]
        matching = [at for at, one in enumerate(wanted) if one.tasks_ask_for & needs]
        if matching or kind is None or not kind.depends_on_task:
            ranks[each] = matching[0] if matching else len(wanted)
    tasks = sorted(ranks, key=lambda each: ranks[each])
    if not tasks:
        raise RequestError(
            f"'{stored.label}' was measured on no task of this program that asks for "
            f"{'an answer to explain' if kind is None else f'a {kind.name}'}\n"
            f"  Measured on: {', '.join(measured) or 'nothing'}\n"
            "  A task of your own: --task FILE.yaml. A file of --data is looked for below the working directory."
        )
    return tasks
