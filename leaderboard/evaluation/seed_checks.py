"""Checks of a run over seeds, before anything is measured."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leaderboard.errors import RequestError
from leaderboard.evaluation.harness_tasks import PROTOCOLS

if TYPE_CHECKING:
    from leaderboard.evaluation.plan import EvaluationPlan


def check_seeds(plans: Sequence["EvaluationPlan"]) -> None:
    """Refuse evaluations that have nothing to say over seeds.

    Raises:
        RequestError: for a recipe that trains nothing, whose values would be equal and look certain, and for tasks of
            lm-evaluation-harness, whose definition has the seed.
    """
    for plan in plans:
        if not plan.subject.recipe.learns:
            raise RequestError(
                f"--seeds: recipe {plan.subject.recipe.recipe} of {plan.subject.name} does not depend on a seed\n"
                "  Leave --seeds out, or use a recipe that is trained, such as --recipe probe or --recipe finetune."
            )
        if plan.task.protocol in PROTOCOLS.values():
            raise RequestError(
                f"--seeds: task '{plan.task.name}' of lm-evaluation-harness is another task with each seed\n"
                "  Leave it out, or measure it with --seed N."
            )
