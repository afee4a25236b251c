"""LoRA: low-rank or other adapters of a frozen body and a fresh head are trained, and merged afterwards."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from leaderboard.backends.subject import Subject
from leaderboard.recipes.composition import composed
from leaderboard.recipes.trained_recipe import SequentialRecipe
from leaderboard.training.adapter_settings import AdapterMethod, AdapterSettings
from leaderboard.training.preparation import Preparation

_WITHOUT = {
    AdapterMethod.IA3: ("rank", "alpha", "adapter_dropout"),
    AdapterMethod.BOTTLENECK: ("alpha", "adapter_dropout"),
}
"""Settings that a method does not have."""
_RATES = {AdapterMethod.ADALORA: 5e-3, AdapterMethod.IA3: 5e-3, AdapterMethod.BOTTLENECK: 2e-3}
"""Learning rates of the methods that learn little at the rate of low-rank adapters.

An update of AdaLoRA is a product of three small factors, so that it begins slower than one of LoRA; Liu et al. (2022)
train IA³ at 3e-3, and Houlsby et al. (2019) chose from 3e-5 to 3e-3 for bottlenecks.
"""


@composed
class Lora(SequentialRecipe):
    """Train low-rank adapters of every linear layer of the body, and a fresh head (Hu et al. 2022).

    Attributes:
        method: `lora`; `adalora`, which keeps the important ranks over all layers together (Zhang et al. 2023); `ia3`,
            which learns factors of keys, values and hidden units (Liu et al. 2022); `bottleneck`, a small network in
            each layer (Houlsby et al. 2019), which is not merged.
        learning_rate: peak learning rate of AdamW; higher than for all weights, since adapters start at zero. Where it
            is left out it is 5e-3 with `adalora` and `ia3`, and 2e-3 with `bottleneck`.
        rank: rank of the adapters, on average with `adalora`; width of a bottleneck.
        alpha: scale of the adapters, divided by their rank.
        adapter_dropout: dropout of the inputs of the adapters.
    """

    recipe: Literal["lora"] = "lora"
    method: AdapterMethod = Field(default=AdapterMethod.LORA, exclude_if=lambda method: method is AdapterMethod.LORA)
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 5e-4
    rank: Annotated[int, Field(ge=1)] = 8
    alpha: Annotated[int, Field(ge=1)] = 16
    adapter_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05

    @model_validator(mode="before")
    @classmethod
    def _set_rate_of_its_method(cls, settings: Any) -> Any:
        method = settings.get("method") if isinstance(settings, dict) else None
        if not isinstance(method, str) or method not in _RATES or "learning_rate" in settings:
            return settings
        return {**settings, "learning_rate": _RATES[AdapterMethod(method)]}

    @model_validator(mode="after")
    def _has_settings_of_its_method(self) -> "Lora":
        fields = type(self).model_fields
        for name in _WITHOUT.get(self.method, ()):
            if getattr(self, name) != fields[name].default:
                raise ValueError(f"{name} has no effect with method {self.method}; leave it out")
        return self

    @property
    def details(self) -> Mapping[str, Any]:
        """Return all settings and versions, JSON-like."""
        return {**super().details, **self._own_version}

    def learned(self) -> dict[str, object]:
        """Return the settings that the trained weights depend on."""
        return {**super().learned(), **self._own_version}

    @property
    def _own_version(self) -> dict[str, int]:
        """The version of IA³, whose factors once decayed to 0 with the weights; empty for all others."""
        return {"version": 2} if self.method is AdapterMethod.IA3 and self.weight_decay else {}

    @property
    def adapters(self) -> AdapterSettings:
        """Return the settings of the adapters."""
        return AdapterSettings(self.rank, self.alpha, self.adapter_dropout, self.method)

    def make(self, preparation: Preparation) -> Subject:
        """Train the model and return it, loaded from its folder."""
        from leaderboard.recipes.trained_subjects import prepare_trained  # noqa: PLC0415 - slow to import

        return prepare_trained(self, preparation)
