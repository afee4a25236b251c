"""DP-SGD: gradients are clipped and noisy, so that the model reveals little about any single example."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.backends.precision import Precision
from leaderboard.errors import RequestError
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Real
from leaderboard.mitigations.stages import HeadMitigation, StepMitigation

if TYPE_CHECKING:
    from leaderboard.training.linear_head import Head, HeadProblem
    from leaderboard.training.steps.step import Learner, Step

LEARNED_TWICE = "a text may be learned twice, or decide about another, and the guarantee would not hold"
"""Reason why noise cannot be combined with mitigations that copy or compare texts."""
LEARNS_WITHOUT_NOISE = "it learns from examples without noise, and the guarantee would not hold"
"""Reason why noise cannot be combined with mitigations that learn from examples themselves."""


class DpSgd(HeadMitigation, StepMitigation):
    """Train with clipped and noisy gradients (differentially private stochastic gradient descent).

    Attributes:
        dp_noise: standard deviation of the noise on the sum of gradients, in units of `dp_clip` (DP-SGD, Abadi et al.
            2016); 0 is ordinary training. The privacy guarantee is in the log of the training, or with the head.
        dp_clip: maximum norm of one example's gradient, in place of `clip`. That of a probe is never above 2.
    """

    name = "dp_sgd"
    axes = (Axis.PRIVACY, Axis.ACCURACY)
    source = "Abadi et al. 2016, Deep Learning with Differential Privacy"
    order = 2
    always_recorded = True

    dp_noise: Annotated[
        float, Field(ge=0), Searched(Real(low=0, high=2, half_off=True), "noise multiplier of DP-SGD")
    ] = 0.0
    dp_clip: Annotated[
        float, Field(gt=0), Searched(Real(low=0.1, high=10, log=True), "most of a text's gradient (dp_noise)")
    ] = 1.0

    def fit(self, problem: "HeadProblem") -> "Head":
        """Train a head with noisy gradients and return it with its guarantee.

        Raises:
            RequestError: when the accountant is not installed.
        """
        from leaderboard.mitigations.dp_sgd.head import fit_private_head  # noqa: PLC0415 - slow to import

        (strength,) = problem.strengths
        return fit_private_head(
            problem.inputs,
            problem.truth,
            problem.classes,
            noise=self.dp_noise,
            clip=self.dp_clip,
            strength=strength,
            seed=problem.seed,
            split=problem.split,
        )

    def step(self, learner: "Learner") -> "Step":
        """Return a training step with clipped and noisy gradients.

        Raises:
            RequestError: in float16, or when the accountant is not installed.
        """
        from leaderboard.mitigations.dp_sgd.step import PrivateStep  # noqa: PLC0415 - slow to import

        if learner.precision is Precision.FLOAT16:
            raise RequestError(
                "recipe.precision float16: gradients of single examples are not scaled against its overflows\n"
                "  With recipe.dp_noise, take auto, bfloat16 or float32."
            )
        private = PrivateStep(learner, noise=self.dp_noise, clip=self.dp_clip)
        steps = learner.settings.epochs * len(private.batches(0))
        private.privacy(steps)  # a missing accountant is reported before training
        return private
