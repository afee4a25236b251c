"""Files that attack whoever loads them, for tests: each leaves a mark where it succeeds."""

import json
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MODULE = "evil"
_CLASSES = ("AutoConfig", "AutoModel", "AutoModelForCausalLM", "AutoModelForMaskedLM", "AutoProcessor")
AUTO_MAP: Mapping[str, Any] = {
    **dict.fromkeys(_CLASSES, f"{MODULE}.Evil"),
    "AutoTokenizer": [f"{MODULE}.Evil", f"{MODULE}.Evil"],
}
"""What a configuration says to have a Python module beside it imported."""
PANICKING = {
    "when loaded": {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
    "when it reads": {"pre_tokenizer": {"type": "FixedLength", "length": 0}},
    "when it ends a text": {
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [],
            "special_tokens": {},
        }
    },
}
"""Parts of a `tokenizer.json` on which the Rust code of `tokenizers` panics."""

_watchers: list[Callable[[str, tuple[Any, ...]], None]] = []
_hooked: list[bool] = []


class _Payload:
    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._mark),)


def pickled(mark: Path) -> bytes:
    """A pickle that makes a folder when it is opened."""
    return pickle.dumps(_Payload(mark))


def write_code(folder: Path, mark: Path) -> None:
    """Write a Python module that makes a folder when it is imported."""
    (folder / f"{MODULE}.py").write_text(f"import os\nos.mkdir({str(mark)!r})\nclass Evil: pass\n", encoding="utf-8")


def change(path: Path, **settings: Any) -> None:
    """Change settings of a JSON file, which is made where there is none."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**content, **settings}), encoding="utf-8")


@contextmanager
def opened_files() -> Iterator[list[Path]]:
    """The files that Python opens in this block, as they are named, and hosts that it connects to."""
    opened: list[Path] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | os.PathLike):
            opened.append(Path(os.fspath(arguments[0])))
        elif event in {"socket.connect", "socket.getaddrinfo"}:
            opened.append(Path(f"{event} {arguments[1:]}"))

    if not _hooked:  # a hook stays for as long as the process runs
        sys.addaudithook(lambda event, arguments: [each(event, arguments) for each in _watchers] and None)
        _hooked.append(True)
    _watchers.append(watch)
    try:
        yield opened
    finally:
        _watchers.remove(watch)
