"""Explainability: the metrics of this axis.

Faithfulness is whether explanations say what the model does, and counts in rankings. Plausibility is whether they agree
with what people marked: it is reported beside it and does not count, since an explanation of a model that is right for
other reasons than people's is better when it is less plausible (Jacovi & Goldberg 2020).
"""

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric, proportion

FAITHFULNESS = Metric(
    name="faithfulness",
    axis=Axis.EXPLAINABILITY,
    unit="normalised AOPC",
    better=Better.HIGHER,
    worst=0.5,  # the mean of all orders of each text's words
    best=1.0,
    highest=1.0,
    headline=True,
    minimum_n=50,
    summary="AOPC of the best method, pooled over texts: 1 is the best order of words, .5 the mean of all orders.",
    source="Edin et al. 2025 (Normalized AOPC); DeYoung et al. 2020 (ERASER)",
    caveat="Texts with words removed are unlike the texts a model was trained on (Hooker et al. 2019).",
)
NAOPC_COMPREHENSIVENESS = Metric(
    name="naopc_comprehensiveness",
    axis=Axis.EXPLAINABILITY,
    unit="normalised AOPC",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=50,
    summary="Drop of the probability without the words ranked first: 0 worst order, 1 best; pooled over texts.",
    source="Edin et al. 2025; DeYoung et al. 2020",
)
NAOPC_SUFFICIENCY = Metric(
    name="naopc_sufficiency",
    axis=Axis.EXPLAINABILITY,
    unit="normalised AOPC",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=50,
    summary="Probability with the words ranked first alone: 0 worst order, 1 best; pooled over texts.",
    source="Edin et al. 2025; DeYoung et al. 2020",
)
COMPREHENSIVENESS = Metric(
    name="comprehensiveness",
    axis=Axis.EXPLAINABILITY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=50,
    summary="Mean drop of the predicted probability without the first 1, 5, 10, 20 and 50 % of the words.",
    source="DeYoung et al. 2020 (ERASER)",
    caveat="Not comparable across models (Edin et al. 2025); depends on how words are deleted.",
)
SUFFICIENCY = Metric(
    name="sufficiency",
    axis=Axis.EXPLAINABILITY,
    unit="probability",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=50,
    summary="Mean drop of the predicted probability with only the first 1, 5, 10, 20 and 50 % of the words.",
    source="DeYoung et al. 2020 (ERASER)",
    caveat="Not comparable across models (Edin et al. 2025); depends on how words are deleted.",
)
AOPC_COMPREHENSIVENESS = Metric(
    name="aopc_comprehensiveness",
    axis=Axis.EXPLAINABILITY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=50,
    summary="Mean drop of the predicted probability over the steps of removal; compare within one model only.",
    source="DeYoung et al. 2020; Samek et al. 2017",
    caveat="Not comparable across models (Edin et al. 2025).",
)
AOPC_SUFFICIENCY = Metric(
    name="aopc_sufficiency",
    axis=Axis.EXPLAINABILITY,
    unit="probability",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=50,
    summary="Mean drop of the probability when only the first-ranked words stay; compare within one model only.",
    source="DeYoung et al. 2020",
    caveat="Not comparable across models (Edin et al. 2025).",
)
RANDOMISATION_CORRELATION = Metric(
    name="randomisation_correlation",
    axis=Axis.EXPLAINABILITY,
    unit="Spearman correlation",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=20,
    summary="Rank correlation of an explanation with that of the same architecture with random weights; 0 is best.",
    source="Adebayo et al. 2018, Sanity Checks for Saliency Maps",
    caveat="Random weights of a shallow model may mark the same words by the lengths of their embeddings.",
)
INFIDELITY = Metric(
    name="infidelity",
    axis=Axis.EXPLAINABILITY,
    unit="share of the squared change",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=20,
    summary="Share of the change by removing random words that the sum of their attributions does not explain.",
    source="Yeh et al. 2019, On the (In)fidelity and Sensitivity of Explanations",
    caveat="Texts with words removed are unlike the texts a model was trained on (Hooker et al. 2019).",
)
SENSITIVITY_MAX = Metric(
    name="sensitivity_max",
    axis=Axis.EXPLAINABILITY,
    unit="relative change",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    lowest=0.0,
    minimum_n=20,
    summary="Largest relative change of an explanation by small noise on the embeddings.",
    source="Yeh et al. 2019, On the (In)fidelity and Sensitivity of Explanations",
    caveat="An explanation that ignores the text has 0: read it together with infidelity.",
)
SEED_STABILITY = Metric(
    name="seed_stability",
    axis=Axis.EXPLAINABILITY,
    unit="Kendall correlation",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=20,
    summary="Mean rank correlation of explanations of one text by other seeds, of methods that draw texts at random.",
    source="Visani et al. 2022, Statistical Stability Indices for LIME; Kendall 1945 (τ-b)",
)
PARAPHRASE_STABILITY = Metric(
    name="paraphrase_stability",
    axis=Axis.EXPLAINABILITY,
    unit="Kendall correlation",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=20,
    summary="Rank correlation of explanations of a text and of a small paraphrase of it, word by word.",
    source="Alvarez-Melis & Jaakkola 2018, On the Robustness of Interpretability Methods; Kendall 1945 (τ-b)",
)
METHOD_AGREEMENT = Metric(
    name="method_agreement",
    axis=Axis.EXPLAINABILITY,
    unit="Kendall correlation",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=20,
    summary="Mean rank correlation of explanations of one text by other methods.",
    source="Krishna et al. 2022, The Disagreement Problem in Explainable Machine Learning; Kendall 1945 (τ-b)",
    caveat="Methods may agree and be wrong, or disagree and each be faithful in its own sense.",
)
TOP_AGREEMENT = Metric(
    name="top_agreement",
    axis=Axis.EXPLAINABILITY,
    unit="Jaccard index",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=20,
    summary="Mean overlap of the quarter of the units that two methods rank first.",
    source="Krishna et al. 2022, The Disagreement Problem in Explainable Machine Learning",
    caveat="Random explanations of 12 units, of which 3 are the first quarter, have .16.",
)
PLAUSIBILITY = Metric(
    name="plausibility",
    axis=Axis.EXPLAINABILITY,
    unit="share of the possible gain over chance",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    highest=1.0,
    minimum_n=100,
    summary="Average precision of the marked words above chance: 0 is a random order, 1 has all marked words first.",
    source="DeYoung et al. 2020 (ERASER); chance: Bestgen 2015",
    caveat="Agreement with people is not faithfulness (Jacovi & Goldberg 2020), and counts in no ranking.",
)
RATIONALE_AVERAGE_PRECISION = proportion(
    name="rationale_average_precision",
    axis=Axis.EXPLAINABILITY,
    summary="Average precision of the words that people marked, in the order of attributions; mean over texts.",
    source="DeYoung et al. 2020 (ERASER); ties: McSherry & Najork 2008",
    caveat="Depends on the share of marked words: compare with the part `random`.",
)
RATIONALE_AUPRC = proportion(
    name="rationale_auprc",
    axis=Axis.EXPLAINABILITY,
    summary="Area under the precision-recall curve of the marked words by trapezoids, as in ERASER; mean over texts.",
    source="DeYoung et al. 2020 (ERASER)",
    caveat="Straight lines between points are optimistic (Davis & Goadrich 2006): equal attributions score above .5.",
)
RATIONALE_TOKEN_F1 = proportion(
    name="rationale_token_f1",
    axis=Axis.EXPLAINABILITY,
    summary="F1 of the words ranked first, as many as people mark on average, against the marked; mean over texts.",
    source="DeYoung et al. 2020 (ERASER)",
    caveat="Depends on the share of marked words: compare with the part `random`.",
)
RATIONALE_IOU_F1 = proportion(
    name="rationale_iou_f1",
    axis=Axis.EXPLAINABILITY,
    summary="F1 of spans of words ranked first that overlap a marked span with an IoU of .5 or more.",
    source="DeYoung et al. 2020 (ERASER)",
    caveat="Depends on the share of marked words: compare with the part `random`.",
)
