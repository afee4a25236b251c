"""Settings of modules of `evaluate` in a task file, and the metric that each of them is."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric
from leaderboard.axes.protocol import Parameters

PREFIX = "evaluate:"
_LONGEST = 64
"""Maximum characters of the name of a metric in a store."""
_LOCAL = re.compile(r"(\.{1,2}/)+[\w-]+(/[\w-]+)*", re.ASCII)
_ON_HUB = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9_][\w-]*)?", re.ASCII)


def _checked_name(name: str) -> str:
    if ".." in name.replace("../", "") or not (_LOCAL.fullmatch(name) or _ON_HUB.fullmatch(name)):
        raise ValueError(
            f"{PREFIX}{name[:_LONGEST]} names no module: write {PREFIX}rouge, {PREFIX}owner/name, or a folder relative "
            f"to the task file such as {PREFIX}./folder"
        )
    if len(PREFIX + name) > _LONGEST:
        raise ValueError(f"{PREFIX}{name[:_LONGEST]} has more than {_LONGEST} characters")
    return name


def _as_keys(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


ModuleName = Annotated[str, AfterValidator(_checked_name)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class ModuleSettings(Parameters):
    """Settings of one module.

    Attributes:
        key: the number of its result that is the metric; further ones are parts of it. None for the only number, the
            one named after the module, or `score`.
        arguments: arguments of its `compute`.
        config: configuration of the module.
        revision: branch, tag or commit of a module of the Hugging Face Hub.
        worst, best: values of utility 0 and 1, which say whether higher or lower is better.
        code: SHA-256 of its Python files; a run refuses other code, and adds it where a file has none.
        libraries: versions of the distributions that it imports; a run adds them.
        models: models and data sets of the Hub and files that it loads, with their commit or digest; a run adds them.
    """

    key: Annotated[tuple[Annotated[str, Field(min_length=1)], ...] | None, BeforeValidator(_as_keys)] = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    config: str | None = None
    revision: str | None = None
    worst: Finite | None = None
    best: Finite | None = None
    code: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    libraries: dict[str, str] = Field(default_factory=dict)
    models: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ends_differ(self) -> Self:
        if (self.worst is None) != (self.best is None):
            raise ValueError("worst and best belong together: give both")
        if self.worst is not None and self.worst == self.best:
            raise ValueError("worst and best are the same")
        if self.key is not None and (not self.key or len(set(self.key)) < len(self.key)):
            raise ValueError("key: names one number of the result, or several different ones")
        if reserved := self.arguments.keys() & {"predictions", "references"}:
            raise ValueError(f"arguments: '{min(reserved)}' comes from the task")
        return self


class ModuleParameters(Parameters):
    """Parameters of a protocol with predictions and references, which modules of `evaluate` can score.

    Attributes:
        evaluate: settings of the modules among the task's metrics, by name without the prefix.
    """

    evaluate: dict[ModuleName, ModuleSettings] = Field(default_factory=dict)


def modules_of(parameters: Parameters) -> Mapping[str, ModuleSettings]:
    """Return the settings of the modules in the parameters of a protocol; none where it takes no modules."""
    return parameters.evaluate if isinstance(parameters, ModuleParameters) else {}


_ROUGE = ("rougeL", "rouge1", "rouge2", "rougeLsum")
_STANDARD: Mapping[str, ModuleSettings] = {
    **{
        name: ModuleSettings(worst=0, best=1)
        for name in ("accuracy", "bleu", "exact_match", "f1", "google_bleu", "matthews_correlation", "meteor")
    },
    **{name: ModuleSettings(worst=0, best=1) for name in ("precision", "recall")},
    **{name: ModuleSettings(worst=0, best=100) for name in ("chrf", "sacrebleu")},
    **{name: ModuleSettings(worst=1, best=0) for name in ("cer", "wer")},
    "bertscore": ModuleSettings(worst=0, best=1, key=("f1", "precision", "recall")),
    "rouge": ModuleSettings(worst=0, best=1, key=_ROUGE),
    "ter": ModuleSettings(worst=100, best=0),
}
"""Direction, range and keys of common modules of `evaluate`, for files that do not say them."""


def is_module(metric: str) -> bool:
    """Return whether the name of a metric is that of a module of `evaluate`."""
    return metric.startswith(PREFIX)


def task_modules(metrics: Iterable[str], modules: Mapping[str, ModuleSettings]) -> dict[str, ModuleSettings]:
    """Return the settings of each module among the metrics of a task, in their order, by name without the prefix."""
    names = [metric.removeprefix(PREFIX) for metric in metrics if is_module(metric)]
    return {name: with_standard(name, modules.get(name, ModuleSettings())) for name in names}


def module_stem(name: str) -> str:
    """Return the name of the Python file of a module, without `.py`."""
    return name.rsplit("/", 1)[-1]


def is_local(name: str) -> bool:
    """Return whether a module is a folder of the user."""
    return name.startswith(".")


def with_standard(name: str, settings: ModuleSettings) -> ModuleSettings:
    """Return settings with what is known of a common module where they say nothing."""
    standard = _STANDARD.get(name)
    if standard is None:
        return settings
    update = {} if settings.worst is not None else {"worst": standard.worst, "best": standard.best}
    return settings.model_copy(update=update | ({"key": standard.key} if settings.key is None else {}))


def module_summary(metric: str) -> str:
    """Return the summary of the metric of a module."""
    return f"Score of the module '{metric.removeprefix(PREFIX)}' of the library `evaluate`."


def module_metric(name: str, settings: ModuleSettings) -> Metric:
    """Return the metric of a module; it has no anchors in the catalogue, so that it counts in no score itself."""
    lower = settings.worst is not None and settings.best is not None and settings.best < settings.worst
    return Metric(
        name=PREFIX + name,
        axis=Axis.ACCURACY,
        unit="score",
        better=Better.LOWER if lower else Better.HIGHER,
        worst=math.nan if settings.worst is None else settings.worst,
        best=math.nan if settings.best is None else settings.best,
        summary=module_summary(PREFIX + name),
        source="the library `evaluate`",
    )
