"""Choosing: the kind of step that the settings of a training ask for."""

from leaderboard.errors import RequestError
from leaderboard.models.precision import Precision
from leaderboard.recipes.training.classification import Classification
from leaderboard.recipes.training.settings import Adversary
from leaderboard.recipes.training.steps.adversarial import Adversarial, Attack
from leaderboard.recipes.training.steps.mixup import Mixup
from leaderboard.recipes.training.steps.plain import Plain
from leaderboard.recipes.training.steps.private import Private
from leaderboard.recipes.training.steps.step import Learner, Step


def step_of(learner: Learner) -> Step:
    """The step of a learner; settings see to it that they ask for one kind.

    Raises:
        RequestError: when the objective or the precision does not go with it, or an accountant is not installed.
    """
    settings = learner.settings
    if settings.mixup:
        if not isinstance(learner.objective, Classification):
            raise RequestError(
                f"recipe.mixup {settings.mixup:g}: only the class of a text can be mixed, not tags or choices\n"
                "  Leave it off (0) for this task."
            )
        return Mixup(learner, settings.mixup)
    if settings.adversary is not Adversary.NONE:
        attack = Attack.of(settings.adversary, settings.adversary_epsilon, settings.adversary_steps)
        return Adversarial(learner, attack)
    if settings.dp_noise:
        if learner.precision is Precision.FLOAT16:
            raise RequestError(
                "recipe.precision float16: gradients of single examples are not scaled against its overflows\n"
                "  With recipe.dp_noise, take auto, bfloat16 or float32."
            )
        private = Private(learner, noise=settings.dp_noise, clip=settings.dp_clip)
        private.privacy(settings.epochs * len(private.batches(0)))  # a missing accountant is told before training
        return private
    return Plain(learner)
