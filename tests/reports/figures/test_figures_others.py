from dataclasses import replace

import numpy as np
import pytest

from leaderboard.ranking.scalarisation import Scalarisation
from leaderboard.reports.figures.hypervolume import hypervolume
from leaderboard.reports.figures.parallel_coordinates import MAX_LEVERS, parallel_coordinates
from leaderboard.reports.figures.style import drawing, escaped, wrapped
from leaderboard.reports.figures.trade_off import _sweep, terms_of, trade_off


def dimensions(figure):
    return {each.label: each for each in figure.data[0].dimensions}


@pytest.fixture(scope="module")
def lines(infeasible):
    return parallel_coordinates(infeasible)


def test_hypervolume_never_falls_and_names_its_reference(two):
    figure = hypervolume(two)

    assert list(figure.data[0].y) == sorted(figure.data[0].y)
    assert "the reference point: utility 0 on each of accuracy, bias" in figure.layout.title.subtitle.text.replace(
        "<br>", " "
    )


def test_hypervolume_that_no_trial_added_to_says_so(two):
    alone = replace(two, trials=tuple(each for each in two.trials if each.number in {0, 2, 5}))

    assert hypervolume(alone).layout.title.text.endswith("with trial 2, and none of 1 feasible ones since added to it")


def test_hypervolume_of_a_search_for_one_objective_is_none(one):
    assert "this is a constrained search" in hypervolume(one).layout.annotations[0].text


def test_hypervolume_without_a_feasible_trial_says_so(infeasible):
    assert hypervolume(infeasible).layout.annotations[0].text == "No complete trial satisfies every constraint."


def test_weighted_sum_passes_over_a_point_inside_the_hull_that_chebyshev_finds():
    places = [(None, 1.0, 0.0), (None, 0.4, 0.4), (None, 0.0, 1.0)]

    assert [point for point, _, _ in _sweep(places, Scalarisation.WEIGHTED_SUM)] == [2, 0]
    assert [point for point, _, _ in _sweep(places, Scalarisation.CHEBYSHEV)] == [2, 1, 0]


def test_weights_of_the_sweep_cover_all_from_nought_to_one():
    places = [(None, 1.0, 0.0), (None, 0.0, 1.0)]

    (_, low, before), (_, after, high) = _sweep(places, Scalarisation.WEIGHTED_SUM)

    assert (low, high) == (0.0, 1.0)
    assert after - before == pytest.approx(0.01)


def test_at_the_ends_a_dominated_point_is_not_taken_for_the_best():
    places = [(None, 0.2, 1.0), (None, 0.8, 1.0)]

    assert [point for point, _, _ in _sweep(places, Scalarisation.WEIGHTED_SUM)] == [1]


@pytest.mark.slow
def test_trade_off_draws_both_ways_of_weighing(two):
    figure = trade_off(two)

    names = [each.name for each in figure.data]
    assert "best by weighted sum" in names
    assert "best by Chebyshev" in names
    assert figure.layout.xaxis.title.text == "utility of accuracy, higher is better"
    assert any("α 0.00" in each.text for each in figure.layout.annotations)


def test_trade_off_of_a_search_for_one_objective_is_of_the_first_two_axes(one):
    assert [term.text for term in terms_of(one)] == ["accuracy", "ood"]
    assert trade_off(one).data


@pytest.mark.slow
def test_trade_off_without_a_feasible_trial_shows_all_and_says_so(infeasible):
    figure = trade_off(infeasible)

    assert len(figure.data[0].x) == len(infeasible.complete)
    assert "none of which satisfies every constraint" in figure.layout.title.subtitle.text.replace("<br>", " ")


def test_trade_off_of_few_trials_is_drawn_or_told_of(few):
    figure = trade_off(few)

    assert bool(figure.data) is bool(few.complete)
    assert figure.data or "No complete trial was measured" in figure.layout.annotations[0].text


def test_parallel_coordinates_keep_the_levers_that_matter_and_name_the_others(lines, infeasible):
    drawn = [name for name in infeasible.definition.point_space.searched if name in dimensions(lines)]

    assert len(drawn) == MAX_LEVERS
    assert {"dp_noise", "drop_layers", "counterfactual_share"} <= set(drawn)
    note = lines.layout.title.subtitle.text.replace("<br>", " ")
    left_out = [name for name in infeasible.definition.point_space.searched if name not in drawn]
    assert f"Left out as least important: {', '.join(left_out)}." in note


def test_parallel_coordinates_have_every_axis_and_the_numbers_of_trials(lines, infeasible):
    axes_by_label = dimensions(lines)

    assert list(axes_by_label["trial"]["values"]) == [each.number for each in infeasible.complete]
    assert {"accuracy ↑", "bias ↑", "latency ↑"} <= set(axes_by_label)
    assert list(lines.data[0].line.color) == pytest.approx([1 - each.losses[0] for each in infeasible.complete])


def test_choices_with_long_names_are_numbered_and_explained(two):
    from leaderboard.reports.figures.parallel_coordinates import _key, _lever

    values = two.definition.point_space.searched["augment"]

    assert _lever("augment", values, ["none", "typos"])["ticktext"] == ["1", "2", "3"]
    assert _key("augment", values).startswith(" augment: 1 is none, 2 is typos, 3 is <b>by a friend</b>")
    assert _key("quantise", two.definition.point_space.searched["quantise"]) == ""


def test_logarithmic_levers_have_ticks_at_powers_of_ten(two):
    from leaderboard.reports.figures.parallel_coordinates import _lever

    drawn = _lever("c", two.definition.point_space.searched["c"], [0.02, 1.0, 50.0])

    assert drawn["ticktext"] == ["0.01", "0.1", "1", "10", "100"]
    assert np.allclose(drawn["values"], np.log10([0.02, 1, 50]))


def test_parallel_coordinates_need_two_trials(few):
    figure = parallel_coordinates(few)

    assert bool(figure.data) is (len(few.complete) == 2)
    assert figure.data or "compared with each other" in figure.layout.annotations[0].text


def test_long_titles_are_wrapped_and_never_cut():
    title = "of " + " ".join(f"word{number}" for number in range(60))

    figure = drawing(title)

    assert figure.layout.title.text.replace("<br>", " ") == title.replace("of", "Of", 1)
    assert "<br>" in figure.layout.title.text
    assert figure.layout.margin.t > drawing("short").layout.margin.t


def test_a_name_that_has_no_capital_gets_none():
    assert drawing("latency.ratio: 1.6").layout.title.text == "latency.ratio: 1.6"


def test_markup_is_escaped_before_lines_are_joined():
    assert wrapped("<b>one</b> two & three", 12) == "&lt;b&gt;one&lt;/b&gt;<br>two &amp; three"
    assert escaped('a "quoted" name') == 'a "quoted" name'
