"""Every attribution method keeps to the contract."""

import math

import numpy as np
import pytest

from leaderboard.attributions.method import Attribution, AttributionMethod
from leaderboard.attributions.registry import attribution_method, attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.testing.attributions import AttributionMethodContract, LinearText


@pytest.mark.parametrize("name", attribution_methods())
class TestEveryMethod(AttributionMethodContract):
    @pytest.fixture
    def method(self, name):
        return attribution_methods()[name]


def test_the_registry_has_the_methods_that_the_documentation_names():
    assert sorted(attribution_methods()) == [
        "attention",
        "attention_rollout",
        "gradient_x_input",
        "integrated_gradients",
        "kernel_shap",
        "lime",
        "occlusion",
        "partition_shap",
    ]


def test_an_unknown_method_is_refused_with_the_nearest():
    with pytest.raises(RequestError, match="Did you mean 'kernel_shap'"):
        attribution_method("kernelshap")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1.0, math.nan], "not a finite number"),
        ([1.0, math.inf], "not a finite number"),
        ([1.0], r"shape \(1,\) for 2 units"),
        ([1.0, 2.0, 3.0], r"shape \(3,\) for 2 units"),
        ([[1.0], [2.0]], r"shape \(2, 1\) for 2 units"),
    ],
)
def test_values_that_are_none_of_the_units_are_refused(values, reason):
    class Wrong(AttributionMethod):
        """Return what no method may."""

        def attribute(self, text, seed):
            return Attribution(np.array(values), passes=1)

        def most_passes(self, units):
            return 1

    with pytest.raises(NotMeasurableError, match=reason):
        Wrong().checked(TextUnits(LinearText([0.5, 1.0]), budget=8), seed=0)
