"""Bases: the ways of preparing a model that a search starts from, each with its levers and the recipe they make."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from leaderboard.models.loaded import ModelKind
from leaderboard.recipes.names import RecipeName
from leaderboard.registry import Registry
from leaderboard.studies.ranges import Value

Values = Mapping[str, Value]
"""The value of every lever of a base, by name."""
Settings = dict[str, Any]

_TEXTS = ("deduplicate", "anonymise", "augment", "augmented_share", "counterfactual_share")
_PRIVATE = ("dp_noise", "dp_clip")
_FOLLOWING = ("temperature", "quantise", "prune")


class Base(ABC):
    """One way of preparing models.

    Spaces are flat: every lever has a value in every trial, and one that another turns off is ignored here. A sampler
    that models all levers together needs it so.
    """

    kinds: ClassVar[frozenset[ModelKind]]
    levers: ClassVar[tuple[str, ...]]
    meaning: ClassVar[str]
    when_named: ClassVar[frozenset[str]] = frozenset()
    """Levers that are searched only where a file names them: each turn of them costs minutes."""
    trains: ClassVar[bool] = False
    """Whether weights are trained, which costs more than all that follows."""

    @abstractmethod
    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """The recipe that values stand for.

        Args:
            values: of every lever.
            layers: of the model.
            extra: what a space file gives beside levers (`teacher`, `translators`).
        """


class Probing(Base):
    """A frozen body and a linear head: a second a trial once the features are known."""

    kinds = frozenset({ModelKind.ENCODER, ModelKind.MASKED, ModelKind.CAUSAL})
    levers = (
        *_TEXTS,
        "layer",
        "c",
        "debias_directions",
        "mixup",
        *_PRIVATE,
        "group_thresholds",
        *_FOLLOWING,
        "drop_layers",
    )
    meaning = "a linear head on a frozen body"
    when_named = frozenset({"quantise", "prune", "drop_layers"})  # another body gives every text other features

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """See `Base`. A layer that was dropped cannot be read: the last one left is."""
        left = layers - int(values["drop_layers"])
        private = values["dp_noise"] != 0
        return {
            "recipe": RecipeName.PROBE.value,
            **_texts(values, extra, private=private),
            "layer": min(int(values["layer"]), left),
            "c": values["c"],
            "debias_directions": 0 if private else values["debias_directions"],
            **({name: values[name] for name in _PRIVATE} if private else {"mixup": values["mixup"]}),
            **_following(values, "drop_layers", "group_thresholds"),
        }


class Training(Base):
    """All weights, or low-rank matrices beside them, are trained."""

    kinds = frozenset({ModelKind.ENCODER, ModelKind.MASKED, ModelKind.CAUSAL})
    levers = (
        *_TEXTS,
        "tune",
        "learning_rate",
        "weight_decay",
        "dropout",
        "label_smoothing",
        "epochs",
        "patience",
        "unfrozen_layers",
        "lora_rank",
        "lora_scale",
        "lora_dropout",
        "mixup",
        "adversary",
        "adversary_epsilon",
        *_PRIVATE,
        "teacher_share",
        "softening",
        "student_layers",
        "ensemble_size",
        "group_thresholds",
        *_FOLLOWING,
        "drop_layers",
    )
    meaning = "fine-tuning, whole or by low-rank matrices"
    when_named = frozenset({"ensemble_size"})
    trains = True

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """See `Base`. What a private training cannot be combined with is off in one."""
        taught = "teacher" in extra and values["teacher_share"] != 0
        member = {
            **_texts(values, extra, private=values["dp_noise"] != 0),
            **{
                name: values[name] for name in ("learning_rate", "weight_decay", "dropout", "label_smoothing", "epochs")
            },
            "early_stopping": values["patience"],
            **_step(values),
            **_following(values, "drop_layers", "group_thresholds"),
            **(self._distilled(values, extra) if taught else self._tuned(values, layers)),
        }
        size = int(values["ensemble_size"])
        return {"recipe": RecipeName.ENSEMBLE.value, "size": size, "member": member} if size > 1 else member

    def _tuned(self, values: Values, layers: int) -> Settings:
        if values["tune"] == "lora":
            rank = int(values["lora_rank"])
            return {
                "recipe": RecipeName.LORA.value,
                "rank": rank,
                "alpha": rank * int(values["lora_scale"]),
                "adapter_dropout": values["lora_dropout"],
            }
        unfrozen = int(values["unfrozen_layers"])
        return {"recipe": RecipeName.FINETUNE.value, "unfrozen_layers": None if unfrozen == layers else unfrozen}

    def _distilled(self, values: Values, extra: Mapping[str, Any]) -> Settings:
        return {
            "recipe": RecipeName.DISTILL.value,
            "teacher": extra["teacher"],
            **({"teacher_recipe": extra["teacher_recipe"]} if "teacher_recipe" in extra else {}),
            "teacher_share": values["teacher_share"],
            "softening": values["softening"],
            "layers": values["student_layers"],
        }


class Prompting(Base):
    """A causal model is asked by a prompt; nothing is trained."""

    kinds = frozenset({ModelKind.CAUSAL})
    levers = ("shots", "template", "demonstrations", "prefix", "group_thresholds", *_FOLLOWING, "drop_layers")
    meaning = "a prompt before a causal model"

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """See `Base`."""
        del layers, extra
        shown = {name: values[name] for name in ("template", "prefix")}
        if values["shots"]:
            shown |= {"shots": values["shots"], "demonstrations": values["demonstrations"]}
        name = RecipeName.FEW_SHOT if values["shots"] else RecipeName.ZERO_SHOT
        return {"recipe": name.value, **shown, **_following(values, "drop_layers", "group_thresholds")}


class Answering(Base):
    """A model with a head of its own: only what follows training can be turned."""

    kinds = frozenset({ModelKind.CLASSIFIER, ModelKind.TAGGER, ModelKind.CHOOSER})
    levers = ("group_thresholds", *_FOLLOWING, "drop_layers")
    meaning = "what can be done to a model that is trained already"

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """See `Base`."""
        del layers
        labels = {"labels": extra["labels"]} if "labels" in extra else {}
        return {"recipe": RecipeName.AS_IS.value, **labels, **_following(values, "drop_layers", "group_thresholds")}


bases: Registry[type[Base]] = Registry(
    "space",
    "leaderboard.spaces",
    {
        "probe": "leaderboard.studies.bases:Probing",
        "training": "leaderboard.studies.bases:Training",
        "prompting": "leaderboard.studies.bases:Prompting",
        "as_is": "leaderboard.studies.bases:Answering",
    },
    see="leaderboard search space",
)


def base_for(kind: ModelKind, device_type: str) -> str:
    """The base that a search of such a model starts from where none is named; as `--recipe auto` chooses."""
    if kind is ModelKind.CAUSAL:
        return "prompting"
    if kind in Answering.kinds:
        return "as_is"
    return "probe" if device_type == "cpu" else "training"


def _texts(values: Values, extra: Mapping[str, Any], *, private: bool) -> Settings:
    """What is done to texts. A private training learns each text once: nothing may copy it or depend on others."""
    settings: Settings = {"anonymise": values["anonymise"]}
    if private:
        return settings
    settings |= {name: values[name] for name in ("deduplicate", "augment", "counterfactual_share")}
    if settings["augment"] != "none":
        settings["augmented_share"] = values["augmented_share"]
    return settings | ({"translators": extra["translators"]} if "translators" in extra else {})


def _step(values: Values) -> Settings:
    """What a step of training learns from: one kind of step. Noise goes before an adversary, and that before mixing."""
    if values["dp_noise"]:
        return {name: values[name] for name in _PRIVATE}
    if values["adversary"] != "none":
        return {name: values[name] for name in ("adversary", "adversary_epsilon")}
    return {"mixup": values["mixup"]}


def _following(values: Values, *more: str) -> Settings:
    return {name: values[name] for name in (*_FOLLOWING, *more)}
