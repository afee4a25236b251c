"""Derivations of the latency task of a data set: the time of answers to its test examples."""

from dataclasses import replace

from leaderboard.axes.axis import Axis
from leaderboard.axes.derivation import Derivation, MinimumParameter
from leaderboard.axes.latency import (
    FLOPS,
    LATENCY_P50,
    LATENCY_P90,
    LATENCY_P95,
    LATENCY_P99,
    LATENCY_RATIO,
    PARAMETERS,
    PEAK_MEMORY,
    THROUGHPUT,
    WEIGHT_BYTES,
)

LATENCY = Derivation(
    axis=Axis.LATENCY,
    metrics=(
        LATENCY_RATIO,
        LATENCY_P50,
        LATENCY_P90,
        LATENCY_P95,
        LATENCY_P99,
        THROUGHPUT,
        PEAK_MEMORY,
        PARAMETERS,
        WEIGHT_BYTES,
        FLOPS,
    ),
    unless_fewer={LATENCY_P99: MinimumParameter("samples", 200)},  # of 100 answers it would be the slowest alone
    description=(
        "Time of one answer on examples of `{source}`, one at a time, against a fixed reference workload; memory, "
        "parameters and operations of the model."
    ),
    citation="Reddi et al. 2020, MLPerf Inference Benchmark",
    parameters={"samples": 200, "warm_up": 10},
    search_parameters={"samples": 100, "reference_every": 3},
)

TAGGING_LATENCY = replace(LATENCY, sources=frozenset({"tagging"}))
CHOICE_LATENCY = replace(
    LATENCY, sources=frozenset({"multiple_choice"}), source_parameters=frozenset({"template", "separator"})
)
