import builtins
import os
import shutil
import struct

import pytest

from leaderboard.errors import RequestError
from leaderboard.reports.figures.style import graph_objects, sentence
from leaderboard.reports.figures.writing import FIGURES, _write_images, write_figures

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture
def without(monkeypatch):
    """As if a package was not installed."""
    original_import = builtins.__import__

    def hide(package):
        def importing(name, *rest, **more):
            if name.split(".")[0] == package:
                raise ImportError(name)
            return original_import(name, *rest, **more)

        monkeypatch.setattr(builtins, "__import__", importing)

    return hide


@pytest.mark.parametrize("few", [2], indirect=True)
def test_every_figure_is_a_page_beside_one_copy_of_the_script(few, tmp_path):
    written = write_figures(few, tmp_path / "new" / "folder", png=False)

    assert [each.name for each in written] == [f"{name}.html" for name in FIGURES]
    assert (tmp_path / "new" / "folder" / "plotly.min.js").is_file()
    for page in written:
        text = page.read_text(encoding="utf-8")
        assert 'src="plotly.min.js"' in text
        assert 'src="http' not in text
        assert len(text) < 100_000


@pytest.mark.parametrize("few", [0], indirect=True)
def test_pages_are_written_where_no_browser_is_found(few, tmp_path, monkeypatch):
    pytest.importorskip("kaleido")
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "nothing"))

    with pytest.raises(RequestError, match="Chromium or Chrome, and none was found; the pages are written"):
        write_figures(few, tmp_path, png=True)

    assert (tmp_path / "pareto_front.html").is_file()


@pytest.mark.parametrize("few", [0], indirect=True)
def test_pages_are_written_where_kaleido_is_missing(few, tmp_path, without):
    graph_objects()
    without("kaleido")

    with pytest.raises(RequestError, match=r"need kaleido.*\n  pip install 'lm-leaderboard\[plots\]'"):
        write_figures(few, tmp_path, png=True)

    assert (tmp_path / "pareto_front.html").is_file()


@pytest.mark.end_to_end
def test_a_picture_is_write_imagesn_at_twice_the_size(tmp_path):
    pytest.importorskip("kaleido", reason="kaleido is not installed")
    if not os.environ.get("BROWSER_PATH") and not any(map(shutil.which, BROWSERS)):
        pytest.skip("no Chromium or Chrome here")

    _write_images([sentence("A title", "A reason")], [tmp_path / "one.png"])

    content = (tmp_path / "one.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (2000, 1200)
