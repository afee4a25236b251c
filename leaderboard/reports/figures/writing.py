"""Figures of a search as files: HTML pages that need no network, and PNG files if there is a browser."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaderboard.errors import RequestError
from leaderboard.installing import install_command
from leaderboard.reports.figures.hypervolume import hypervolume
from leaderboard.reports.figures.importance import importance
from leaderboard.reports.figures.lever_effects import levers
from leaderboard.reports.figures.parallel_coordinates import parallel_coordinates
from leaderboard.reports.figures.pareto_front import pareto_front
from leaderboard.reports.figures.style import HEIGHT, WIDTH
from leaderboard.reports.figures.trade_off import trade_off
from leaderboard.studies.stored_study import StoredStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FIGURES: Mapping[str, Callable[[StoredStudy], "Figure"]] = {
    "pareto_front": pareto_front,
    "trade_off": trade_off,
    "levers": levers,
    "importance": importance,
    "parallel_coordinates": parallel_coordinates,
    "hypervolume": hypervolume,
}
"""Figures by the name of their file."""
_SCALE = 2
"""Pixels of a picture for each of the figure."""
_TIMEOUT_S = 90


def write_figures(study: StoredStudy, folder: Path, *, png: bool) -> list[Path]:
    """Write every figure of a study and return the files.

    Pages share one copy of Plotly's script, `plotly.min.js` beside them.

    Args:
        study: the study.
        folder: folder of the files; it is created if it is missing.
        png: whether PNG files are written too.

    Raises:
        RequestError: if plotly is not installed, or PNG files are requested and cannot be written; the pages are
            written all the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = {name: draw(study) for name, draw in FIGURES.items()}
    pages = [folder / f"{name}.html" for name in figures]
    for page, figure in zip(pages, figures.values(), strict=True):
        figure.write_html(page, include_plotlyjs="directory", config={"displaylogo": False, "responsive": True})
    if not png:
        return pages
    pictures = [folder / f"{name}.png" for name in figures]
    _write_images(list(figures.values()), pictures)
    return [*pages, *pictures]


def _write_images(figures: list["Figure"], pictures: list[Path]) -> None:
    """Write PNG files of all figures, with one start of the browser.

    Raises:
        RequestError: if kaleido or the browser is missing.
    """
    try:
        import kaleido  # noqa: PLC0415 - optional, and slow to import
        from kaleido.errors import BrowserClosedError, BrowserFailedError, ChromeNotFoundError  # noqa: PLC0415
    except ImportError:
        raise RequestError(
            f"--png: pictures need kaleido; the pages are written\n  {install_command('plots')}"
        ) from None
    requests = [_image_request(figure, picture) for figure, picture in zip(figures, pictures, strict=True)]
    try:
        kaleido.write_fig_from_object_sync(
            requests, kopts={"mathjax": False, "timeout": _TIMEOUT_S}, cancel_on_error=True
        )
    except ChromeNotFoundError:
        raise RequestError(
            "--png: pictures need Chromium or Chrome, and none was found; the pages are written\n"
            "  Install one (`apt install chromium`, or `plotly_get_chrome`), or name it: BROWSER_PATH=/usr/bin/chromium"
        ) from None
    except (BrowserFailedError, BrowserClosedError, TimeoutError) as error:
        raise RequestError(
            f"--png: the browser wrote no pictures ({type(error).__name__}); the pages are written\n"
            "  Name one that starts: BROWSER_PATH=/usr/bin/chromium"
        ) from None


def _image_request(figure: "Figure", picture: Path) -> dict[str, Any]:
    size = {"width": figure.layout.width or WIDTH, "height": figure.layout.height or HEIGHT, "scale": _SCALE}
    return {"fig": figure, "path": picture, "opts": {"format": "png", **size}}
