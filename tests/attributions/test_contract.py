"""Every attribution method keeps to the contract."""

import pytest

from leaderboard.attributions.registry import attribution_method, attribution_methods
from leaderboard.errors import RequestError
from leaderboard.testing.attributions import AttributionMethodContract


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
