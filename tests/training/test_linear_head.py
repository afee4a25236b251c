import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from leaderboard.errors import NotMeasurableError
from leaderboard.training.linear_head import Head, fit_head


def clouds(classes, n=150, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % classes
    inputs = rng.normal(size=(n, 4))
    inputs[np.arange(n), truth] += 1.5
    return inputs * 10 + 3, truth


@pytest.mark.parametrize("classes", [2, 3])
def test_a_head_on_raw_features_predicts_as_the_regression_on_standardised_ones(classes):
    inputs, truth = clouds(classes)
    head = fit_head(inputs, truth, classes, strengths=[0.1], folds=3, seed=0)
    scaled = StandardScaler().fit_transform(inputs)
    expected = LogisticRegression(C=0.1, max_iter=1000).fit(scaled, truth).predict_proba(scaled)
    scores = inputs @ head.weight.T + head.bias
    odds = np.exp(scores - scores.max(1, keepdims=True))
    assert odds / odds.sum(1, keepdims=True) == pytest.approx(expected, abs=1e-3)


def test_training_twice_gives_the_same_head():
    inputs, truth = clouds(2)
    first, second = (fit_head(inputs, truth, 2, strengths=[0.1, 1.0], folds=3, seed=5) for _ in range(2))
    assert np.array_equal(first.weight, second.weight)


def test_a_feature_that_never_varies_does_no_harm():
    inputs, truth = clouds(2)
    inputs[:, 0] = 7.0
    assert np.isfinite(fit_head(inputs, truth, 2, strengths=[1.0], folds=3, seed=0).weight).all()


@pytest.mark.parametrize("truth", [[0] * 12, [0] * 10 + [1] * 2, []])
def test_a_class_with_too_few_examples_is_not_learned(truth):
    inputs = np.zeros((len(truth), 4))
    with pytest.raises(NotMeasurableError, match="at least 3 training examples of each class"):
        fit_head(inputs, np.array(truth, dtype=np.intp), 2, strengths=[0.1, 1.0], folds=3, seed=0)


def test_a_given_strength_needs_one_example_of_each_class():
    with pytest.raises(
        NotMeasurableError, match=r"at least 1 training examples of each class; split 'search' has \[3, 0\]"
    ):
        fit_head(np.zeros((3, 4)), np.zeros(3, dtype=np.intp), 2, strengths=[1.0], folds=3, seed=0, split="search")


def test_a_kept_head_comes_back_as_it_was(tmp_path):
    head = Head(np.arange(6.0).reshape(2, 3), np.array([0.5, -0.5]))
    head.save(tmp_path / "deep" / "head.safetensors")
    loaded = Head.load(tmp_path / "deep" / "head.safetensors")
    assert np.array_equal(loaded.weight, head.weight)
    assert np.array_equal(loaded.bias, head.bias)


def test_a_head_whose_file_was_cut_short_is_made_again(tmp_path):
    path = tmp_path / "head.safetensors"
    Head(np.zeros((2, 3)), np.zeros(2)).save(path)
    path.write_bytes(path.read_bytes()[:-5])
    assert Head.load(path) is None


def test_a_head_that_was_never_kept_is_none(tmp_path):
    assert Head.load(tmp_path / "head.safetensors") is None
