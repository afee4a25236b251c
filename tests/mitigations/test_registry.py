from importlib.metadata import EntryPoint

import pytest

from leaderboard.errors import RequestError
from leaderboard.mitigations import registry


def test_a_plug_in_that_exits_while_it_is_imported_is_named(tmp_path, monkeypatch):
    (tmp_path / "exiting_plugin.py").write_text("raise SystemExit(0)")
    monkeypatch.syspath_prepend(str(tmp_path))
    plugin = EntryPoint("quits", "exiting_plugin:Quits", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: (plugin,) if group == registry.GROUP else ())
    with pytest.raises(RequestError, match=r"the mitigation 'quits' .*exiting_plugin:Quits cannot be imported: System"):
        registry.mitigations.__wrapped__()
