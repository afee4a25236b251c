"""Hypervolume over trials: how much the front has gained, and whether it still does."""

from typing import TYPE_CHECKING

from leaderboard.reports.figures.look import BLUE, INK, PALE, drawing, graph_objects, sentence
from leaderboard.reports.figures.objectives import nothing_complete, told, trial_range
from leaderboard.store.records import StudyMode
from leaderboard.studies.stored import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def hypervolume(found: StoredStudy) -> "Figure":
    """What the feasible trials dominate together, after each of them, against the recorded reference point."""
    if found.record.mode is not StudyMode.PARETO:
        return sentence(
            f"No hypervolume of {found.name}",
            f"A hypervolume is of a front, and this is a {found.record.mode} search: it has one objective.",
        )
    volumes = found.hypervolumes()
    if not volumes:
        return sentence(
            f"No hypervolume of {found.name} yet",
            "No complete trial keeps to every constraint." if found.complete else nothing_complete(found),
        )
    names = ", ".join(str(term) for term in found.goal.terms)
    figure = drawing(
        _title(volumes),
        f"{found.name}. Volume between the front and the reference point: utility 0 on each of {names}; at most 1.",
    )
    go = graph_objects()
    numbers, heights = [number for number, _ in volumes], [volume for _, volume in volumes]
    first = [place == 0 or height > heights[place - 1] for place, height in enumerate(heights)]
    by_number = {each.number: each for each in found.feasible}
    figure.add_trace(
        go.Scatter(
            x=numbers,
            y=heights,
            mode="lines+markers",
            line={"shape": "hv", "color": BLUE, "width": 2},
            marker={"size": 8, "color": [BLUE if each else PALE for each in first]},
            hovertext=[told(found, by_number[number], f"hypervolume: {height:.4f}") for number, height in volumes],
            hoverinfo="text",
            name="hypervolume",
        )
    )
    if found.baseline and found.baseline.number in by_number:
        start = dict(volumes)[found.baseline.number]
        figure.add_hline(y=start, line={"color": INK, "dash": "dot", "width": 1})
        figure.add_annotation(
            text="with trial 0", x=1, xref="paper", xanchor="right", y=start, yanchor="bottom", showarrow=False
        )
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text="trial (feasible ones; dark where the front gained)", range=trial_range(found))
    flat = [max(0.0, heights[0] - 0.1), heights[0] + 0.1] if heights[0] == heights[-1] else None
    figure.update_yaxes(title_text="hypervolume, higher is better", range=flat)
    return figure


def _title(volumes: list[tuple[int, float]]) -> str:
    end = volumes[-1][1]
    last = next(number for number, volume in volumes if volume == end)
    if last == volumes[0][0]:
        others = f", and none of {len(volumes) - 1} feasible ones since added to it" if len(volumes) > 1 else ""
        return f"Hypervolume {end:.3f} with trial {last}{others}"
    return f"Hypervolume {volumes[0][1]:.3f} at first, {end:.3f} at the end; the last gain was trial {last}"
