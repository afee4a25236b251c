"""Adapter settings: the method and size of what is trained in place of a model's weights; imports nothing heavy."""

from dataclasses import dataclass
from enum import StrEnum


class AdapterMethod(StrEnum):
    """Method of adapters.

    `lora`: low-rank updates of every linear layer (Hu et al. 2022). `adalora`: the same with a singular value for each
    rank, of which training keeps the important ones over all layers together (Zhang et al. 2023). `ia3`: factors of the
    keys, values and hidden units (Liu et al. 2022). `bottleneck`: a small network behind the last linear layer of each
    layer (Houlsby et al. 2019; once a layer, as Pfeiffer et al. 2021).
    """

    LORA = "lora"
    ADALORA = "adalora"
    IA3 = "ia3"
    BOTTLENECK = "bottleneck"


@dataclass(frozen=True)
class AdapterSettings:
    """Settings of adapters.

    Attributes:
        rank: rank of the updates, on average with `adalora`; width of a bottleneck.
        alpha: scale of the updates, divided by their rank.
        dropout: dropout of the inputs of the updates.
        method: method of the adapters.
    """

    rank: int
    alpha: int
    dropout: float
    method: AdapterMethod = AdapterMethod.LORA
