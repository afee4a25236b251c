"""Translations: every text of the board in every language, one YAML file for each page in `board/strings/`.

    text("leaderboard.title")                        leaderboard.yaml:  title: {en: Leaderboard, zh: 排行榜}
    text("leaderboard.shown", shown=10, all=120)     placeholders as in str.format

Dots in a key are levels of nesting in the file. Values inserted into Markdown must be escaped with `plain`.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import streamlit as st

from leaderboard.data.yamlfile import load_yaml
from leaderboard.escapes import streamlit

LANGUAGE = "lang"
"""Key of the language in the URL and in the session."""
Option = TypeVar("Option", bound=Hashable)
_FOLDER, _ENDING = files("leaderboard.board") / "strings", ".yaml"


class Language(StrEnum):
    """A language of the board."""

    ENGLISH = "en"
    CHINESE = "zh"

    @property
    def label(self) -> str:
        """Name of the language in the language itself."""
        return {"en": "English", "zh": "中文"}[self.value]


def language() -> Language:
    """Return the language of this session; English until another is chosen."""
    return Language(st.session_state.get(LANGUAGE) or Language.ENGLISH)


def text(key: str, **values: object) -> str:
    """Return the text of a key in the session's language, with its placeholders filled in."""
    template = _page(key.partition(".")[0])[key][language()]
    return template.format(**values) if values else template


def labels(prefix: str, options: Iterable[Option]) -> Callable[[Option], str]:
    """Return the `format_func` of a widget, with the texts `PREFIX.OPTION` in the session's language."""
    texts = {option: text(f"{prefix}.{option}") for option in options}
    return texts.__getitem__


def plain(name: object) -> str:
    """Return a text as Markdown that shows it literally: no markup, link, colour, formula or emoji."""
    return streamlit(name)


def catalogue() -> dict[str, Mapping[Language, str]]:
    """Return every text by key, `FILE.NAME`, and language."""
    names = sorted(each.name for each in _FOLDER.iterdir())
    return {
        key: translations
        for name in names
        if name.endswith(_ENDING)
        for key, translations in _page(name[: -len(_ENDING)]).items()
    }


@cache
def _page(name: str) -> dict[str, Mapping[Language, str]]:
    """Return the texts of one file, which is read when it is first needed."""
    file = _FOLDER / f"{name}{_ENDING}"
    return dict(_texts(name, load_yaml(file.read_text(encoding="utf-8"), where=file.name)))


def _texts(name: str, node: Mapping[str, Any]) -> Iterator[tuple[str, dict[Language, str]]]:
    """Yield the texts below a node: a node whose keys are languages is a text, any other contains texts."""
    if not all(isinstance(child, Mapping) for child in node.values()):
        yield name, {Language(key): str(translation).strip() for key, translation in node.items()}
        return
    for key, child in node.items():
        yield from _texts(f"{name}.{key}", child)
