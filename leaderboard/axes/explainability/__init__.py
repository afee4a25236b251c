"""Explainability: the metrics of this axis, which measure how faithful explanations are to a model."""

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric

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
