"""The ranking methods, and what each of them promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How the utilities of the axes become an order of subjects. All methods take weights of axes.

    None of them ranks a subject that lacks an axis of positive weight.
    """

    WEIGHTED = "weighted"
    CHEBYSHEV = "chebyshev"
    PARETO = "pareto"
    BORDA = "borda"
    COPELAND = "copeland"
    DYNASCORE = "dynascore"

    @property
    def summary(self) -> str:
        """What the method does, in one line for people."""
        return _PROMISES[self].summary

    @property
    def source(self) -> str:
        """Publication that the method comes from."""
        return _PROMISES[self].source

    @property
    def independent(self) -> bool:
        """Whether adding or removing a subject never reorders the others."""
        return _PROMISES[self].independent


class Intervals(StrEnum):
    """Intervals of ranks to compute: none, over random weights, or over other examples."""

    NONE = "none"
    WEIGHTS = "weights"
    EXAMPLES = "examples"


@dataclass(frozen=True, slots=True)
class _Promise:
    summary: str
    source: str
    independent: bool = False


_PROMISES: Mapping[Method, _Promise] = {
    Method.WEIGHTED: _Promise(
        "weighted mean of the axes; a strong axis makes up for a weak one",
        "Das & Dennis 1997",
        independent=True,
    ),
    Method.CHEBYSHEV: _Promise(
        "the worst weighted axis decides, so no axis may be weak; the others break ties",
        "Steuer & Choo 1983, rho = .05",
        independent=True,
    ),
    Method.PARETO: _Promise(
        "layer 1 is dominated by no subject, layer 2 only by layer 1; positive weights count alike",
        "Goldberg 1989",
    ),
    Method.BORDA: _Promise(
        "how many subjects each one beats, axis by axis; sizes of differences do not count",
        "Rofin et al. 2023 (Vote'n'Rank)",
    ),
    Method.COPELAND: _Promise(
        "pairwise wins minus losses: of two subjects, the one that is better on axes of more weight wins",
        "Rofin et al. 2023 (Vote'n'Rank)",
    ),
    Method.DYNASCORE: _Promise(
        "axes in units of accuracy, at the rate at which these subjects trade them; unstable: "
        "one more subject as accurate as another changes the rates and the order",
        "Ma et al. 2021",
    ),
}
