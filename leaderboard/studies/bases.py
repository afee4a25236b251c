"""Base recipes that a search starts from, each with its levers and the settings of its recipe."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from leaderboard.axes.axis import Axis
from leaderboard.backends.kind import ModelKind
from leaderboard.mitigations.levers import Lever, Phase
from leaderboard.mitigations.mitigation import Mitigation
from leaderboard.mitigations.ranges import Range, Real, Value, Whole, choice
from leaderboard.mitigations.registry import mitigations_of_stage
from leaderboard.mitigations.stages import (
    AnswerMitigation,
    CopyMitigation,
    FeatureMitigation,
    HeadMitigation,
    InputMitigation,
    OpeningMitigation,
    StageMitigation,
    StepMitigation,
    TextMitigation,
    WeightMitigation,
    WordingMitigation,
)
from leaderboard.registry import Registry
from leaderboard.studies.adapter_rates import with_rates_of
from leaderboard.studies.distilling_levers import distilling_levers
from leaderboard.studies.multitask_levers import multitask_levers, several_tasks
from leaderboard.training.adapter_settings import AdapterMethod

Values = Mapping[str, Value]
"""Value of every lever of a base, by name."""
Settings = dict[str, Any]
Layout = Sequence[Lever | type[StageMitigation]]
"""Levers of a base itself, and stages, which stand for the levers of every mitigation that is registered for them."""

A, O, P, L = Axis.ACCURACY, Axis.OOD, Axis.PRIVACY, Axis.LATENCY  # noqa: E741 - their initials, for the tables below
_BIAS = Axis.BIAS


class Base(ABC):
    """A base recipe of a search.

    Spaces are flat: every lever has a value in every trial, and one that another turns off is ignored here. A sampler
    that models all levers together needs it so.
    """

    kinds: ClassVar[frozenset[ModelKind]]
    meaning: ClassVar[str]
    when_named: ClassVar[tuple[type[StageMitigation], ...]] = ()
    """Stages whose mitigations are searched only where a space file names them: each change costs minutes."""
    keys: ClassVar[tuple[str, ...]] = ()
    """Keys of a space file that set something of the recipe, beside those that belong to levers."""
    trains: ClassVar[bool] = False
    """Whether weights are trained, which costs more than all that follows."""

    @classmethod
    @abstractmethod
    def layout(cls, layers: int) -> Layout:
        """Return the levers and stages, in the order of the space.

        Args:
            layers: of the model.
        """

    @abstractmethod
    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of the recipe for values of the levers.

        Args:
            values: of every lever.
            layers: of the model.
            extra: Further keys of a space file (`teacher`, `translators`).
        """

    @classmethod
    def levers(cls, layers: int) -> Mapping[str, Lever]:
        """Return all levers by name, in the order of the space.

        Args:
            layers: of the model.
        """
        parts = (cls._expanded(part, layers) for part in cls.layout(layers))
        return {lever.name: lever for part in parts for lever in part}

    @classmethod
    def range_of(cls, lever: Lever, named: Mapping[str, Any]) -> Range:
        """Return the range of a lever beside those that a space file names.

        Args:
            lever: one of this base.
            named: value or range of each lever that the file names.
        """
        del named
        return lever.range

    def mitigated(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of the active mitigations, conflicts resolved.

        A mitigation is dropped when one that it excludes is active; of several in a stage for one, the last is kept.
        """
        kinds = [kind for stage in self._stages(layers) for kind in mitigations_of_stage(stage)]
        candidates = [(kind, _lever_values(kind, values, layers, extra)) for kind in kinds]
        active = [
            mitigation
            for kind, settings_of_kind in candidates
            if (mitigation := kind.model_construct(**settings_of_kind)).is_on
        ]
        mitigated: Settings = {}
        for kind, settings_of_kind in candidates:
            if any(isinstance(other, excluded) for excluded, _ in kind.excludes for other in active):
                continue
            is_on = kind.model_construct(**settings_of_kind).is_on
            if is_on or kind.always_recorded:
                mitigated |= {name: extra[name] for name in kind.model_fields if name in extra}
            if is_on and not self._is_superseded(kind, active, layers):
                mitigated |= settings_of_kind
        return mitigated

    @classmethod
    def _stages(cls, layers: int) -> list[type[StageMitigation]]:
        return [part for part in cls.layout(layers) if not isinstance(part, Lever)]

    @classmethod
    def _is_superseded(cls, kind: type[Mitigation], on: Sequence[Mitigation], layers: int) -> bool:
        """Return whether a later mitigation replaces one, in a stage that takes only one."""
        alone = [stage for stage in cls._stages(layers) if stage.alone and issubclass(kind, stage)]
        return any(not isinstance([each for each in on if isinstance(each, stage)][-1], kind) for stage in alone)

    @classmethod
    def _expanded(cls, part: Lever | type[StageMitigation], layers: int) -> Iterator[Lever]:
        if isinstance(part, Lever):
            yield part
            return
        kinds = mitigations_of_stage(part)
        # What follows training is listed from the last to the first, as it always was: seeds propose the same points.
        for kind in reversed(kinds) if part.follows_training else kinds:
            for lever in kind.levers(layers, part.phase):
                yield replace(lever, when_named=lever.when_named or part in cls.when_named)


class ProbeBase(Base):
    """A linear probe on a frozen body: one second a trial once the features are cached."""

    kinds = frozenset({ModelKind.ENCODER, ModelKind.MASKED, ModelKind.CAUSAL, ModelKind.ENCODER_DECODER})
    meaning = "a linear head on a frozen body"
    when_named = (WeightMitigation,)  # another body gives every text other features

    @classmethod
    def layout(cls, layers: int) -> Layout:
        """Return texts, then the head, then what follows training."""
        training = Phase.TRAINING
        return (
            TextMitigation,
            CopyMitigation,
            InputMitigation,
            Lever(
                "layer",
                Whole(low=0, high=layers),
                layers,
                training,
                (A, O, _BIAS),
                "whose hidden states a probe reads",
            ),
            Lever("c", Real(low=1e-3, high=1e2, log=True), 1.0, training, (A, P), "inverse L2 penalty of a probe"),
            FeatureMitigation,
            HeadMitigation,
            AnswerMitigation,
            WeightMitigation,
        )

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of a probe. Where its layer is dropped, it reads the last one that is left."""
        mitigated = self.mitigated(values, layers, extra)
        left = layers - int(mitigated.get("drop_layers", 0))
        return {"recipe": "probe", "layer": min(int(values["layer"]), left), "c": values["c"], **mitigated}


class TrainingBase(Base):
    """Fine-tuning of all weights, or of low-rank adapters."""

    kinds = frozenset({ModelKind.ENCODER, ModelKind.MASKED, ModelKind.CAUSAL, ModelKind.ENCODER_DECODER})
    meaning = "fine-tuning, whole or by low-rank matrices"
    trains = True

    @classmethod
    def layout(cls, layers: int) -> Layout:
        """Return texts, then optimisation, then distillation, then what follows training."""
        return (
            TextMitigation,
            CopyMitigation,
            InputMitigation,
            *_learning_levers(layers),
            StepMitigation,
            *distilling_levers(layers),
            Lever(
                "ensemble_size",
                Whole(low=1, high=4),
                1,
                Phase.TRAINING,
                (A, O, L),
                "subjects that answer together",
                when_named=True,
            ),
            *multitask_levers(),
            AnswerMitigation,
            WeightMitigation,
        )

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of fine-tuning, of distillation, of several tasks at once, or of an ensemble of these."""
        taught = "teacher" in extra and values["teacher_share"] != 0
        member = {
            **{
                name: values[name] for name in ("learning_rate", "weight_decay", "dropout", "label_smoothing", "epochs")
            },
            "early_stopping": values["patience"],
            **self.mitigated(values, layers, extra),
            **(self._distilled(values, extra) if taught else self._tuned(values, layers)),
        }
        if "tasks" in extra and values.get("multitask") and not taught:
            member = several_tasks(member, values, extra)
        size = int(values["ensemble_size"])
        return {"recipe": "ensemble", "size": size, "member": member} if size > 1 else member

    @classmethod
    def range_of(cls, lever: Lever, named: Mapping[str, Any]) -> Range:
        """Return the range of a lever; learning rates go as far as the adapter methods need that the file names."""
        if lever.name != "learning_rate" or "lora_method" not in named or not isinstance(lever.range, Real):
            return lever.range
        return with_rates_of(named["lora_method"], lever.range)

    def _tuned(self, values: Values, layers: int) -> Settings:
        if values["tune"] == "lora":
            return {"recipe": "lora", **_adapters(values)}
        unfrozen = int(values["unfrozen_layers"])
        return {"recipe": "finetune", "unfrozen_layers": None if unfrozen == layers else unfrozen}

    def _distilled(self, values: Values, extra: Mapping[str, Any]) -> Settings:
        return {
            "recipe": "distill",
            "teacher": extra["teacher"],
            **({"teacher_recipe": extra["teacher_recipe"]} if "teacher_recipe" in extra else {}),
            "teacher_share": values["teacher_share"],
            "softening": values["softening"],
            "layers": values["student_layers"],
        }


class PromptBase(Base):
    """Prompting of a causal model; nothing is trained."""

    kinds = frozenset({ModelKind.CAUSAL, ModelKind.ENCODER_DECODER})
    meaning = "a prompt before a causal model"

    @classmethod
    def layout(cls, layers: int) -> Layout:
        """Return the prompt, then what changes answers and weights."""
        del layers
        answers = Phase.ANSWERS
        return (
            Lever("shots", choice([0, 1, 2, 4, 8]), 0, answers, (A, L), "solved examples before each question"),
            WordingMitigation,
            Lever(
                "demonstrations",
                choice(["balanced", "random", "nearest"]),
                "balanced",
                answers,
                (A, _BIAS),
                "which examples are shown (shots)",
            ),
            OpeningMitigation,
            InputMitigation,
            AnswerMitigation,
            WeightMitigation,
        )

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of a zero-shot or few-shot prompt."""
        mitigated = self.mitigated(values, layers, extra)
        if not values["shots"]:
            return {"recipe": "zero_shot", **mitigated}
        shown = {"shots": values["shots"], "demonstrations": values["demonstrations"]}
        return {"recipe": "few_shot", **shown, **mitigated}


class AsIsBase(Base):
    """A model with a head of its own: only mitigations that follow training are searched."""

    kinds = frozenset({ModelKind.CLASSIFIER, ModelKind.TAGGER, ModelKind.CHOOSER})
    meaning = "what can be done to a model that is trained already"
    keys = ("labels",)

    @classmethod
    def layout(cls, layers: int) -> Layout:
        """Return the stages that follow training."""
        del layers
        return (AnswerMitigation, WeightMitigation)

    def settings(self, values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
        """Return the settings of the recipe `as_is`."""
        labels = {"labels": extra["labels"]} if "labels" in extra else {}
        return {"recipe": "as_is", **labels, **self.mitigated(values, layers, extra)}


bases: Registry[type[Base]] = Registry(
    "space",
    "leaderboard.spaces",
    {
        "probe": "leaderboard.studies.bases:ProbeBase",
        "training": "leaderboard.studies.bases:TrainingBase",
        "prompting": "leaderboard.studies.bases:PromptBase",
        "as_is": "leaderboard.studies.bases:AsIsBase",
        "active": "leaderboard.studies.label_bases:ActiveBase",
        "self_training": "leaderboard.studies.label_bases:SelfTrainingBase",
        "reptile": "leaderboard.studies.label_bases:ReptileBase",
    },
    see="leaderboard search space",
)


def base_for(kind: ModelKind, device_type: str) -> str:
    """Return the default base for a kind of model, as `--recipe auto` chooses."""
    if kind.continues_text:
        return "prompting"
    if kind in AsIsBase.kinds:
        return "as_is"
    return "probe" if device_type == "cpu" else "training"


def _lever_values(kind: type[Mitigation], values: Values, layers: int, extra: Mapping[str, Any]) -> Settings:
    """Return the values of a mitigation's levers; a study that is older than the mitigation has none.

    A lever in whose place another one is on is off, and so is one whose key a space file does not have.
    """
    levers = {lever.name: lever for lever in kind.levers(layers, Phase.ANSWERS) if lever.name in values}
    settings = {name: values[name] for name in levers}
    replaced = [lever.instead_of for name, lever in levers.items() if lever.instead_of and values[name] != lever.off]
    without_key = [name for name, lever in levers.items() if lever.needs and lever.needs not in extra]
    return settings | {name: levers[name].off for name in (*replaced, *without_key) if name in levers}


def _adapters(values: Values) -> Settings:
    """Return the settings of adapters, those that the method has; a study that is older than the methods has none."""
    method = AdapterMethod(str(values.get("lora_method", AdapterMethod.LORA)))
    rank = int(values["lora_rank"])
    named = {} if method is AdapterMethod.LORA else {"method": method.value}
    if method is AdapterMethod.IA3:
        return named
    if method is AdapterMethod.BOTTLENECK:
        return {**named, "rank": rank}
    scale = {"alpha": rank * int(values["lora_scale"]), "adapter_dropout": values["lora_dropout"]}
    return {**named, "rank": rank, **scale}


def _learning_levers(layers: int) -> tuple[Lever, ...]:
    """Return the levers of optimisation."""
    training = Phase.TRAINING
    return (
        Lever("tune", choice(["full", "lora"]), "full", training, (A, P), "all weights, or low-rank matrices"),
        Lever("learning_rate", Real(low=1e-6, high=2e-3, log=True), 2e-5, training, (A, O, P), "highest, of AdamW"),
        Lever("weight_decay", Real(low=0, high=0.3), 0.0, training, (O, P), "L2 penalty of matrices"),
        Lever("dropout", Real(low=0, high=0.4), 0.1, training, (O, P), "share of activations set to 0"),
        Lever("label_smoothing", Real(low=0, high=0.2), 0.0, training, (A, P), "probability spread over classes"),
        Lever("epochs", Whole(low=1, high=8), 3, training, (A, P), "how often every text is seen"),
        Lever("patience", Whole(low=0, high=3), 0, training, (O, P), "epochs without a gain before it stops"),
        Lever("unfrozen_layers", Whole(low=0, high=layers), layers, training, (O, P), "last layers that learn (full)"),
        Lever(
            "lora_method",
            choice([method.value for method in AdapterMethod]),
            AdapterMethod.LORA.value,
            training,
            (A, P, L),
            "method of the adapters (lora)",
            when_named=True,
        ),
        Lever("lora_rank", Whole(low=2, high=32, log=True), 8, training, (A, P), "columns of the matrices (lora)"),
        Lever("lora_scale", choice([1, 2, 4]), 2, training, (A,), "alpha / rank (lora)"),
        Lever("lora_dropout", Real(low=0, high=0.2), 0.05, training, (O, P), "on what enters the matrices (lora)"),
    )
