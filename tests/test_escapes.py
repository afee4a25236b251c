import csv
import html
import io
import json
import re
import shlex
import subprocess
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt

from leaderboard import escapes
from tests.in_one_test import in_one_test
from tests.synthetic.hostile_texts import HONEST, HOSTILE

TEXTS = HOSTILE + HONEST
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLAIN = {"text", "text_special"}
UNSEEN = re.compile("[\u200b]")


def inline(source):
    return [token for token in MARKDOWN.parse(source) if token.type == "inline"]


def shown(token):
    return UNSEEN.sub("", "".join(child.content for child in token.children))


@in_one_test("text", TEXTS)
def test_markdown_is_one_paragraph_of_that_text(text):
    tokens = MARKDOWN.parse(escapes.markdown(text) + "\n")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children} <= PLAIN
    assert shown(tokens[1]) == escapes.line(text)


@in_one_test("text", TEXTS)
def test_a_cell_of_markdown_is_that_text(text):
    cells = inline(f"| a | b |\n| --- | --- |\n| {escapes.markdown_cell(text)} | next |\n")
    assert [shown(cell) for cell in cells] == ["a", "b", escapes.line(text), "next"]
    assert {child.type for child in cells[2].children} <= PLAIN
    source = escapes.markdown_cell(text)
    assert not re.search(r"https?://|(?<!\\)<|@\w|www\.", source)  # pages make links of them without any markup


@in_one_test("text", TEXTS)
def test_code_of_markdown_is_that_text(text):
    (token,) = inline(escapes.markdown_code(text))
    assert [child.type for child in token.children] == ["code_inline"]
    assert token.children[0].content.strip() == escapes.line(text).strip()
    fence = MARKDOWN.parse(escapes.markdown_block(f"{text}\n```\n# no heading", "yaml"))
    assert [each.type for each in fence] == ["fence"]


@in_one_test("text", TEXTS)
def test_html_is_that_text_in_an_element_and_in_an_attribute(text):
    escaped = escapes.html_text(text)
    assert html.unescape(escaped) == escapes.line(text)
    assert not set(escaped) & set('<>"')


@in_one_test("text", TEXTS)
def test_a_cell_of_csv_comes_back_and_begins_no_formula(text):
    file = io.StringIO()
    csv.writer(file).writerow([escapes.csv_cell(text), "next"])
    ((cell, other),) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert (cell.removeprefix("'"), other) == (text.removeprefix("'"), "next")
    is_number = re.fullmatch(r"[+-]?[\d.]+(?:e[+-]?\d+)?", text)
    assert is_number or not re.match(r"\s*[=+\-@]|[\t\r\n]|\s*::", cell)


def test_a_number_stays_a_number_in_csv():
    for number in ("-0.5", "+3", "-1e-05", "-.5", "-12 %"):
        assert escapes.csv_cell(number) == number
    assert escapes.csv_cell("-1+1") == "'-1+1"
    assert escapes.csv_cell("−0.5") == "−0.5"


@in_one_test("text", TEXTS)
def test_latex_has_no_command_of_that_text(text):
    source = escapes.latex(text)
    for command in (*escapes._LATEX.values(), "{}"):
        source = source.replace(command, "") if command else source
    assert not set(source) & set("\\{}$&#%_^~")


@in_one_test("text", TEXTS)
def test_json_says_the_same_and_shows_nothing_that_acts(text):
    source = escapes.json_text(json.dumps([text], ensure_ascii=False))
    assert json.loads(source) == [text]
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", source)
    assert "##[" not in source
    source.encode()


@in_one_test("text", TEXTS)
def test_a_command_to_a_runner_is_one(text):
    title, message = escapes.command_property(text), escapes.command_data(text)
    assert not set(title) & set("\r\n:,")
    assert not set(message) & set("\r\n")
    assert "\x1b" not in title + message


@in_one_test("text", TEXTS)
def test_xml_takes_a_line_and_gives_it_back(text):
    element = ET.Element("case", name=escapes.line(text))
    assert ET.fromstring(ET.tostring(element)).get("name") == escapes.line(text)  # noqa: S314 - our own


@in_one_test("text", TEXTS)
def test_a_figure_shows_tags_as_text(text):
    assert "<" not in escapes.plotly(text)
    assert html.unescape(escapes.plotly(text)) == html.unescape(html.escape(escapes.line(text), quote=False))


def test_a_word_of_a_shell_is_one_argument():
    words = [escapes.line(text)[:300] for text in TEXTS]
    assert shlex.split(escapes.shell(words)) == words
    echoed = subprocess.run(
        ["/bin/sh", "-c", f"printf '%s\\n' {escapes.shell(words)}"], capture_output=True, check=True, timeout=10
    )
    assert echoed.stdout.decode().splitlines() == words


def test_intervals_and_ordinary_names_are_not_escaped():
    for text in ("0.912 [0.90, 0.93]", "gt-all/probe(sst2)", "a_b", "n = 872", "owner/name", "−3.5 % (95 %)"):
        assert escapes.markdown_cell(text) == text
