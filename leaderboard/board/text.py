"""The catalogue: every text of the board in every language, one YAML file a page under `leaderboard/board/strings/`.

    text("leaderboard.title")                        leaderboard.yaml:  title: {en: Leaderboard, zh: 排行榜}
    text("leaderboard.shown", shown=10, all=120)     placeholders as in str.format

A file's nesting is the key's dots. What is put into a text that Streamlit reads as Markdown goes through `plain`.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import streamlit as st
import yaml

LANGUAGE = "lang"
"""Under which the language stands in the URL and in the session."""
Option = TypeVar("Option", bound=Hashable)
_FOLDER, _ENDING = files("leaderboard.board") / "strings", ".yaml"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=\"'])")
_SHORTCODE = re.compile(r":(?=[\w+\-/]+:)")
_LINK = re.compile(r"(?i)(?<=http)s?(?=:)|(?<=www)(?=\.)|(?=@)")
_JOINER = "\u2060"
"""Takes no room and keeps a renderer from reading `:smile:` or `www.` as more than letters."""


class Language(StrEnum):
    """A language of the board."""

    ENGLISH = "en"
    CHINESE = "zh"

    @property
    def label(self) -> str:
        """Its name in itself."""
        return {"en": "English", "zh": "中文"}[self.value]


def language() -> Language:
    """The language of this session; English until another was chosen."""
    return Language(st.session_state.get(LANGUAGE) or Language.ENGLISH)


def text(key: str, **values: object) -> str:
    """The text of a key in the session's language, with its placeholders filled in."""
    said = _page(key.partition(".")[0])[key][language()]
    return said.format(**values) if values else said


def labels(prefix: str, options: Iterable[Option]) -> Callable[[Option], str]:
    """What to call options: the `format_func` of a widget, with texts `PREFIX.OPTION` in the language of now."""
    said = {option: text(f"{prefix}.{option}") for option in options}
    return said.__getitem__


def plain(name: object) -> str:
    """Anybody's text as Markdown that shows it letter by letter: no markup, link, colour, formula or emoji."""
    joined = _SHORTCODE.sub(f":{_JOINER}", str(name))
    joined = _LINK.sub(lambda found: found[0] + _JOINER, joined)
    return _MARKDOWN.sub(r"\\\1", " ".join(joined.split()))


def catalogue() -> dict[str, Mapping[Language, str]]:
    """Every text by key, `FILE.NAME`, and language."""
    names = sorted(each.name for each in _FOLDER.iterdir())
    return {key: said for name in names if name.endswith(_ENDING) for key, said in _page(name[: -len(_ENDING)]).items()}


@cache
def _page(name: str) -> dict[str, Mapping[Language, str]]:
    """The texts of one file; each is read when it is first needed."""
    return dict(_texts(name, yaml.safe_load((_FOLDER / f"{name}{_ENDING}").read_text(encoding="utf-8"))))


def _texts(name: str, node: Mapping[str, Any]) -> Iterator[tuple[str, dict[Language, str]]]:
    """The texts below a name: a node whose keys are languages is one, any other holds some."""
    if not all(isinstance(below, Mapping) for below in node.values()):
        yield name, {Language(key): str(said).strip() for key, said in node.items()}
        return
    for key, below in node.items():
        yield from _texts(f"{name}.{key}", below)
