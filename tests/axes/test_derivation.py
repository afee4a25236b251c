"""What protocols declare about the tasks that are derived for them."""

import subprocess
import sys

import pytest

from leaderboard.axes.derivation import MinimumParameter, derivations
from leaderboard.axes.protocol import protocols


@pytest.mark.parametrize("name", list(derivations))
def test_a_derivation_fits_its_protocol(name):
    derivation, protocol = derivations.get(name), protocols.get(name)
    assert derivation.axis is protocol.axis
    assert set(derivation.metrics) <= set(protocol.metrics)
    assert any(metric.headline for metric in derivation.metrics)
    searching = {**derivation.parameters, **derivation.search_parameters}
    assert protocol.parameters_type.model_validate(derivation.parameters)
    assert protocol.parameters_type.model_validate(searching)
    assert {need.parameter for need in derivation.unless_fewer.values()} <= set(derivation.parameters)


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [({"samples": 200}, True), ({"samples": 199}, False), ({"samples": "200"}, False), ({}, False)],
)
def test_a_metric_is_reported_from_enough_examples_on(parameters, holds):
    assert MinimumParameter("samples", 200).holds(parameters) is holds


def test_metrics_that_need_more_examples_are_left_out():
    latency = derivations.get("latency")
    assert set(latency.reported({"samples": 200})) - set(latency.reported({"samples": 100})) == {"latency_p99"}


def test_listing_what_can_be_derived_imports_nothing_heavy():
    code = (
        "import sys; from leaderboard.axes.derivation import derivations;"
        "[derivations.get(name) for name in derivations];"
        "print([name for name in ('torch', 'scipy', 'pandas', 'sklearn') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
