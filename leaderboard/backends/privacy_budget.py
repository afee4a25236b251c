"""Privacy budget: the (ε, δ) that a subject was trained with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PrivacyBudget:
    """Guarantee of differential privacy of a training, for single rows.

    Attributes:
        epsilon: upper bound on the privacy loss, in nats.
        delta: probability that it is exceeded.
    """

    epsilon: float
    delta: float
