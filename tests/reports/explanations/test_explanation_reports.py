import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from leaderboard.errors import RequestError
from leaderboard.evaluation.explanation import Explanation
from leaderboard.reports.explanations.json_text import explanations_json, read_explanations
from leaderboard.reports.explanations.page import explanations_page
from leaderboard.reports.explanations.report import ExplanationReport
from leaderboard.reports.explanations.shades import background, foreground, strengths
from leaderboard.reports.explanations.terminal_text import explanation_renderables


def explanation(units=("<b>A</b>", "dull", "film"), values=(0.0, -2.0, 1.0), separator=" "):
    return Explanation(
        subject="tiny/probe(<movies>)",
        task="movies",
        method="occlusion",
        caveat="",
        units=units,
        separator=separator,
        values=np.array(values),
        probabilities={"negative": 0.75, "positive": 0.25},
        label="negative",
        predicted="negative",
        passes=4,
        error=None,
    )


def terminal_output(*explanations, coloured):
    target = io.StringIO()
    screen = Console(file=target, width=100, force_terminal=coloured, color_system="truecolor" if coloured else None)
    for each in explanation_renderables(explanations, coloured=coloured):
        screen.print(each)
    return target.getvalue()


def test_without_colours_each_word_has_its_share_of_the_largest_value():
    text = terminal_output(explanation(), coloured=False)
    assert "<b>A</b>[+0.00] dull[-1.00] film[+0.50]" in text
    assert "\x1b" not in text
    assert "predicts negative (0.750)" in text


def test_words_that_bring_their_white_space_are_apart():
    shown = explanation(("影", " film", "\n\tbad"), separator="")
    assert "影[+0.00] film[-1.00] bad[+0.50]" in terminal_output(shown, coloured=False)


def test_with_colours_words_have_shades():
    text = terminal_output(explanation(), coloured=True)
    assert "\x1b[38;2" in text
    assert "[-1.00]" not in text


def test_json_is_read_back_as_it_was():
    first = explanation(values=(0.0, -2.5, 1e-9))
    (back,) = read_explanations(explanations_json([first]))
    assert back.values.tolist() == first.values.tolist()
    assert replace(back, values=first.values) == first


def test_two_subjects_stand_side_by_side():
    assert (
        "predicts negative"
        in terminal_output(explanation(), explanation(), coloured=False).splitlines()[0].partition("0.750")[2]
    )


def test_the_page_is_escaped_and_needs_nothing_else():
    page = explanations_page([explanation()])
    assert "&lt;b&gt;A&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "probe(<movies>)" not in page
    for outside in ("http", "<script", "<link", "src="):
        assert outside not in page


def test_letters_are_legible_on_every_shade():
    from leaderboard.colours import contrast

    for strength in np.linspace(-1, 1, 41):
        colour = background(float(strength))
        assert contrast(colour, foreground(colour)) >= 3.5


def test_equal_values_of_zero_have_no_shade():
    assert strengths(np.zeros(3)) == [0.0, 0.0, 0.0]
    assert background(0.0) == "#FFFFFF"


@pytest.mark.slow
def test_a_report_is_saved_as_page_and_as_picture(tmp_path):
    report = ExplanationReport((explanation(), explanation(("我", "喜", "欢"), (0.1, 0.2, -0.3), "")))
    assert report.save(tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert report.save(tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    assert list(report.frame.columns) == ["subject", "task", "label", "method", "unit", "value"]
    assert "<section" in report._repr_html_()


def test_another_ending_is_refused():
    with pytest.raises(RequestError, match=r"\.html or \.png"):
        ExplanationReport((explanation(),)).save("a.pdf")
