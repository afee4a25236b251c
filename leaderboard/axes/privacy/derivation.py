"""Derivation of the membership task of a data set: attacks on the training data of its subjects."""

from leaderboard.axes.axis import Axis
from leaderboard.axes.derivation import Derivation, MinimumParameter
from leaderboard.axes.privacy import (
    ATTACK_AUC,
    ATTACK_TPR,
    ATTACK_TPR_LOW,
    BLIND_AUC,
    GENERALISATION_GAP,
    LEAK_AUC,
    LEAK_TPR,
)

MEMBERSHIP = Derivation(
    axis=Axis.PRIVACY,
    metrics=(LEAK_AUC, LEAK_TPR, ATTACK_AUC, ATTACK_TPR, ATTACK_TPR_LOW, BLIND_AUC, GENERALISATION_GAP),
    unless_fewer={ATTACK_TPR_LOW: MinimumParameter("per_side", ATTACK_TPR_LOW.minimum_n // 2)},
    description=(
        "Can an attacker tell which examples a subject was adapted to? At most {per_side} examples that `{source}` "
        "trained it on against as many of the same classes from a random part of the same data that it has not seen."
    ),
    citation=(
        "Yeom et al. 2018, Privacy Risk in Machine Learning; Watson et al. 2022; Carlini et al. 2022; "
        "Zarifzadeh et al. 2024"
    ),
    parameters={"per_side": 1000},
    search_parameters={"shadow_models": 8},
    same_as=None,
    trains=True,
)
