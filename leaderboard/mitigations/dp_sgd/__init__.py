"""DP-SGD: gradients are clipped and noisy, so that the model reveals little about any single example."""

import math
import operator
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.backends.precision import Precision
from leaderboard.errors import RequestError
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Real, choice
from leaderboard.mitigations.stages import HeadMitigation, StepMitigation

if TYPE_CHECKING:
    from leaderboard.training.linear_head import Head, HeadProblem
    from leaderboard.training.steps.step import Learner, Step

LARGEST_TARGET = 20.0
"""Largest target ε: beyond it the accountant's numerical composition takes minutes, and nothing is guaranteed."""
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
        dp_epsilon: target ε of the whole training, from which the noise is solved, in place of `dp_noise`; δ is 1e-5,
            but at most 0.1 / number of rows. 0 leaves the noise to `dp_noise`. Solving takes seconds.
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
    dp_epsilon: Annotated[
        float,
        Field(ge=0, le=LARGEST_TARGET, exclude_if=operator.not_),
        Searched(choice((0.0, 1.0, 2.0, 4.0, 8.0)), "target ε of DP-SGD", instead_of="dp_noise"),
    ] = 0.0

    @property
    def is_on(self) -> bool:
        """Return whether gradients are noisy."""
        return bool(self.dp_noise or self.dp_epsilon)

    @model_validator(mode="after")
    def _noise_is_set_once(self) -> Self:
        if self.dp_noise and self.dp_epsilon:
            raise ValueError(
                f"dp_epsilon {self.dp_epsilon:g} and dp_noise {self.dp_noise:g} cannot be combined: the noise follows "
                "from the target ε; keep one"
            )
        return self

    def noise(self, *, rate: float, steps: int, rows: int) -> float:
        """Return the noise in units of `dp_clip`: as set, or solved for the target ε.

        Args:
            rate: probability with which each row is drawn at each step.
            steps: number of steps.
            rows: number of rows that are drawn from.

        Raises:
            RequestError: when the accountant is not installed.
        """
        if not self.dp_epsilon:
            return self.dp_noise
        from leaderboard.training.dp_accounting import delta_for, noise_for  # noqa: PLC0415 - slow to import

        return noise_for(self.dp_epsilon, rate, steps, delta_for(rows))

    def fit(self, problem: "HeadProblem") -> "Head":
        """Train a head with noisy gradients and return it with its guarantee.

        Raises:
            RequestError: when the accountant is not installed.
        """
        from leaderboard.mitigations.dp_sgd.head import SAMPLE_RATE, STEPS, fit_private_head  # noqa: PLC0415 - slow

        (strength,) = problem.strengths
        return fit_private_head(
            problem.inputs,
            problem.truth,
            problem.classes,
            noise=self.noise(rate=SAMPLE_RATE, steps=STEPS, rows=len(problem.truth)),
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
                "  With noisy gradients, take auto, bfloat16 or float32."
            )
        rows, batch = len(learner.objective.rows), learner.examples_per_step
        steps = learner.settings.epochs * math.ceil(rows / batch)
        noise = self.noise(rate=batch / rows, steps=steps, rows=rows)
        private = PrivateStep(learner, noise=noise, clip=self.dp_clip)
        private.privacy(steps)  # a missing accountant is reported before training
        return private
