"""Explanations of the answers of stored subjects to texts that a user types."""

from typing import TYPE_CHECKING

from leaderboard.api.arguments import LARGEST_SEED, as_number, as_optional_number, as_switch
from leaderboard.api.stored_searches import StoredSearches
from leaderboard.settings import offline_requested

if TYPE_CHECKING:
    from leaderboard.reports.explanations.report import ExplanationReport


class ExplainedSubjects(StoredSearches):
    """Explanations by the subjects of one store."""

    def explain(
        self,
        subject: str,
        text: str,
        *,
        against: str | None = None,
        method: str | None = None,
        task: str | None = None,
        label: str | None = None,
        kind: str | None = None,
        word: str | None = None,
        seed: int = 0,
        device: str = "auto",
        threads: int | None = None,
        offline: bool = False,
    ) -> "ExplanationReport":
        """Explain which words of a text speak for the answer of a subject, which is prepared again if need be.

        Args:
            subject: name of the subject, or the start of its name or identity.
            text: the text; of a long one the part that the model reads, at most 512 words, is explained.
            against: another subject, to be shown beside it.
            method: attribution method (see `leaderboard.attributions`); None for integrated gradients, or occlusion
                where the model gives no gradients.
            task: name or .yaml file of the task whose labels the subject answers with; None for one that it was
                measured on.
            label: class, tag of `word`, token in the place of the mask, or generated answer whose probability is
                explained; None for the one that the subject predicts.
            kind: kind of answer: `class` of the text, `tag` of its words, `mask` for the token in the place of its
                mask, `generation` for a written answer; None for the first of them that the subject gives, a mask
                before all others.
            word: word whose tag is explained; None for every span that a tagger predicts.
            seed: seed of methods that draw texts.
            device: as in `run`.
            threads: as in `run`.
            offline: do not use the network.

        Raises:
            RequestError: for an empty text, an unknown name, or a method that the subject's model cannot answer.
            SourceUnavailableError: for a model or data that cannot be reached.
        """
        from leaderboard.attributions.registry import attribution_method
        from leaderboard.evaluation.explaining import explain
        from leaderboard.evaluation.explanation import ExplainRequest, same_answers
        from leaderboard.reports.explanations.report import ExplanationReport

        request = ExplainRequest(
            text=text,
            method=None if method is None else attribution_method(method).name,
            task=task,
            label=label,
            kind=kind,
            word=word,
            seed=as_number(seed, "seed", least=0, most=LARGEST_SEED),
            device=device,
            threads=as_optional_number(threads, "threads", least=1),
            offline=as_switch(offline, "offline") or offline_requested(),
        )
        store, catalogue = self._store.filled(), self._stored_catalogue()
        first = explain(store, catalogue, subject, request)
        if against is None:
            return ExplanationReport(tuple(first))
        # One colour must not speak for two answers: both subjects explain the same one.
        others = explain(store, catalogue, against, same_answers(request, first))
        return ExplanationReport(tuple(each for pair in zip(first, others, strict=True) for each in pair))
