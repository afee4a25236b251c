from dataclasses import replace

import pytest

from leaderboard.axes.axis import Axis
from leaderboard.reports.figures.importance import importance
from leaderboard.reports.figures.lever_effects import levers
from leaderboard.studies.effects import LeverSetting, effects, settings_of
from leaderboard.studies.importance import Importances, importances


def row_of(figure, text):
    return next(place for place, each in enumerate(figure.layout.yaxis.ticktext) if each.startswith(text))


@pytest.fixture(scope="module")
def study_effects(two):
    return effects(two)


@pytest.fixture(scope="module")
def heat_map(two):
    return levers(two)


@pytest.fixture
def important() -> dict[Axis, Importances]:
    """The importance of three levers on every axis, written down: to estimate it takes a second."""
    shares = {"drop_layers": 0.8, "dp_noise": 0.15, "anonymise": 0.05}
    return {axis: Importances(shares, chance=0.3, trials=34) for axis in Axis}


def test_a_number_is_turned_by_its_share_of_the_usual_way_from_off():
    mixup = LeverSetting("mixup", 0.2, 0.0, counted=True)

    assert [mixup.turned(value) for value in (0.0, 0.1, 0.2, 0.4)] == pytest.approx([0, 0.5, 1, 2])


def test_a_number_on_the_other_side_of_off_belongs_to_another_setting():
    cold = LeverSetting("temperature", 0.5, 1.0, logarithmic=True, counted=True)

    assert cold.turned(3.0) == 0
    assert cold.turned(0.25) == pytest.approx(2)


def test_a_choice_is_turned_or_not():
    assert [LeverSetting("augment", "typos", "none").turned(value) for value in ("none", "synonyms", "typos")] == [
        0,
        0,
        1,
    ]


def test_settings_are_the_choices_and_the_sides_of_off_that_trials_have(two):
    names = [each.lever for each in settings_of(two)]

    assert names.count("augment") == 2
    assert names.count("temperature") == 2
    assert names.count("dp_noise") == 1


def test_effects_that_were_put_in_are_found(study_effects):
    places = {setting.lever: place for place, setting in enumerate(study_effects.settings)}
    noise = study_effects.settings[places["dp_noise"]]
    accuracy = study_effects.estimates[Axis.ACCURACY][places["dp_noise"]]
    privacy = study_effects.estimates[Axis.PRIVACY][places["dp_noise"]]

    assert accuracy.low <= -0.12 * float(noise.usual) / 2 <= accuracy.high
    assert privacy.low > 0


def test_cells_that_are_not_told_from_nothing_are_another_and_paler_map(heat_map):
    pale, clear = heat_map.data
    place = row_of(heat_map, "dp_noise")

    assert clear.z[place][list(heat_map.layout.xaxis.ticktext).index("privacy")] > 0
    assert pale.z[place][list(heat_map.layout.xaxis.ticktext).index("privacy")] is None
    assert pale.z[place][list(heat_map.layout.xaxis.ticktext).index("explainability")] is not None
    assert (pale.zmin, pale.zmax) == (clear.zmin, clear.zmax) == (-clear.zmax, clear.zmax)


def test_cells_tell_their_interval(heat_map):
    text = heat_map.data[1].text[row_of(heat_map, "dp_noise")][0]

    value, _, interval = text.partition("<br>")
    assert value.startswith("−0.")
    assert interval.startswith("[−0.")


def test_rows_are_named_by_setting_and_names_are_no_markup(heat_map):
    assert (
        "augment = &lt;b&gt;by a friend&lt;/b&gt; in three languages, there &amp; back"
        in heat_map.layout.yaxis.ticktext
    )


def test_settings_of_too_few_trials_are_grey_with_a_dash_and_a_reason(two):
    trials = [
        replace(each, parameters={**each.parameters, "deduplicate": each.number in {1, 2}}) for each in two.trials
    ]
    shown = replace(two, trials=tuple(trials))

    figure = levers(shown)
    place = row_of(figure, "deduplicate = yes")

    assert figure.data[0].text[place][0] == "–"
    assert "not measured: turned in 2 of" in figure.data[0].hovertext[place][0]
    assert all(each.z[place][0] is None for each in figure.data[1:])


def test_few_trials_have_no_effects_and_say_why(few):
    reasons = {
        0: "Trial 0, which effects are against, is not complete.",
        1: "Not measured: no lever was turned in 1 complete trial.",
        2: "Not measured: 2 complete trials are too few to separate effects; 10 are needed.",
    }

    assert levers(few).layout.annotations[0].text.replace("<br>", " ") == reasons[len(few.trials)]


@pytest.mark.slow
def test_importance_finds_the_lever_that_moves_an_axis(three, monkeypatch):
    estimated = importances(three, shuffles=1)
    assert next(iter(estimated[Axis.LATENCY].shares)) == "drop_layers"
    assert estimated[Axis.LATENCY].exceeds_chance("drop_layers")
    assert not estimated[Axis.LATENCY].exceeds_chance("anonymise")
    assert sum(estimated[Axis.LATENCY].shares.values()) == pytest.approx(1)
    monkeypatch.setattr("leaderboard.reports.figures.importance.importances", lambda _searched: estimated)
    assert len(importance(three).layout.shapes) == len(Axis)


def test_importance_draws_what_chance_gives_and_pales_what_is_no_more(three, important, monkeypatch):
    monkeypatch.setattr("leaderboard.reports.figures.importance.importances", lambda _searched: important)
    figure = importance(three)

    bars = figure.data[list(Axis).index(Axis.LATENCY)]
    colours = dict(zip([figure.layout.yaxis.ticktext[place] for place in bars.y], bars.marker.color, strict=True))
    assert colours["drop_layers"] != colours["anonymise"]
    assert len(figure.layout.shapes) == len(Axis)


def test_importance_of_an_axis_that_never_moved_is_withheld(three, important, monkeypatch):
    same = replace(important[Axis.BIAS], shares={}, reason="all 34 complete trials have the same utility")
    monkeypatch.setattr(
        "leaderboard.reports.figures.importance.importances", lambda _searched: important | {Axis.BIAS: same}
    )

    texts = [each.text.replace("<br>", " ") for each in importance(three).layout.annotations]

    assert "all 34 complete trials have the same utility" in texts


def test_importance_is_withheld_below_twenty_trials(few):
    annotation = importance(few).layout.annotations[0].text

    if few.complete:
        assert annotation.endswith("importance needs 20")
    else:
        assert annotation == "No complete trial was measured."
