"""Derivation of the faithfulness task of a data set: explanations of predictions for its test texts."""

from leaderboard.axes.axis import Axis
from leaderboard.axes.derivation import Derivation
from leaderboard.axes.explainability import (
    COMPREHENSIVENESS,
    NAOPC_COMPREHENSIVENESS,
    NAOPC_SUFFICIENCY,
    SUFFICIENCY,
)
from leaderboard.axes.explainability import FAITHFULNESS as FAITHFULNESS_METRIC

FAITHFULNESS = Derivation(
    axis=Axis.EXPLAINABILITY,
    metrics=(
        FAITHFULNESS_METRIC,
        NAOPC_COMPREHENSIVENESS,
        NAOPC_SUFFICIENCY,
        COMPREHENSIVENESS,
        SUFFICIENCY,
    ),
    description=(
        "Do the {units} that attribution methods rank first carry the subject's answer? At most {texts} test texts of "
        "`{source}` of any length, drawn at random, as up to {max_words} {units} or spans of them."
    ),
    citation="Edin et al. 2025, Normalized AOPC; DeYoung et al. 2020, ERASER",
    parameters={"texts": 50, "max_words": 8, "exact_words": 6, "beam": 1},
    language_parameters={"zh": {"units": "characters"}},
    words={"units": "words"},
    search_parameters={"texts": 25, "max_words": 5, "exact_words": 5},
    single_texts=True,
)
