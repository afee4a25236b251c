"""Explaining: a stored subject is prepared again, and its answers to a text attributed to the words."""

from collections.abc import Sequence

from leaderboard.attributions.method import AttributionMethod
from leaderboard.attributions.registry import DEFAULT, FALLBACK, attribution_method
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.classifiers import UnspacedWords
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.evaluation.explained_plan import plan_of
from leaderboard.evaluation.explanation import ExplainRequest, Explanation
from leaderboard.evaluation.explanation_kinds import KINDS, explanation_kind
from leaderboard.evaluation.explanation_kinds.kind import ExplainedAnswer, ExplanationKind
from leaderboard.evaluation.typed_words import words_of
from leaderboard.store.repository import Store
from leaderboard.store.stored_subject import stored_subject
from leaderboard.tasks import Catalogue
from leaderboard.visible_text import writable

UNITS = 64
"""Units of a text at most: a longer text is divided into as many spans, split at sentences and clauses first."""


def explain(store: Store, catalogue: Catalogue, name: str, request: ExplainRequest) -> list[Explanation]:
    """Explain the answer of a stored subject to a text; of a tagger one answer for each span.

    Raises:
        RequestError: for an empty text, an unknown name, or a subject that cannot be prepared again.
        SourceUnavailableError: for a model or data that cannot be reached.
    """
    method = attribution_method(request.method or DEFAULT)
    kind = None if request.kind is None else explanation_kind(request.kind)
    if writable(request.text) != request.text:
        raise RequestError("--text: has bytes that are not UTF-8; convert the text, for instance with iconv")
    if not words_of(request.text):
        raise RequestError("--text: is empty; name a text with at least one word")
    stored = stored_subject(store, name)
    plan, inputs = plan_of(store, catalogue, stored, request, kind)
    try:
        subject = inputs.part(plan)
        kind = kind or _kind(subject, request.text)
        with subject.quietly():
            answers = kind.answers(subject, plan.task, request)
    except NotMeasurableError as error:
        raise RequestError(f"'{stored.label}' has no answer that could be explained: {error}") from error
    try:
        with subject.quietly():
            return [
                _explanation(each, method, request, subject=stored.label, task=plan.task.name, kind=kind)
                for each in answers
            ]
    except NotMeasurableError as error:
        raise RequestError(
            f"'{stored.label}' has no explanation by {method.name}: {error}\n"
            f"  Methods that need only its answers: {FALLBACK}, lime, kernel_shap, partition_shap"
        ) from error


def _kind(subject: Subject, text: str) -> ExplanationKind:
    """Return the first kind of answer that a subject gives to a text.

    Raises:
        NotMeasurableError: when it gives none.
    """
    for kind in KINDS.values():
        if kind.suits(subject, text):
            return kind
    raise NotMeasurableError(
        f"{subject.name} gives none of the answers that are explained: {', '.join(KINDS)}. A masked language model "
        "explains a text with its mask token"
    )


def _explanation(
    answer: ExplainedAnswer,
    method: AttributionMethod,
    request: ExplainRequest,
    *,
    subject: str,
    task: str,
    kind: ExplanationKind,
) -> Explanation:
    words: Sequence[str] = answer.explained.words
    units = TextUnits(answer.explained, budget=UNITS)
    notes = list(answer.notes)
    if len(units) < len(words):
        notes.append(f"{len(words)} words are explained as {len(units)} spans")
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
    separator = "" if isinstance(words, UnspacedWords) else " "
    return Explanation(
        subject=subject,
        task=task,
        method=method.name,
        caveat=method.caveat,
        is_signed=method.signed,
        units=tuple(separator.join(words[span.start : span.stop]) for span in units.spans),
        separator=separator,
        values=attribution.values,
        probabilities=answer.probabilities,
        label=answer.label,
        predicted=answer.predicted,
        passes=attribution.passes,
        error=attribution.error,
        notes=tuple(notes),
        kind=kind.name,
        target=answer.target,
        span=answer.span,
        answer=answer.answer,
    )
