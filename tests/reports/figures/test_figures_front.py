from dataclasses import replace

import pytest

from leaderboard.reports.figures.pareto_front import pareto_front
from leaderboard.store.records import TrialState

NOT_MARKUP = "&lt;b&gt;"


def trace(figure, name):
    (match,) = [each for each in figure.data if each.name == name]
    return match


def text_of(figure):
    return f"{figure.layout.title.text} {figure.layout.title.subtitle.text}"


def test_title_counts_trials_and_front(two):
    title = pareto_front(two).layout.title.text

    assert title == f"Accuracy against bias: 60 trials, {len(two.front)} on the front"


def test_front_is_drawn_as_utilities_with_its_intervals(two):
    front = trace(pareto_front(two), "front")

    losses = two.searched[two.front[0].number].losses
    assert (front.x[0], front.y[0]) == pytest.approx([1 - each.value for each in losses])
    assert front.error_x.array[0] == pytest.approx(losses[0].value - losses[0].low)
    assert front.error_y.arrayminus[0] == pytest.approx(losses[1].high - losses[1].value)
    assert list(front.text) == [str(each.number) for each in two.front]


def test_border_steps_along_the_front_from_left_to_right(two):
    border = trace(pareto_front(two), "Pareto front")

    assert list(border.x) == sorted(border.x)
    assert list(border.y) == sorted(border.y, reverse=True)
    assert border.line.shape == "vh"


def test_every_measured_trial_is_drawn_once(two):
    figure = pareto_front(two)
    kinds = ["stopped early (fewer examples)", "breaks a constraint", "dominated", "front"]

    drawn = sum(len(trace(figure, name).x) for name in kinds) + 1
    pruned = sum(each.state is TrialState.PRUNED for each in two.trials)

    assert two.baseline not in two.front
    assert drawn == len(two.complete) + pruned


def test_finalists_are_joined_to_what_they_scored_on_what_was_held_out(two):
    figure = pareto_front(two)
    held_out, joined = trace(figure, "finalists, held-out data"), trace(figure, "from search to held-out data")

    assert len(held_out.x) == 5
    assert held_out.marker.symbol == "circle-open"
    assert list(joined.x[1::3]) == list(held_out.x)
    assert joined.x[2] is None
    assert joined.x[0] == pytest.approx(1 - two.searched[0].losses[0].value)


def test_names_are_no_markup(two):
    figure = pareto_front(two)

    assert f"a {NOT_MARKUP}bold&lt;/b&gt; study &amp; its" in text_of(figure)
    assert "<b>" not in figure.to_json().replace("\\u003c", "<")
    assert any("&lt;b&gt;by a friend&lt;/b&gt;" in hover for hover in trace(figure, "dominated").hovertext)


def test_pointer_is_told_trial_settings_and_broken_constraints(two):
    hover = trace(pareto_front(two), "breaks a constraint").hovertext[0]
    trial = next(each for each in two.complete if not each.feasible and each.number)

    assert hover.startswith(f"trial {trial.number}<br>")
    assert "breaks privacy &gt;= 0.55" in hover


def test_three_objectives_are_three_planes(three):
    figure = pareto_front(three)

    fronts = [each for each in figure.data if each.name == "front"]
    assert [each.showlegend for each in fronts] == [True, False, False]
    assert figure.layout.xaxis3.title.text == "utility of bias, higher is better"
    assert figure.layout.yaxis3.title.text == "utility of latency, higher is better"
    assert not [each for each in figure.data if each.name == "Pareto front"]


def test_nothing_feasible_is_said_with_the_nearest_miss(infeasible):
    figure = pareto_front(infeasible)

    assert figure.layout.title.text == "Accuracy against bias: 30 trials, and none satisfies every constraint"
    assert f"Nearest miss: trial {infeasible.nearest_miss.number}." in text_of(figure).replace("<br>", " ")
    assert not [each for each in figure.data if each.name == "front"]


def test_one_objective_is_drawn_over_trials_in_its_own_unit(one):
    figure = pareto_front(one)
    best = trace(figure, "best so far")

    assert figure.layout.yaxis.title.text == "latency.ratio (× reference), lower is better"
    assert best.y[-1] == min(each.losses[0] for each in one.feasible)
    assert list(best.y) == sorted(best.y, reverse=True)
    assert f"at best (trial {one.best.number})" in figure.layout.title.text


def test_a_leading_trial_that_breaks_a_constraint_is_named_below_the_title(one):
    leading, other = one.by_loss[:2]
    broken = dict.fromkeys(one.searched[leading.number].violations, 0.1)
    held_out = {
        leading.number: replace(one.searched[leading.number], violations=broken),
        other.number: one.searched[other.number],
    }
    figure = pareto_front(replace(one, held_out=held_out))

    assert f"at best (trial {leading.number})" in figure.layout.title.text
    sentence = f"On held-out data trial {leading.number} breaks a constraint; trial {other.number} breaks none."
    assert sentence in text_of(figure).replace("<br>", " ")


def test_one_objective_colours_trials_by_how_far_they_break_constraints(one):
    broken = trace(pareto_front(one), "breaks a constraint")
    trials = [each for each in one.complete if not each.feasible]

    assert list(broken.x) == [each.number for each in trials]
    assert broken.marker.color[0] == pytest.approx(sum(max(0, each) for each in trials[0].violations.values()))


def test_weighted_loss_is_shown_as_it_is_minimised(weighted):
    figure = pareto_front(weighted)

    assert figure.layout.yaxis.title.text == "weighted loss (accuracy 1, bias 1), lower is better"


def test_few_trials_are_drawn_or_told_of(few):
    figure = pareto_front(few)

    assert bool(figure.data) is bool(few.trials)
    if not few.trials:
        assert figure.layout.annotations[0].text == "No trial was begun."
