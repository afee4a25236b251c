import io

from rich.console import Console

from leaderboard.reports.hint import Hint
from tests.in_one_test import in_one_test


def shown(text: str, width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(Hint(text))
    return file.getvalue().splitlines()


@in_one_test("width", range(30, 60))
def test_a_flag_stays_with_its_value_at_every_width(width):
    text = "every number, part by part; --format json|csv|markdown, or -o FILE --yes"
    lines = shown(text, width)
    assert " ".join(lines) == text
    assert any("--format json|csv|markdown" in line for line in lines)
    assert any("-o FILE" in line for line in lines)


def test_lines_and_the_indentation_of_commands_are_kept():
    assert shown("Next:\n  leaderboard rank --weight bias=3", 80) == ["Next:", "  leaderboard rank --weight bias=3"]


def test_words_in_brackets_are_no_markup():
    assert shown("[red] --set [a]", 80) == ["[red] --set [a]"]
