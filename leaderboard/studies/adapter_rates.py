"""Learning rates that the methods of adapters need, in a search."""

from collections.abc import Mapping
from typing import Any

from leaderboard.mitigations.ranges import Real
from leaderboard.training.adapter_settings import AdapterMethod

_HIGHEST_RATE: Mapping[str, float] = {
    AdapterMethod.ADALORA: 2e-2,
    AdapterMethod.IA3: 2e-2,
    AdapterMethod.BOTTLENECK: 1e-2,
}
"""Highest learning rate that a search tries, four times the default of `recipes.lora` or more."""


def with_rates_of(methods: Any, rates: Real) -> Real:
    """Return the range of learning rates, extended to those of adapter methods.

    Args:
        methods: the name of one, or `{choices: [names]}`.
        rates: range without them.
    """
    names = methods.get("choices", ()) if isinstance(methods, Mapping) else (methods,)
    highest = max((_HIGHEST_RATE.get(str(name), 0.0) for name in names), default=0.0)
    return rates.model_copy(update={"high": max(rates.high, highest)})
