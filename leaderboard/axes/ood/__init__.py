"""Out-of-distribution: the metrics of this axis, which measure accuracy on data of other distributions."""

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric, proportion


def _drop(*, name: str, summary: str, caveat: str) -> Metric:
    """Return the metric of a difference of two proportions; its arguments are those of `Metric`."""
    return Metric(
        name=name,
        axis=Axis.OOD,
        unit="probability",
        better=Better.LOWER,
        worst=0.5,
        best=0.0,
        lowest=-1.0,
        highest=1.0,
        summary=summary,
        source="Miller et al. 2021",
        caveat=caveat,
    )


OOD_ACCURACY = proportion(
    name="ood_accuracy",
    axis=Axis.OOD,
    headline=True,
    summary="Accuracy on distributions the subject was not adapted to, each counted the same.",
    source="Yuan et al. 2023 (BOSS); Yang et al. 2023 (GLUE-X)",
)
OOD_DROP = _drop(
    name="ood_drop",
    summary="In-distribution accuracy minus mean out-of-distribution accuracy.",
    caveat="A model that guesses everywhere has no drop: read it with the accuracy.",
)
OOD_SPAN_F1 = proportion(
    name="ood_span_f1",
    axis=Axis.OOD,
    headline=True,
    summary="Span F1 on distributions the subject was not adapted to, each counted the same.",
    source="Yuan et al. 2023 (BOSS)",
)
OOD_SPAN_DROP = _drop(
    name="ood_span_drop",
    summary="In-distribution span F1 minus mean out-of-distribution span F1.",
    caveat="A model that predicts no spans anywhere has no drop: read it with the F1.",
)
OPEN_SET_SCORE = proportion(
    name="open_set_score",
    axis=Axis.OOD,
    worst=0.5,
    summary="Share of pairs of texts in which one of the own distribution is classified right, and more confidently.",
    source="Dhamija et al. 2018 (area under the OSCR curve)",
    caveat="A model that is always right and never notices another distribution has 0.5, as one at chance has at most.",
)
DETECTION_AUROC = proportion(
    name="detection_auroc",
    axis=Axis.OOD,
    worst=0.5,
    summary="Probability that a text of the own distribution scores above one of another distribution.",
    source="Hendrycks & Gimpel 2017; Liu et al. 2020 (energy); Lee et al. 2018 (Mahalanobis)",
    caveat="Features of random weights tell topics and lengths from each other, too: read it with the open-set score.",
)
DETECTION_FPR95 = proportion(
    name="detection_fpr95",
    axis=Axis.OOD,
    better=Better.LOWER,
    worst=0.95,
    best=0.0,
    summary="Share of other texts that are accepted at a threshold that accepts 95 % of the own distribution.",
    source="Liang et al. 2018 (ODIN); Liu et al. 2020",
    caveat="0.95 is chance.",
)
WORST_CASE_ACCURACY = proportion(
    name="worst_case_accuracy",
    axis=Axis.OOD,
    summary="Share of texts with the right answer in every form: as they are, and with each change.",
    source="Gardner et al. 2020 (contrast consistency); Dong et al. 2021 for the worst of several changes",
    caveat="Falls with the number of changed forms: compare subjects on the same task.",
)
WORST_FORMAT_ACCURACY = proportion(
    name="worst_format_accuracy",
    axis=Axis.OOD,
    summary="Accuracy with the prompt with which it is lowest.",
    source="Sclar et al. 2024 (FormatSpread)",
    caveat="Falls with the number of prompts: compare subjects on the same task.",
)
BEST_FORMAT_ACCURACY = proportion(
    name="best_format_accuracy",
    axis=Axis.OOD,
    summary="Accuracy with the prompt with which it is highest.",
    source="Sclar et al. 2024 (FormatSpread)",
    caveat="Rises with the number of prompts, also by chance: no estimate of what another prompt would reach.",
)
FORMAT_SPREAD = proportion(
    name="format_spread",
    axis=Axis.OOD,
    better=Better.LOWER,
    worst=0.5,
    best=0.0,
    summary="Accuracy with the best prompt minus that with the worst.",
    source="Sclar et al. 2024 (FormatSpread)",
    caveat="A model that guesses with every prompt has none: read it with the accuracy.",
)
FORMAT_DEVIATION = proportion(
    name="format_deviation",
    axis=Axis.OOD,
    better=Better.LOWER,
    worst=0.25,
    best=0.0,
    summary="Standard deviation of the accuracy over prompts.",
    source="Zhao et al. 2021 (Calibrate Before Use); Sclar et al. 2024",
    caveat="A model that guesses with every prompt has little: read it with the accuracy.",
)
CONTRAST_CONSISTENCY = proportion(
    name="contrast_consistency",
    axis=Axis.OOD,
    worst=0.25,
    summary="Share of contrast sets with the right answer to every text.",
    source="Gardner et al. 2020 (contrast sets); Kaushik et al. 2020",
    caveat="0.25 is chance for pairs; one answer to everything has 0. Falls with the number of texts in a set.",
)
CONTRAST_ACCURACY = proportion(
    name="contrast_accuracy",
    axis=Axis.OOD,
    summary="Accuracy on all texts of contrast sets.",
    source="Gardner et al. 2020 (contrast sets)",
    caveat="Half of the texts of a pair are right for one answer to everything: read it with the consistency.",
)
INVARIANCE_FAILURES = proportion(
    name="invariance_failures",
    axis=Axis.OOD,
    better=Better.LOWER,
    worst=0.5,
    best=0.0,
    summary="Share of texts with another answer in a changed form than as they are, right or wrong.",
    source="Ribeiro et al. 2020 (CheckList, invariance tests)",
    caveat="A model that always gives one answer never fails: read it with the accuracy.",
)
