"""The ways of ranking, and what each of them promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How the utilities of the axes become an order of subjects. All of them know weights of axes.

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
        """What it does, in one line for people."""
        return _PROMISES[self].summary

    @property
    def source(self) -> str:
        """Where it comes from."""
        return _PROMISES[self].source

    @property
    def independent(self) -> bool:
        """Whether adding or removing a subject never reorders the others."""
        return _PROMISES[self].independent


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
        "the worst weighted axis decides, so that none may be weak; the others break ties",
        "Steuer & Choo 1983, rho = .05",
        independent=True,
    ),
    Method.PARETO: _Promise(
        "layers: 1 is what nobody beats on all axes, 2 what only those beat; weights above 0 are alike",
        "Goldberg 1989",
    ),
    Method.BORDA: _Promise(
        "how many subjects each one beats, axis by axis; sizes of differences do not count",
        "Rofin et al. 2023 (Vote'n'Rank)",
    ),
    Method.COPELAND: _Promise(
        "duels won minus duels lost; a duel goes to who is better on more weight of axes",
        "Rofin et al. 2023 (Vote'n'Rank)",
    ),
    Method.DYNASCORE: _Promise(
        "axes in units of accuracy, at the rate at which these subjects trade them; unstable: "
        "one more subject as accurate as another changes the rates and the order",
        "Ma et al. 2021",
    ),
}
