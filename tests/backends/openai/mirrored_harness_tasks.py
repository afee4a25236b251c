"""Five tasks of lm-evaluation-harness, as it has them, on files of the data mirror instead of the Hub.

`sst2`, `crows_pairs_english` and `gsm8k` get their own data. The data of `lambada_openai` and `wikitext` is not in the
mirror: they get film reviews in its form.
"""

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lm_eval

Row = dict[str, Any]
_SHORTEST, _LONGEST = 100, 300
"""Characters of a film review, of which each token is a request."""


def _lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _sst2(mirror: Path) -> Iterator[Row]:
    for text, label in _lines(mirror / "clairett/pytorch-sentiment-classification/data/SST2/test.tsv"):
        yield {"sentence": text, "label": int(label)}


def _crows_pairs(mirror: Path) -> Iterator[Row]:
    with (mirror / "nyu-mll/crows-pairs/data/crows_pairs_anonymized.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: row[name] for name in ("sent_more", "sent_less", "stereo_antistereo", "bias_type")}


def _gsm8k(mirror: Path) -> Iterator[Row]:
    for line in (mirror / "openai/grade-school-math/grade_school_math/data/test.jsonl").open(encoding="utf-8"):
        yield json.loads(line)


def _reviews(mirror: Path) -> Iterator[str]:
    _, *rows = _lines(mirror / "acmi-lab/counterfactually-augmented-data/sentiment/orig/test.tsv")
    for _, text in rows:
        end = text.rfind(".", 0, _LONGEST) + 1
        if end > _SHORTEST:
            yield text[:end]


@dataclass(frozen=True)
class MirroredTask:
    """A task of lm-evaluation-harness.

    Attributes:
        file: of the harness, under its folder of tasks.
        rows: reads its documents from the mirror.
        documents: number of them in a test.
        kind: what it asks for, as the harness calls it.
    """

    file: str
    rows: Callable[[Path], Iterator[Row]]
    documents: int
    kind: str


TASKS = {
    "sst2": MirroredTask("glue/sst2/default.yaml", _sst2, 8, "multiple_choice"),
    "crows_pairs_english": MirroredTask("crows_pairs/crows_pairs_english.yaml", _crows_pairs, 1, "multiple_choice"),
    "lambada_openai": MirroredTask(
        "lambada/lambada_openai.yaml", lambda mirror: ({"text": text} for text in _reviews(mirror)), 6, "loglikelihood"
    ),
    "wikitext": MirroredTask(
        "wikitext/wikitext.yaml",
        lambda mirror: ({"page": text} for text in _reviews(mirror)),
        1,
        "loglikelihood_rolling",
    ),
    "gsm8k": MirroredTask("gsm8k/gsm8k.yaml", _gsm8k, 2, "generate_until"),
}


def mirrored_tasks(folder: Path, mirror: Path) -> Path:
    """Copy the tasks of the harness to a folder, with the place of their data changed and nothing else.

    Returns:
        The folder.
    """
    own_tasks = Path(lm_eval.__file__).parent / "tasks"
    for name, task in TASKS.items():
        source = own_tasks / task.file
        copy = folder / name
        shutil.copytree(source.parent, copy, ignore=lambda place, names, source=source: _others(names, source.name))
        data = copy / "documents.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in task.rows(mirror)), encoding="utf-8")
        splits = "".join(f"    {split}: {data}\n" for split in ("train", "validation", "test"))
        text = re.sub(r"^dataset_name: .*\n", "", source.read_text(encoding="utf-8"), flags=re.MULTILINE)
        text, changed = re.subn(
            r"^dataset_path: .*\n",
            lambda _, splits=splits: f"dataset_path: json\ndataset_kwargs:\n  data_files:\n{splits}",
            text,
            flags=re.MULTILINE,
        )
        assert changed == 1, source
        (copy / source.name).write_text(text, encoding="utf-8")
    return folder


def _others(names: list[str], kept: str) -> set[str]:
    """Return the other task files of a folder, and what is no code."""
    return {name for name in names if name != kept and not name.endswith(".py")}
