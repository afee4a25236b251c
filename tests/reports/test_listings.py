import pytest
from rich.console import Console

from leaderboard import terminal
from leaderboard.recipes.mitigation_rows import mitigation_rows
from leaderboard.reports.listings import print_mitigations


@pytest.fixture
def narrow_console(monkeypatch):
    """A console of 80 columns that everything is printed on."""
    console = Console(width=80, record=True)
    monkeypatch.setattr(terminal, "console", lambda: console)
    return console


def test_no_name_of_a_mitigation_a_setting_or_an_axis_is_broken(narrow_console):
    rows = mitigation_rows()
    print_mitigations(rows)
    words = narrow_console.export_text().split()
    for row in rows:
        assert {row["mitigation"], *row["settings"], *row["axes"]} <= set(words)


def test_no_line_of_the_mitigations_is_wider_than_80_columns(narrow_console):
    print_mitigations(mitigation_rows())
    lines = narrow_console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
