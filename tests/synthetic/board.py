"""The board without a browser: one of its pages on a store."""

from functools import cache
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from leaderboard.settings import bundled_folder

_PATIENCE_S = 60.0
_COMPONENTS = cache(manifest_scanner.scan_component_manifests)
"""What streamlit reads of every installed distribution each time a page is tried: most of the time that takes."""


def shown(monkeypatch: Any, url: str, page: str = "", **address: str | list[str]) -> AppTest:
    """A page that was drawn without an exception.

    Args:
        monkeypatch: pytest's, to name the store.
        url: of the store.
        page: its file's name without `.py`; the first page when empty.
        address: parameters of the URL.
    """
    monkeypatch.setenv("LEADERBOARD_STORE", url)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _COMPONENTS)
    test = AppTest.from_file(bundled_folder("app") / "entry" / "board.py", default_timeout=_PATIENCE_S)
    if page:
        test.run()
        test.switch_page(str(bundled_folder("app") / "pages" / f"{page}.py"))
    for name, value in address.items():  # now, since the first page would refuse what is another page's
        test.query_params[name] = value
    test.run()
    assert not test.exception, test.exception[0].message
    return test
