import json

import pandas as pd
import pytest

from leaderboard.board.figures.attack_curves import attack_curves_figure
from leaderboard.board.figures.forest_plot import forest_figure
from leaderboard.board.figures.heat_map import heat_map
from leaderboard.board.figures.latency import latency_figure
from leaderboard.board.figures.subject_card import axes_figure, confusion_figure, history_figure, reliability_figure
from leaderboard.board.figures.themed_figure import themed
from leaderboard.board.figures.trend import trend_figure
from leaderboard.board.frames import answers, compare, gates
from leaderboard.board.frames.attack_curves import CURVE_COLUMNS
from leaderboard.board.frames.attributions import WordScore
from leaderboard.board.frames.latencies import latencies
from leaderboard.board.frames.subject import AXIS_COLUMNS, HISTORY_COLUMNS
from leaderboard.colours import BLUE
from leaderboard.reports.figures.style import drawing

NASTY = "<b>x</b> & [link](http://e) **y** $z$ :red[q]"
MARKUP = "<b>x</b>"


def words(name):
    return name


def blue(axis):
    return BLUE


def axes(**changes):
    row = {"axis": NASTY, "utility": 0.5, "low": 0.4, "high": 0.6, "tasks": 1, "reason": NASTY, "withheld": False}
    return pd.DataFrame([row | changes], columns=list(AXIS_COLUMNS))


def differences(**changes):
    row = dict.fromkeys(compare.DIFFERENCE_COLUMNS, NASTY)
    row |= {"better": "higher", "assessment": "better", "value": 0.1, "low": 0.0, "high": 0.2, "unit": "probability"}
    return pd.DataFrame([row | changes])


def curves(**changes):
    row = {"task": "m", "attack": NASTY, "fpr": 0.01, "tpr": 0.2, "low": 0.1, "high": 0.3, "n": 400}
    return pd.DataFrame([row | changes], columns=list(CURVE_COLUMNS))


def history():
    row = dict.fromkeys(HISTORY_COLUMNS, NASTY)
    row |= {"at": pd.Timestamp("2026-05-01T12:00Z"), "value": 0.5, "low": None, "high": None, "n": 3}
    return pd.DataFrame([row])


def trend():
    row = dict.fromkeys(gates.TREND_COLUMNS, NASTY)
    row |= {"at": pd.Timestamp("2026-05-01T12:00Z"), "verdict": "fail", "value": 0.5, "low": None, "high": None}
    return pd.DataFrame([row | {"bound": 0.6, "n": 3, "unit": "seconds"}])


FIGURES = {
    "axes": lambda: axes_figure(axes(), words, words, blue),
    "unmeasured": lambda: axes_figure(
        axes(utility=None, low=None, high=None).astype({"utility": float}), words, words, blue
    ),
    "confusion": lambda: confusion_figure(pd.DataFrame([[3]], index=[NASTY], columns=[NASTY]), words),
    "history": lambda: history_figure(history(), words),
    "forest": lambda: forest_figure(differences(), words),
    "trend": lambda: trend_figure(trend(), words),
    "attacks": lambda: attack_curves_figure(curves(), words),
}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_names_in_figures_are_letters_and_never_markup(draw):
    shown = json.dumps(draw().to_plotly_json(), default=str)
    assert "&lt;b&gt;" in shown
    assert MARKUP not in shown


def test_words_of_a_heat_map_are_letters_and_never_markup():
    shown = heat_map([WordScore(NASTY, 0.1, 1.0, 1), WordScore("no", -0.1, -1.0, 2)], NASTY)
    assert MARKUP not in shown
    assert "&lt;b&gt;x&lt;/b&gt;" in shown


def test_a_heat_map_tells_for_and_against_without_colour():
    shown = heat_map([WordScore("yes", 0.1, 0.5, 1), WordScore("no", -0.2, -1.0, 2)], "map")
    assert "1 · +0.50" in shown
    assert "2 · −1.00" in shown
    assert shown.index("solid") < shown.index("dotted")


def test_a_forest_is_hollow_where_chance_may_explain_a_difference():
    (full, *_), (hollow, *_) = (
        forest_figure(differences(assessment=assessment), words).data for assessment in ("better", "unclear")
    )
    assert full.marker.symbol == "circle"
    assert hollow.marker.symbol == "circle-open"


@pytest.mark.parametrize(("assessment", "mark"), [("better", "▲"), ("worse", "▼"), ("unclear", "")])
def test_a_forest_tells_better_from_worse_without_colour(assessment, mark):
    points, *_ = forest_figure(differences(assessment=assessment), words).data
    assert points.text == (mark,)


def test_each_axis_has_its_colour():
    figure = axes_figure(axes(), words, words, {NASTY: "#8837D7"}.__getitem__)
    assert figure.data[0].marker.color == ("#8837D7",)


def test_a_forest_has_a_panel_a_unit():
    both = pd.concat([differences(), differences(unit="seconds")], ignore_index=True)
    assert forest_figure(both, words).layout.xaxis2.title.text == "difference (seconds)"


def test_a_row_of_a_forest_has_two_lines_and_room_for_its_mark():
    axis = forest_figure(differences(), words).layout.yaxis
    assert axis.ticktext[0].count("<br>") == 1
    assert axis.range[1] < -0.5


def test_nothing_to_compare_is_an_empty_forest():
    assert not forest_figure(compare.differences([], headlines=True), words).data


def test_figures_of_nothing_are_drawn():
    none = answers.answers([])
    assert not confusion_figure(answers.confusion(none), words).data[0].z
    assert len(reliability_figure(answers.reliability(none), words).data[1].x) == 0
    assert len(latency_figure(latencies([]), {}, words).data[0].x) == 0


def test_a_dressed_figure_gives_its_title_to_the_page():
    figure = drawing("best of <all>", "how to read it")
    shown = themed(figure, dark=False)
    assert (shown.title, shown.note) == ("Best of <all>", "how to read it")
    assert shown.figure.layout.title.text is None
    assert shown.figure.layout.height < figure.layout.height
    assert figure.layout.title.text  # as it was: it is shared


def test_a_dark_page_has_lighter_ink():
    figure = drawing("t")
    figure.add_scatter(x=[1], y=[1], marker={"color": BLUE})
    dark, light = (themed(figure, dark=dark).figure for dark in (True, False))
    assert light.data[0].marker.color == BLUE != dark.data[0].marker.color
    assert light.layout.font.color != dark.layout.font.color


@pytest.mark.parametrize(("withheld", "text"), [(True, "withheld"), (False, "not_measured")])
def test_an_axis_says_whether_it_was_measured_on_too_few_examples_or_not_at_all(withheld, text):
    shown = axes(utility=None, low=None, high=None, reason="movies: 13 of 100", withheld=withheld)
    figure = axes_figure(shown.astype({"utility": float}), words, words, blue)
    assert [each.text for each in figure.layout.annotations] == [f"{text}: movies: 13 of 100"]


def test_an_attack_that_recognises_nobody_is_drawn_on_the_lower_edge():
    chance, points = attack_curves_figure(curves(tpr=0.0, low=0.0, high=0.02), words).data
    assert points.y == (chance.y[0],)
    assert "0.000 [0.000, 0.020]" in points.hovertext[0]
