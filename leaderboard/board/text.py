"""The catalogue: every text of the board in every language, one YAML file a page under `leaderboard/board/strings/`.

    text("leaderboard.title")                        leaderboard.yaml:  title: {en: Leaderboard, zh: 排行榜}
    text("leaderboard.shown", shown=10, all=120)     placeholders as in str.format

A file's nesting is the key's dots. What is put into a text that Streamlit reads as Markdown goes through `plain`.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import streamlit as st
import yaml

LANGUAGE = "lang"
"""Under which the language stands in the URL and in the session."""
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
    said = catalogue()[key][language()]
    return said.format(**values) if values else said


def plain(name: object) -> str:
    """Anybody's text as Markdown that shows it letter by letter: no markup, link, colour, formula or emoji."""
    joined = _SHORTCODE.sub(f":{_JOINER}", str(name))
    joined = _LINK.sub(lambda found: found[0] + _JOINER, joined)
    return _MARKDOWN.sub(r"\\\1", " ".join(joined.split()))


@cache
def catalogue() -> Mapping[str, Mapping[Language, str]]:
    """Every text by key, `FILE.NAME`, and language."""
    folder = files("leaderboard.board") / "strings"
    return MappingProxyType(
        {
            key: said
            for file in sorted(folder.iterdir(), key=lambda each: each.name)
            if file.name.endswith(".yaml")
            for key, said in _texts(file.name.removesuffix(".yaml"), yaml.safe_load(file.read_text(encoding="utf-8")))
        }
    )


def _texts(name: str, node: Mapping[str, Any]) -> Iterator[tuple[str, dict[Language, str]]]:
    """The texts below a name: a node whose keys are languages is one, any other holds some."""
    if not all(isinstance(below, Mapping) for below in node.values()):
        yield name, {Language(key): str(said).strip() for key, said in node.items()}
        return
    for key, below in node.items():
        yield from _texts(f"{name}.{key}", below)
