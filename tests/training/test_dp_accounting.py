import sys

import pytest

from leaderboard.errors import RequestError
from leaderboard.training.dp_accounting import Accountant, delta_for, epsilon, guarantee, noise_for


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("noise", "rate", "steps", "expected"),
    [(1.1, 256 / 60000, 14063, 2.392), (4.0, 0.01, 10000, 0.9569), (1.3, 256 / 60000, 3516, 0.875)],
)
def test_epsilon_of_known_trainings(noise, rate, steps, expected):
    """MNIST as in the tutorial of TensorFlow Privacy, and Abadi et al. 2016, by numerical composition."""
    assert epsilon(noise, rate, steps, 1e-5) == pytest.approx(expected, abs=1e-3)


@pytest.mark.slow
def test_more_noise_and_fewer_steps_give_less_away():
    assert epsilon(2.0, 0.05, 200, 1e-5) < epsilon(1.0, 0.05, 200, 1e-5)
    assert epsilon(1.0, 0.05, 100, 1e-5) < epsilon(1.0, 0.05, 200, 1e-5)


def test_an_epsilon_that_guarantees_nothing_is_bounded_roughly():
    bound = guarantee(0.2, 0.1, 300, 1e-5)
    assert bound.accountant is Accountant.RDP
    assert bound.epsilon > 100


def test_the_usual_epsilon_is_bounded_tightly():
    assert guarantee(1.0, 0.05, 200, 1e-5).accountant is Accountant.PRV


def test_delta_stays_below_one_over_the_rows():
    assert delta_for(100) == 1e-5
    assert delta_for(1_000_000) == pytest.approx(1e-7)
    assert delta_for(0) == 1e-5


def test_without_an_accountant_there_is_no_guarantee(monkeypatch):
    monkeypatch.setitem(sys.modules, "opacus.accountants", None)
    with pytest.raises(RequestError, match=r"pip install 'lm-leaderboard\[privacy\]'"):
        guarantee(1.0, 0.1, 10, 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("accountant", "noise"), [(Accountant.PRV, 0.652), (Accountant.RDP, 0.697)])
def test_the_noise_of_a_known_training(accountant, noise):
    assert noise_for(8.0, 32 / 600, 57, 1e-5, accountant) == pytest.approx(noise, abs=1e-3)


@pytest.mark.slow
def test_the_noise_for_a_target_gives_that_epsilon():
    noise = noise_for(2.0, 0.05, 20, 1e-5)
    assert 2.0 - 0.02 <= epsilon(noise, 0.05, 20, 1e-5) <= 2.0


def test_an_epsilon_that_no_noise_gives_is_refused():
    with pytest.raises(RequestError, match=r"recipe.dp_epsilon 1e-08: no noise guarantees it"):
        noise_for(1e-8, 1.0, 100_000, 1e-5, Accountant.RDP)
