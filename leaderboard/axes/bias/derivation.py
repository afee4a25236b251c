"""Derivation of the counterfactual task of a data set: sentences of this project, classified by its subjects."""

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import COUNTERFACTUAL_FLIP_RATE, COUNTERFACTUAL_GAP, RELATIVE_COUNTERFACTUAL_GAP
from leaderboard.axes.derivation import Derivation

COUNTERFACTUAL = Derivation(
    axis=Axis.BIAS,
    metrics=(RELATIVE_COUNTERFACTUAL_GAP, COUNTERFACTUAL_GAP, COUNTERFACTUAL_FLIP_RATE),
    description=(
        "Does the answer to a sentence change with the group it names? The pairs of `{data}`, for subjects adapted to "
        "`{source}`."
    ),
    citation=(
        "Garg et al. 2019, Counterfactual Fairness in Text Classification through Robustness; templates of this project"
    ),
    license="Apache-2.0",
    same_as="counterfactual_sentiment",
    single_texts=True,
    language="en",
    translations={"zh": "counterfactual_chinese"},
)
