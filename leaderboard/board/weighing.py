"""How much each axis counts: a slider each, and the usual choices to begin with."""

from collections.abc import Mapping
from enum import StrEnum

import streamlit as st

from leaderboard.axes.metric import Axis
from leaderboard.board import address
from leaderboard.board.text import labels, text

MOST, STEP = 4.0, 0.5
_PRESET = "preset"


class Preset(StrEnum):
    """Weights for a purpose; an axis that is not named below counts once."""

    BALANCED = "balanced"
    ACCURACY = "accuracy_first"
    FAIRNESS = "fairness_first"
    PRIVACY = "privacy_first"
    EDGE = "edge_device"
    EXPLAINED = "explained"
    OWN = "own"


PRESETS: Mapping[Preset, Mapping[Axis, float]] = {
    Preset.BALANCED: {},
    Preset.ACCURACY: {Axis.ACCURACY: 4.0, Axis.OOD: 2.0},
    Preset.FAIRNESS: {Axis.BIAS: 4.0},
    Preset.PRIVACY: {Axis.PRIVACY: 4.0},
    Preset.EDGE: {Axis.LATENCY: 4.0, Axis.ACCURACY: 2.0},
    Preset.EXPLAINED: {Axis.EXPLAINABILITY: 4.0},
}


def weights() -> dict[Axis, float]:
    """Draw a choice of presets and six sliders in a row; what they say."""
    chooser, *places = st.columns([1.5, *[1.0] * len(Axis)], vertical_alignment="bottom")
    keys = {axis: address.number(axis.value, 1.0, low=0.0, high=MOST) for axis in Axis}
    st.session_state[_PRESET] = matching({axis: address.value(key) for axis, key in keys.items()})
    chooser.selectbox(
        text("leaderboard.preset"),
        list(Preset),
        format_func=labels("leaderboard.presets", Preset),
        key=_PRESET,
        on_change=_take,
    )
    for axis, place in zip(Axis, places, strict=True):
        place.slider(text(f"board.axes.{axis}"), 0.0, MOST, step=STEP, format="%.1f", key=keys[axis])
    return {axis: address.value(key) for axis, key in keys.items()}


def matching(chosen: Mapping[Axis, float]) -> Preset:
    """The preset that says these weights; `OWN` where none does."""
    for preset, said in PRESETS.items():
        if all(chosen[axis] == said.get(axis, 1.0) for axis in Axis):
            return preset
    return Preset.OWN


def _take() -> None:
    preset = st.session_state[_PRESET]
    if preset in PRESETS:
        for axis in Axis:
            address.put(axis.value, PRESETS[preset].get(axis, 1.0))
