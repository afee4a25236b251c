"""Quotation marks in delimited text."""

from pathlib import Path

import pytest

from leaderboard.data.specification import Quotes
from leaderboard.errors import RequestError
from leaderboard.own_data.delimited_layout import detect_layout
from tests.own_data.files import lines, reviews

PATH = Path("reviews.csv")
TEXTS = [(text.replace("good", 'good, "really"'), label) for text, label in reviews(300)]


def quoted(delimiter: str = ",") -> str:
    rows = [[f'"{value.replace(chr(34), chr(34) * 2)}"' for value in row] for row in [("text", "label"), *TEXTS]]
    return "".join(f"{delimiter.join(row)}\n" for row in rows)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("place", [0, 150, 299])
def test_an_unclosed_mark_among_quoted_rows_names_its_line(delimiter: str, named: bool, place: int) -> None:
    end = f", visit {place}"
    text = quoted(delimiter).replace(f'{end}"', end, 1)
    with pytest.raises(RequestError, match=rf"line ({place + 2}|{place + 3}): .*(?s:.*)Correct the line"):
        detect_layout(PATH, text, delimiter=delimiter if named else None)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_quoted_rows_are_read_as_such(delimiter: str) -> None:
    layout = detect_layout(PATH, quoted(delimiter), delimiter=None).value
    assert (layout.delimiter, list(layout.rows[1])) == (delimiter, list(TEXTS[0]))


def test_a_mark_in_a_text_without_quoted_values_is_text() -> None:
    rows = [(text.replace(",", ""), label) for text, label in reviews()]
    text = lines(rows, header="text,label").replace("the", '"the', 1)
    assert detect_layout(PATH, text, delimiter=None).value.quotes is Quotes.PLAIN


def test_an_unclosed_mark_is_seen_where_all_texts_hold_the_delimiter() -> None:
    rows = [(f"{text}, again", label) for text, label in reviews()]
    text = lines(rows, header="text,label").replace('visit 50, again"', "visit 50, again", 1)
    with pytest.raises(RequestError, match=r"line 5[23]: .*(?s:.*)Correct the line"):
        detect_layout(PATH, text, delimiter=None)
