"""Explaining: a stored subject is prepared again, and its answer to a text attributed to the words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.classified_text import ClassifiedText, words_read
from leaderboard.attributions.method import AttributionMethod
from leaderboard.attributions.registry import DEFAULT, FALLBACK, attribution_method
from leaderboard.attributions.text_units import TextUnits
from leaderboard.axes.explainability.word_units import WordUnit, split_words
from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import UnspacedWords
from leaderboard.backends.precision import Precision
from leaderboard.backends.registry import Backends
from leaderboard.backends.subject import Subject
from leaderboard.errors import LeaderboardError, NotMeasurableError, RequestError
from leaderboard.evaluation.evaluation_inputs import EvaluationInputs
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.evaluation.session import Session
from leaderboard.evaluation.task_request import task_request
from leaderboard.recipes.choosing import RecipeRequest, stored_recipe
from leaderboard.store.frames import estimates_frame
from leaderboard.store.repository import Store
from leaderboard.store.stored_subject import StoredSubject, stored_subject
from leaderboard.tasks import Catalogue, protocol_of
from leaderboard.tasks.suite import YAML
from leaderboard.visible_text import writable

UNITS = 64
"""Units of a text at most: a longer text is divided into as many spans, split at sentences and clauses first."""
_CLASSIFYING = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE})
_UNSPACED = re.compile("[\u0e00-\u0e7f\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Characters of Chinese, Japanese and Thai, which write no spaces between words."""


@dataclass(frozen=True, kw_only=True)
class ExplainRequest:
    """Request for an explanation.

    Attributes:
        text: the text.
        method: name of the attribution method; None for integrated gradients, or occlusion without gradients.
        task: name or .yaml file of the task whose labels the subject answers with; None for the first one that it was
            measured on.
        label: name of the explained class; None for the predicted one.
        seed: seed of methods that draw texts.
        device: as `--device` names it.
        threads: CPU threads; None for the physical cores.
        offline: use nothing that is not on this machine.
    """

    text: str
    method: str | None = None
    task: str | None = None
    label: str | None = None
    seed: int = 0
    device: str = "auto"
    threads: int | None = None
    offline: bool = False


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Attributions of one subject's answer to a text.

    Attributes:
        subject: label of the subject.
        task: task whose labels it answers with.
        method: name of the attribution method.
        caveat: what a reader of its values has to know; empty for none.
        units: the parts of the text that have a value, in their order.
        separator: what is between two units: a space, or nothing.
        values: value of each unit, in log-odds of the explained class for methods that explain it; shape (units,).
        probabilities: probability of each class, by its name.
        label: name of the explained class.
        predicted: name of the predicted class.
        passes: forward passes of the method.
        error: completeness error of the method, in log-odds; None where it has none.
        is_signed: whether a value is for or against the explained class; attention has no sign.
        notes: what was left out or replaced, one sentence each.
    """

    subject: str
    task: str
    method: str
    caveat: str
    units: tuple[str, ...]
    separator: str
    values: FloatArray
    probabilities: Mapping[str, float]
    label: str
    predicted: str
    passes: int
    error: float | None
    is_signed: bool = True
    notes: tuple[str, ...] = ()


def explain(store: Store, catalogue: Catalogue, name: str, request: ExplainRequest) -> Explanation:
    """Explain the answer of a stored subject to a text.

    Raises:
        RequestError: for an empty text, an unknown name, or a subject that cannot be prepared again.
        SourceUnavailableError: for a model or data that cannot be reached.
    """
    method = attribution_method(request.method or DEFAULT)
    if writable(request.text) != request.text:
        raise RequestError("--text: has bytes that are not UTF-8; convert the text, for instance with iconv")
    words = words_of(request.text)
    if not words:
        raise RequestError("--text: is empty; name a text with at least one word")
    stored = stored_subject(store, name)
    plan, inputs = _plan(store, catalogue, stored, request)
    try:
        subject = inputs.part(plan)
        return _explain(subject, words, method, request, name=stored.label, task=plan.task.name)
    except NotMeasurableError as error:
        raise RequestError(
            f"'{stored.label}' has no explanation by {method.name}: {error}\n"
            f"  Methods that need only its answers: {FALLBACK}, lime, kernel_shap, partition_shap"
        ) from error


def words_of(text: str) -> Sequence[str]:
    """Return the words of a text: separated by white space, or characters where a script has no spaces."""
    return split_words(text, WordUnit.CHARACTERS if _UNSPACED.search(text) else WordUnit.WORDS)


def _explain(
    subject: Subject,
    words: Sequence[str],
    method: AttributionMethod,
    request: ExplainRequest,
    *,
    name: str,
    task: str,
) -> Explanation:
    classifier = subject.classifier()
    kept = words_read(classifier, words)
    notes = list[str]()
    if len(kept) < len(words):
        notes.append(f"only {len(kept)} of {len(words)} words are explained: the model, or the method, reads no more")
    if not kept:
        raise RequestError(f"--text: {name} reads no word of it; its tokenizer has no token for these characters")
    text = ClassifiedText(classifier, kept, _label(request.label, classifier.labels))
    units = TextUnits(text, budget=UNITS)
    if len(units) < len(kept):
        notes.append(f"{len(kept)} words are explained as {len(units)} spans")
    with subject.quietly():
        try:
            attribution = method.checked(units, request.seed)
        except NotMeasurableError as error:
            if request.method is not None:
                raise
            method = attribution_method(FALLBACK)
            notes.append(f"explained by {FALLBACK}, since {error}")
            attribution = method.checked(units, request.seed)
    if attribution.note:
        notes.append(attribution.note)
    separator = "" if isinstance(kept, UnspacedWords) else " "
    return Explanation(
        subject=name,
        task=task,
        method=method.name,
        caveat=method.caveat,
        is_signed=method.signed,
        units=tuple(separator.join(kept[span.start : span.stop]) for span in units.spans),
        separator=separator,
        values=attribution.values,
        probabilities=dict(zip(classifier.labels, np.exp(text.log_probabilities).tolist(), strict=True)),
        label=classifier.labels[text.label],
        predicted=classifier.labels[int(text.log_probabilities.argmax())],
        passes=attribution.passes,
        error=attribution.error,
        notes=tuple(notes),
    )


def _label(name: str | None, labels: Sequence[str]) -> int | None:
    if name is None:
        return None
    if name not in labels:
        raise RequestError(f"--label: unknown class '{name}'\n  Known: {', '.join(labels)}")
    return list(labels).index(name)


def _plan(
    store: Store, catalogue: Catalogue, stored: StoredSubject, request: ExplainRequest
) -> tuple[EvaluationPlan, EvaluationInputs]:
    """Plan the evaluation whose subject is the stored one; nothing is loaded yet.

    Raises:
        RequestError: where no task has labels, or its model, recipe or data have changed.
    """
    names = _tasks(store, catalogue, stored, request.task)
    recipe = RecipeRequest.of(stored_recipe(stored.recipe.details, where=f"the recipe of '{stored.label}'"))
    options = ComputeOptions(request.device, Precision(stored.model.dtype), request.threads, request.offline)
    backends = Backends(options, progress=lambda *_: None)
    backends.check(stored.model.source)
    session = Session(catalogue, backends)
    model = session.model(stored.model.source)
    seed = int(stored.arguments.get("seed") or 0)
    for whole in (True, False):  # as part of a suite a subject may be adapted to another task
        for name in names:
            wanted = task_request(catalogue, tasks=[name])
            wanted = type(wanted)(wanted.tasks, wanted.adapt_to, named=not whole)
            for plan in session.plan(wanted, [model], recipe=recipe, seed=seed, limit=None):
                if plan.subject.identity == stored.identity:
                    return plan, session.inputs()
    raise RequestError(
        f"'{stored.label}' cannot be prepared again as it was measured: its model, its data or this program changed\n"
        f"  Measure it again, then explain it: leaderboard run --model {stored.model.source}"
    )


def _tasks(store: Store, catalogue: Catalogue, stored: StoredSubject, name: str | None) -> list[str]:
    """Return the tasks that the subject classifies texts of, that of accuracy first."""
    frame = estimates_frame(store, evaluations=stored.evaluations)
    measured = list(dict.fromkeys(frame.sort_values("axis", kind="stable")["task"]))
    if name is not None and name.endswith(YAML):
        name = catalogue.task(name).name
    if name is not None and name not in measured:
        raise RequestError(
            f"--task: '{stored.label}' was not measured on '{name}'\n  Measured on: {', '.join(measured) or 'nothing'}"
        )
    tasks = []
    for each in [name] if name is not None else measured:
        try:
            task = catalogue.task(each)
        except LeaderboardError:
            continue
        if protocol_of(task).needs & _CLASSIFYING:
            tasks.append(each)
    if not tasks:
        raise RequestError(
            f"'{stored.label}' was measured on no task of this program that classifies texts, so that it has no class "
            f"to explain\n  Measured on: {', '.join(measured) or 'nothing'}\n"
            "  A task of your own: --task FILE.yaml. A file of --data is looked for below the working directory."
        )
    return tasks
