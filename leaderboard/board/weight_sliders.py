"""Sliders for the weights of axes, and presets to start from."""

from collections.abc import Mapping
from enum import StrEnum

import streamlit as st

from leaderboard.axes.axis import Axis
from leaderboard.board import url_state
from leaderboard.board.translations import labels, language, text

MAX_WEIGHT, STEP = 4.0, 0.5
_PRESET = "preset"


class Preset(StrEnum):
    """Presets of weights for a purpose; an axis that is not listed has weight 1."""

    BALANCED = "balanced"
    ACCURACY = "accuracy_first"
    FAIRNESS = "fairness_first"
    PRIVACY = "privacy_first"
    EDGE = "edge_device"
    EXPLAINED = "explained"
    CUSTOM = "own"


PRESETS: Mapping[Preset, Mapping[Axis, float]] = {
    Preset.BALANCED: {},
    Preset.ACCURACY: {Axis.ACCURACY: 4.0, Axis.OOD: 2.0},
    Preset.FAIRNESS: {Axis.BIAS: 4.0},
    Preset.PRIVACY: {Axis.PRIVACY: 4.0},
    Preset.EDGE: {Axis.LATENCY: 4.0, Axis.ACCURACY: 2.0},
    Preset.EXPLAINED: {Axis.EXPLAINABILITY: 4.0},
}


def weights() -> dict[Axis, float]:
    """Show the presets and six sliders in a row, and return the weights."""
    chooser, *places = st.columns([1.5, *[1.0] * len(Axis)], vertical_alignment="bottom")
    keys = {axis: url_state.number(axis.value, 1.0, low=0.0, high=MAX_WEIGHT) for axis in Axis}
    st.session_state[_PRESET] = matching({axis: url_state.value(key) for axis, key in keys.items()})
    chooser.selectbox(
        text("leaderboard.preset"),
        list(Preset),
        format_func=labels("leaderboard.presets", Preset),
        key=_PRESET,
        on_change=_apply_preset,
    )
    for axis, place in zip(Axis, places, strict=True):
        place.slider(axis.title_in(language()), 0.0, MAX_WEIGHT, step=STEP, format="%.1f", key=keys[axis])
    return {axis: url_state.value(key) for axis, key in keys.items()}


def matching(chosen: Mapping[Axis, float]) -> Preset:
    """Return the preset with these weights; `CUSTOM` if there is none."""
    for preset, preset_weights in PRESETS.items():
        if all(chosen[axis] == preset_weights.get(axis, 1.0) for axis in Axis):
            return preset
    return Preset.CUSTOM


def _apply_preset() -> None:
    preset = st.session_state[_PRESET]
    if preset in PRESETS:
        for axis in Axis:
            url_state.put(axis.value, PRESETS[preset].get(axis, 1.0))
