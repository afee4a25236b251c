"""The registry of ranking methods: functions from utilities and weights to a merit, larger is better."""

from collections.abc import Callable, Mapping

from leaderboard.arrays import FloatArray
from leaderboard.ranking.methods.chebyshev import balance
from leaderboard.ranking.methods.dynascore import dynascore
from leaderboard.ranking.methods.method import Method
from leaderboard.ranking.methods.pareto_layers import pareto_layers
from leaderboard.ranking.methods.voting import borda, copeland
from leaderboard.ranking.weights import weighted_mean

Merit = Callable[[FloatArray, FloatArray], FloatArray]
"""Function of utilities, shape (n, 6), NaN where not measured, and weights, shape (6,), to merits, shape (n,), NaN for
no place."""

MERITS: Mapping[Method, Merit] = {
    Method.WEIGHTED: weighted_mean,
    Method.CHEBYSHEV: balance,
    Method.PARETO: lambda values, weights: -pareto_layers(values, weights),
    Method.BORDA: borda,
    Method.COPELAND: copeland,
    Method.DYNASCORE: dynascore,
}
