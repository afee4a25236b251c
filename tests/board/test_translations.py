"""Every text of the board is there in every language, used, and has the same placeholders in each."""

import ast
from pathlib import Path
from string import Formatter

import leaderboard.board
from leaderboard.board.translations import Language, catalogue, plain
from leaderboard.settings import bundled_folder

EVIL = "<b>x</b> & [link](http://e) **y** $z$ :red[q]"
FOLDERS = (bundled_folder("app"), Path(leaderboard.board.__file__).parent)
SOURCES = [source for folder in FOLDERS for source in folder.rglob("*.py")]


def used_keys():
    """Keys that the sources ask for: whole ones, and the beginnings of those that are put together."""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                yield source.name, node.values[0].value, False
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield source.name, node.value, True


KEYS = set(catalogue())


def placeholders(translations):
    return {name for _, name, _, _ in Formatter().parse(translations) if name is not None}


def test_every_text_is_there_in_every_language():
    assert {
        key
        for key, translations in catalogue().items()
        if set(translations) != set(Language) or not all(translations.values())
    } == set()


def test_placeholders_are_the_same_in_every_language():
    apart = {
        key
        for key, translations in catalogue().items()
        if len({frozenset(map(str, placeholders(each))) for each in translations.values()}) > 1
    }
    assert apart == set()


def test_every_text_is_used():
    whole = {translations for _, translations, is_whole in used_keys() if is_whole}
    beginnings = tuple(
        {translations for _, translations, is_whole in used_keys() if not is_whole and translations.count(".") >= 1}
    )
    prefixes = tuple(f"{translations}." for translations in whole if "." in translations)
    unused = {key for key in KEYS - whole if not key.startswith(beginnings) and not key.startswith(prefixes)}
    assert not unused


def test_no_text_is_missing():
    missing = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text" and node.args:
                (key, *_) = node.args
                if isinstance(key, ast.Constant) and key.value not in KEYS:
                    missing.add((source.name, key.value))
                if isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                    beginning = key.values[0].value
                    if not any(each.startswith(beginning) for each in KEYS):
                        missing.add((source.name, beginning))
    assert not missing


def test_markup_of_others_is_escaped_letter_by_letter():
    assert plain(EVIL).replace("\\", "").replace("\u2060", "") == EVIL


def test_lines_of_others_stay_one_line():
    assert plain("a\n# b") == "a \\# b"
