"""Privacy accounting: the (ε, δ) of a training with noisy, clipped gradients."""

import warnings
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from leaderboard.errors import RequestError
from leaderboard.installing import install_command

_LARGE = 20.0
"""Above this ε by Rényi divergence, composing losses by number takes minutes and gigabytes, for no guarantee at all."""


class Accountant(StrEnum):
    """Privacy accountant: numerical composition of privacy losses (PRV, tighter), or Rényi divergences (RDP)."""

    PRV = "prv"
    RDP = "rdp"


@dataclass(frozen=True)
class Guarantee:
    """Guarantee of differential privacy: (ε, δ), and the parameters that it follows from.

    Neighbours differ by one row, added or removed (Dwork & Roth 2014, definition 2.4).

    Attributes:
        epsilon: upper bound on the privacy loss, in nats.
        delta: the probability that it is exceeded.
        noise: standard deviation of the noise, in units of the clipping norm.
        sample_rate: probability that a row is in a step's batch (Poisson sampling).
        steps: number of batches.
        accountant: accountant that bounded ε.
    """

    epsilon: float
    delta: float
    noise: float
    sample_rate: float
    steps: int
    accountant: Accountant


@cache
def guarantee(noise: float, sample_rate: float, steps: int, delta: float) -> Guarantee:
    """Compute the guarantee of training with noise on Poisson-sampled, clipped gradients.

    Numerical composition of privacy losses (Gopi et al. 2021), an upper bound; by Rényi divergences (Mironov 2017)
    where those give an ε above 20.

    Args:
        noise: standard deviation of the noise over the clipping norm, above 0.
        sample_rate: above 0, at most 1.
        steps: at least 1.
        delta: above 0, below 1; should be below one over the number of rows.

    Raises:
        RequestError: when the accountant is not installed.
    """
    try:
        from opacus.accountants import PRVAccountant, RDPAccountant  # noqa: PLC0415 - slow to import
    except ImportError as error:
        raise _no_accountant() from error

    renyi, numerical = RDPAccountant(), PRVAccountant()
    renyi.history = numerical.history = [(noise, sample_rate, steps)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that other orders might give a smaller ε: numerical composition does
        epsilon, accountant = float(renyi.get_epsilon(delta=delta)), Accountant.RDP
        if epsilon <= _LARGE:
            epsilon, accountant = float(numerical.get_epsilon(delta=delta)), Accountant.PRV
    return Guarantee(epsilon, delta, noise, sample_rate, steps, accountant)


def epsilon(noise: float, sample_rate: float, steps: int, delta: float) -> float:
    """Return the ε of `guarantee`."""
    return guarantee(noise, sample_rate, steps, delta).epsilon


@cache
def noise_for(
    target: float, sample_rate: float, steps: int, delta: float, accountant: Accountant = Accountant.PRV
) -> float:
    """Return the least noise, up to 0.01 of ε, with which a training has an ε of at most `target`.

    Args:
        target: ε, above 0.
        sample_rate: probability that a row is in a step's batch, above 0, at most 1.
        steps: number of batches, at least 1.
        delta: above 0, below 1.
        accountant: accountant that bounds ε; Rényi divergences need more noise for the same ε.

    Returns:
        Standard deviation of the noise over the clipping norm.

    Raises:
        RequestError: when the accountant is not installed, or no noise is enough.
    """
    try:
        from opacus.accountants.utils import get_noise_multiplier  # noqa: PLC0415 - slow to import
    except ImportError as error:
        raise _no_accountant() from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # see `guarantee`
        try:
            return float(
                get_noise_multiplier(
                    target_epsilon=target,
                    target_delta=delta,
                    sample_rate=sample_rate,
                    steps=steps,
                    accountant=accountant.value,
                )
            )
        except (ValueError, RuntimeError) as error:
            raise RequestError(
                f"recipe.dp_epsilon {target:g}: no noise guarantees it for {steps} steps, each with {sample_rate:.3g} "
                "of the rows\n  Take a larger ε, or fewer epochs."
            ) from error


def _no_accountant() -> RequestError:
    return RequestError(
        "recipe.dp_noise and recipe.dp_epsilon need the accountant of opacus, which is not installed\n"
        f"  Install it: {install_command('privacy')}"
    )


def delta_for(rows: int) -> float:
    """Return the δ to account for: 1e-5, but at most 0.1 / number of rows."""
    return min(1e-5, 0.1 / max(rows, 1))
