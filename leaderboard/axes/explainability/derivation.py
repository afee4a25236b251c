"""Derivation of the faithfulness task of a data set: explanations of predictions for its short test texts."""

from leaderboard.axes.axis import Axis
from leaderboard.axes.derivation import Derivation
from leaderboard.axes.explainability import (
    AOPC_COMPREHENSIVENESS,
    AOPC_SUFFICIENCY,
    NAOPC_COMPREHENSIVENESS,
    NAOPC_SUFFICIENCY,
)
from leaderboard.axes.explainability import FAITHFULNESS as FAITHFULNESS_METRIC

FAITHFULNESS = Derivation(
    axis=Axis.EXPLAINABILITY,
    metrics=(
        FAITHFULNESS_METRIC,
        NAOPC_COMPREHENSIVENESS,
        NAOPC_SUFFICIENCY,
        AOPC_COMPREHENSIVENESS,
        AOPC_SUFFICIENCY,
    ),
    description=(
        "Do the words that gradient × input and occlusion rank first carry the subject's answer? At most {texts} test "
        "texts of `{source}` of 2 to {max_words} {units}, drawn at random."
    ),
    citation="Edin et al. 2025, Normalized AOPC; DeYoung et al. 2020, ERASER",
    parameters={"texts": 100, "max_words": 12, "exact_words": 6, "beam": 3},
    # Texts of as many characters are longer in words, and their limits cost with the square of the length.
    language_parameters={"zh": {"units": "characters", "max_words": 24, "beam": 1}},
    words={"units": "words"},
    search_parameters={"texts": 25, "exact_words": 5, "beam": 1},
    single_texts=True,
)
