"""Confinement: a folder of task files may read only its own files and data sets of the Hugging Face Hub.

`datasets` opens any path or address: `data_files: /etc/passwd`, `zip://` in `s3://`, tables that are pickles. Here the
arguments of each of its calls are checked, after all includes, groups and overrides of files. Trusted tasks, and those
that come with lm-evaluation-harness, are not checked.
"""

import glob
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import datasets
import lm_eval.api.task
from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES as KINDS

from leaderboard.data.archives import check_unpacked
from leaderboard.errors import RequestError

PLAIN_KINDS = frozenset({"arrow", "csv", "json", "parquet", "text"})
"""Kinds of files that are read without running code; of others, "pandas" unpickles and "eval" fetches code."""
_ENDINGS = frozenset({".arrow", ".csv", ".json", ".jsonl", ".md", ".parquet", ".py", ".tsv", ".txt", ".yaml", ".yml"})
_OPTIONS = frozenset(
    """column_names comment data_dir data_files decimal delimiter doublequote encoding encoding_errors escapechar field
    header keep_default_na keep_linebreaks lineterminator na_values name names path quotechar quoting revision sample_by
    sep skipinitialspace skiprows split streaming thousands usecols verification_mode""".split()  # noqa: SIM905 - many
)
"""Allowed options of `load_dataset` and of the kinds; others, such as `cache_dir` or `token`, reach other places."""
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9_][\w.-]*)?", re.ASCII)
_HUB_ADDRESSES = ("hf://datasets/", "https://huggingface.co/datasets/")
_MOST_VALUES = 200_000_000
_folder: ContextVar[Path | None] = ContextVar("folder that data has to lie in", default=None)


@contextmanager
def confined(folder: Path | None) -> Iterator[None]:
    """Confine tasks that are loaded in the context to files of a folder and the Hub; None allows everything."""
    lm_eval.api.task.datasets = _CheckedDatasets()
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


class _CheckedDatasets:
    """Replacement of the module `datasets` that checks what is loaded."""

    def __getattr__(self, name: str) -> Any:
        return getattr(datasets, name)

    @staticmethod
    def load_dataset(path: str, name: str | None = None, **options: Any) -> Any:
        """Check the arguments and call `datasets.load_dataset`."""
        folder = _folder.get()
        if folder is not None:
            check_data(folder.resolve(), path, options)
        options.pop("trust_remote_code", None)
        return datasets.load_dataset(path=path, name=name, trust_remote_code=False, **options)


def check_data(folder: Path, path: Any, options: Mapping[str, Any]) -> None:
    """Check that a data set consists of files in a folder, or comes from the Hub.

    Args:
        folder: folder of the task files, resolved.
        path: `dataset_path` of a task.
        options: `dataset_kwargs` of a task.

    Raises:
        RequestError: for any other data.
    """
    if unknown := sorted(set(map(str, options)) - _OPTIONS):
        raise _data_refused(folder, f"dataset_kwargs: {unknown[0][:60]}")
    files = list(_texts(options.get("data_files")))
    folders = list(_texts(options.get("data_dir")))
    if path in PLAIN_KINDS:
        for each in [*files, *folders]:
            _check_local(folder, each)
    elif path in KINDS or not isinstance(path, str):
        raise _data_refused(folder, f"dataset_path: {str(path)[:60]}")
    elif Path(path).exists():
        _check_local(folder, path)
        _check_local_names(folder, [*files, *folders])
    elif _HUB_ID.fullmatch(path) and ".." not in path:
        _check_local_names(folder, [*files, *folders])
    else:
        raise _data_refused(folder, f"dataset_path: {path[:60]}")


def _check_local(folder: Path, name: str) -> None:
    """Check that a file, the matches of a pattern, or the files of a folder lie in the folder, with links resolved."""
    if name.startswith(_HUB_ADDRESSES) and "::" not in name and ".." not in name:
        return
    if "://" in name or "::" in name or "\0" in name:
        raise _data_refused(folder, name[:100])
    matches = glob.iglob(name, recursive=True)  # noqa: PTH207 - a pattern may be absolute
    for target in [Path(name), *map(Path, matches)]:
        _check_inside(folder, target)
        for each in target.rglob("*") if target.is_dir() else [target]:
            _check_inside(folder, each)
            if target.is_dir() and (each.suffix.lower() not in {*_ENDINGS, ""} or _names_files(each)):
                raise _data_refused(folder, str(each))
            if each.is_file():
                _check_size(each)


def _check_inside(folder: Path, path: Path) -> None:
    if not path.resolve().is_relative_to(folder):
        raise _data_refused(folder, str(path)[:100])


def _names_files(path: Path) -> bool:
    """Return whether a file is a data set card that lists data files."""
    return path.name.lower() == "readme.md" and path.is_file() and b"data_files" in path.read_bytes()


def _check_size(path: Path) -> None:
    """Check that a file does not become many times larger when it is read."""
    check_unpacked(path)
    with path.open("rb") as file:
        begin = file.read(4)
    if begin == b"PAR1":
        from pyarrow.parquet import read_metadata  # noqa: PLC0415 - seldom

        metadata = read_metadata(path)
        if metadata.num_rows * max(1, metadata.num_columns) > _MOST_VALUES:
            raise RequestError(f"{path}: more than {_MOST_VALUES:,} values; split it")


def _check_local_names(folder: Path, names: list[str]) -> None:
    """Check that names are of files inside a data set."""
    for name in names:
        address = name.startswith(_HUB_ADDRESSES) and ".." not in name
        relative = "://" not in name and "\\" not in name and not name.startswith(("/", "~")) and ".." not in name
        if "::" in name or not (address or relative):
            raise _data_refused(folder, name[:100])


def _texts(value: Any) -> Iterator[str]:
    """Yield every string in a value, at any depth."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif value is not None:
        yield str(value)


def _data_refused(folder: Path, name: str) -> RequestError:
    return RequestError(
        f"{folder}: a task reads other data than files of this folder and data sets of the Hugging Face Hub: {name}\n"
        "  Put the file into the folder, as text, CSV, JSON or Parquet; or, if you trust the task, add "
        "--trust-lm-eval-code (which is recorded with the results)"
    )
