"""Hypervolume over trials: how much the front has gained, and whether it still gains."""

from typing import TYPE_CHECKING

from leaderboard.colours import BLUE, INK
from leaderboard.reports.figures.objectives import nothing_complete, trial_range, trial_text
from leaderboard.reports.figures.style import PALE, drawing, graph_objects, sentence
from leaderboard.store.records import StudyMode
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def hypervolume(study: StoredStudy) -> "Figure":
    """Return the volume that the feasible trials dominate, after each trial, against the recorded reference point."""
    if study.record.mode is not StudyMode.PARETO:
        return sentence(
            f"No hypervolume of {study.name}",
            f"A hypervolume is of a front, and this is a {study.record.mode} search: it has one objective.",
        )
    volumes = study.hypervolumes()
    if not volumes:
        return sentence(
            f"No hypervolume of {study.name} yet",
            "No complete trial satisfies every constraint." if study.complete else nothing_complete(study),
        )
    names = ", ".join(str(term) for term in study.goal.terms)
    figure = drawing(
        _title(volumes),
        f"{study.name}. Volume between the front and the reference point: utility 0 on each of {names}; at most 1.",
    )
    go = graph_objects()
    numbers, heights = [number for number, _ in volumes], [volume for _, volume in volumes]
    first = [place == 0 or height > heights[place - 1] for place, height in enumerate(heights)]
    by_number = {each.number: each for each in study.feasible}
    figure.add_trace(
        go.Scatter(
            x=numbers,
            y=heights,
            mode="lines+markers",
            line={"shape": "hv", "color": BLUE, "width": 2},
            marker={"size": 8, "color": [BLUE if each else PALE for each in first]},
            hovertext=[
                trial_text(study, by_number[number], f"hypervolume: {height:.4f}") for number, height in volumes
            ],
            hoverinfo="text",
            name="hypervolume",
        )
    )
    if study.baseline and study.baseline.number in by_number:
        start = dict(volumes)[study.baseline.number]
        figure.add_hline(y=start, line={"color": INK, "dash": "dot", "width": 1})
        figure.add_annotation(
            text="with trial 0", x=1, xref="paper", xanchor="right", y=start, yanchor="bottom", showarrow=False
        )
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text="trial (feasible ones; dark where the front gained)", range=trial_range(study))
    flat = [max(0.0, heights[0] - 0.1), heights[0] + 0.1] if heights[0] == heights[-1] else None
    figure.update_yaxes(title_text="hypervolume, higher is better", range=flat)
    return figure


def _title(volumes: list[tuple[int, float]]) -> str:
    end = volumes[-1][1]
    last = next(number for number, volume in volumes if volume == end)
    if last == volumes[0][0]:
        later_trials = f", and none of {len(volumes) - 1} feasible ones since added to it" if len(volumes) > 1 else ""
        return f"Hypervolume {end:.3f} with trial {last}{later_trials}"
    return f"Hypervolume {volumes[0][1]:.3f} at first, {end:.3f} at the end; the last gain was trial {last}"
