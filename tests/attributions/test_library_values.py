"""Values are those of the libraries' own loops, which answer one text after the other."""

import numpy as np
import pytest
import torch

from leaderboard.attributions.explained import Explained
from leaderboard.attributions.methods.lime import KERNEL_WIDTH, SAMPLES
from leaderboard.attributions.methods.partition_shap import owen_values
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits


class PairText(Explained):
    """Words count together: pairs have weights of their own."""

    def __init__(self, n_words):
        self.words = [f"word{index}" for index in range(n_words)]
        self._pairs = np.random.default_rng(0).normal(size=(n_words, n_words))

    def scores(self, kept):
        return np.array([np.tanh(self._pairs[np.ix_(each, each)].sum()) for each in map(list, kept)])


@pytest.fixture
def pair_text():
    return PairText(7)


def one_by_one(explained):
    return lambda kept: torch.tensor(explained.scores([tuple(torch.nonzero(kept[0]).flatten().tolist())]))


def test_lime_is_that_of_captum_at_the_same_seed(pair_text):
    from captum._utils.models.linear_model import SkLearnLinearRegression
    from captum.attr import Lime
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    torch.manual_seed(5)
    method = Lime(
        one_by_one(pair_text),
        interpretable_model=SkLearnLinearRegression(),
        similarity_func=get_exp_kernel_similarity_function("cosine", KERNEL_WIDTH),
    )
    expected = method.attribute(torch.ones(1, 7), n_samples=SAMPLES)[0].numpy()
    ours = attribution_methods()["lime"].attribute(TextUnits(pair_text, budget=64), seed=5)
    assert ours.values == pytest.approx(expected, abs=1e-5)
    assert ours.passes <= 2**7


def test_kernel_shap_is_that_of_captum_at_the_same_seed(pair_text):
    from captum.attr import KernelShap

    torch.manual_seed(5)
    expected = KernelShap(one_by_one(pair_text)).attribute(torch.ones(1, 7), n_samples=2 * 7 + 512)[0].numpy()
    ours = attribution_methods()["kernel_shap"].attribute(TextUnits(pair_text, budget=64), seed=5)
    assert ours.values == pytest.approx(expected, abs=1e-5)
    assert ours.error < 1e-3


def test_sampling_leaves_the_global_generator_alone(pair_text):
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    attribution_methods()["lime"].attribute(TextUnits(pair_text, budget=64), seed=5)
    assert torch.rand(1) == expected


def linkage(tree):
    """The tree as SciPy and shap have it: a row a node, (left, right, distance, leaves)."""
    rows, n_leaves = [], len(tree.leaves)

    def add(node):
        if not node.parts:
            return node.units.start
        left, right = map(add, node.parts)
        rows.append([left, right, float(len(rows) + 1), len(node.units)])
        return n_leaves + len(rows) - 1

    add(tree)
    return np.array(rows, dtype=float)


@pytest.mark.slow
def test_partition_shap_is_that_of_shap(pair_text):
    shap = pytest.importorskip("shap")
    text = TextUnits(pair_text, budget=64)

    class Masker(shap.maskers.Masker):
        clustering = linkage(text.tree)
        shape = (1, 7)
        invariants = None

        def __call__(self, mask, x):
            return (np.where(mask, x, 0)[None],)

        def mask_shapes(self, x):
            return [x.shape]

    explainer = shap.PartitionExplainer(lambda rows: text.scores(np.asarray(rows)), Masker())
    expected = explainer(np.ones((1, 7)), max_evals=5000, fixed_context=None, silent=True).values[0]
    assert owen_values(TextUnits(pair_text, budget=64), 5000).values == pytest.approx(expected, abs=1e-6)


def test_partition_shap_with_few_sets_still_sums_to_the_difference():
    explained = PairText(20)
    text = TextUnits(explained, budget=64)
    owen = owen_values(text, 30)
    assert text.passes <= 30
    assert owen.values.sum() == pytest.approx(text.whole - text.empty)
    assert owen.note.startswith("inexact: 30 sets of units do not reach every unit")


def test_partition_shap_with_enough_sets_has_no_note(pair_text):
    assert not owen_values(TextUnits(pair_text, budget=64), 5000).note
