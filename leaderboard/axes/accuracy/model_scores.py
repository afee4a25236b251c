"""Model scores: the metrics of written texts that another model computes."""

from functools import partial

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric, Scale, proportion

REFERENCE_PERPLEXITY = Metric(
    name="reference_perplexity",
    axis=Axis.ACCURACY,
    unit="1/probability",
    better=Better.LOWER,
    worst=1e4,
    best=1.0,
    lowest=1.0,
    scale=Scale.LOG,
    summary="Perplexity of all written texts under a reference model, per token; part: of the reference texts.",
    source="Jelinek et al. 1977; Holtzman et al. 2020 for generated texts",
    caveat="Repetition has a very low one: people's texts, which the part `references` has, are the value to reach.",
)
COHERENCE = proportion(
    name="coherence",
    axis=Axis.ACCURACY,
    worst=0.5,
    summary="Share of other orders of a text's sentences that a reference model finds less likely; .5 is chance.",
    source="Barzilay & Lapata 2008, sentence ordering; by the likelihood of a reference model",
    caveat="Only of texts of two sentences and more; fluent nonsense is in a good order, too.",
)
_similarity = partial(
    Metric,
    axis=Axis.ACCURACY,
    unit="cosine",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    source="Zhang et al. 2020 (BERTScore), without idf weights and rescaling",
    caveat="Texts that have nothing in common score well above 0: compare subjects with the same encoder and layer.",
)
BERTSCORE_F1 = _similarity(
    name="bertscore_f1",
    summary="Mean harmonic mean of BERTScore's precision and recall, for the reference where it is largest.",
)
BERTSCORE_PRECISION = _similarity(
    name="bertscore_precision",
    summary="Mean similarity of a written text's tokens to the most similar token of the reference.",
)
BERTSCORE_RECALL = _similarity(
    name="bertscore_recall",
    summary="Mean similarity of a reference's tokens to the most similar token of the written text.",
)
BERTSCORES = (BERTSCORE_PRECISION, BERTSCORE_RECALL, BERTSCORE_F1)
"""Metrics in the order of the values of `bert_score`."""
