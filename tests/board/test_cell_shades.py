"""Shades of cells by utility."""

import pandas as pd

from leaderboard.axes.axis import Axis
from leaderboard.board.cell_shades import shaded


def test_a_cell_is_the_stronger_shaded_the_better_and_an_unknown_one_not_at_all():
    ranking = pd.DataFrame(
        {"accuracy": [1.0, 0.5, None], "accuracy_cell": ["1.00", "0.50", "–"], "subject": list("abc")}
    )
    cells = shaded(ranking[["subject", "accuracy_cell"]], ranking)
    html = cells.to_html()
    colour = ", ".join(str(int(Axis.ACCURACY.colour[place : place + 2], 16)) for place in (1, 3, 5))
    assert html.count("background-color") == 2
    assert f"rgba({colour}, 0.45)" in html
    assert f"rgba({colour}, 0.23)" in html or f"rgba({colour}, 0.22)" in html


def test_a_view_without_cells_of_axes_is_not_shaded():
    ranking = pd.DataFrame({"accuracy": [1.0], "subject": ["a"]})
    assert isinstance(shaded(ranking, ranking), pd.DataFrame)
