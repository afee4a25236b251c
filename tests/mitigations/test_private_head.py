import numpy as np
import pytest

from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.dp_sgd import head as private_head
from leaderboard.mitigations.dp_sgd.head import SAMPLE_RATE, STEPS, fit_private_head
from leaderboard.training.dp_accounting import epsilon
from leaderboard.training.linear_head import Head, unit_rows


def clouds(n=600, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2
    return rng.normal(size=(n, 6)) + np.where(truth[:, None] == 1, 1.0, -1.0), truth


def fit(inputs, truth, *, noise=1.0, clip=1.0, strength=1.0, seed=0):
    return fit_private_head(inputs, truth, 2, noise=noise, clip=clip, strength=strength, seed=seed)


def test_it_learns_in_spite_of_noise():
    inputs, truth = clouds()
    assert (fit(inputs, truth).scores(inputs).argmax(1) == truth).mean() > 0.95


def test_almost_without_noise_it_is_the_regression_on_unit_vectors():
    from sklearn.linear_model import LogisticRegression

    inputs, truth = clouds()
    head = fit(inputs, truth, noise=0.01, clip=2.0, strength=0.1)
    expected = LogisticRegression(C=0.1).fit(unit_rows(inputs), truth).decision_function(unit_rows(inputs))
    assert np.corrcoef(np.diff(head.scores(inputs)).ravel(), expected)[0, 1] > 0.99
    assert np.diff(head.scores(inputs)).std() == pytest.approx(expected.std(), rel=0.15)


def test_much_noise_drowns_what_could_be_learned():
    inputs, truth = clouds(60)
    assert (fit(inputs, truth, noise=300.0).scores(inputs).argmax(1) == truth).mean() < 0.95


def test_one_example_moves_a_step_by_no_more_than_the_clip(monkeypatch):
    """Two data sets differ in the label of one row; unclipped its gradient would be a hundred times longer."""
    monkeypatch.setattr(private_head, "STEPS", 1)
    monkeypatch.setattr(private_head, "SAMPLE_RATE", 1.0)
    inputs, truth = clouds(40)
    other = np.concatenate([[1 - truth[0]], truth[1:]])
    steps = [
        private_head._descend(unit_rows(inputs), np.eye(2)[labels], noise=1e-9, clip=0.01, strength=1e9, seed=0)
        for labels in (truth, other)
    ]
    rate = private_head._LEARNING_RATE / 0.01
    assert np.linalg.norm(steps[0] - steps[1]) == pytest.approx(2 * rate * 0.01 / 40, rel=1e-3)


def test_the_head_has_its_privacy_guarantee():
    about = fit(*clouds(), noise=1.0).about
    assert float(about["epsilon"]) == epsilon(1.0, SAMPLE_RATE, STEPS, float(about["delta"]))
    assert (about["accountant"], about["noise"], about["clip"]) == ("prv", "1.0", "1.0")


def test_a_private_head_comes_back_with_its_guarantee(tmp_path):
    head = fit(*clouds())
    head.save(tmp_path / "head.safetensors")
    loaded = Head.load(tmp_path / "head.safetensors")
    assert (loaded.unit, loaded.about) == (True, head.about)
    assert np.array_equal(loaded.weight, head.weight)


def test_seeds_draw_their_own_noise():
    inputs, truth = clouds()
    assert np.array_equal(fit(inputs, truth).weight, fit(inputs, truth).weight)
    assert not np.array_equal(fit(inputs, truth).weight, fit(inputs, truth, seed=1).weight)


@pytest.mark.parametrize("clip", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("strength", [1e-3, 1e3])
def test_no_setting_gives_numbers_that_are_none(clip, strength):
    inputs, truth = clouds(30)
    inputs[0] = 0.0
    assert np.isfinite(fit(inputs, truth, clip=clip, strength=strength).weight).all()


def test_a_class_without_examples_is_not_learned():
    with pytest.raises(NotMeasurableError, match=r"at least 1 training examples of each class.*\[4, 0\]"):
        fit(np.ones((4, 2)), np.zeros(4, dtype=np.intp))
