import copy

import pytest
import torch

from leaderboard.errors import RequestError
from leaderboard.recipes.finetune import Finetune
from leaderboard.training.freezing import freeze_below
from leaderboard.training.loop import train
from leaderboard.training.settings import TrainingSettings

TOP = {"bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"}


def trained(module) -> set[str]:
    return {name for name, each in module.named_parameters() if each.requires_grad}


def test_no_layer_leaves_the_head_and_the_pooler(fresh):
    module = fresh()
    freeze_below(module, 0, name="tiny")
    assert trained(module) == TOP


def test_one_layer_is_the_last(fresh):
    module = fresh()
    freeze_below(module, 1, name="tiny")
    assert trained(module) == TOP | {name for name, _ in module.named_parameters() if "encoder.layer.1." in name}


def test_all_layers_leave_the_embeddings_as_they_are(fresh):
    module = fresh()
    freeze_below(module, 2, name="tiny")
    assert {name for name, _ in module.named_parameters()} - trained(module) == {
        name for name, _ in module.named_parameters() if ".embeddings." in name
    }


def test_more_layers_than_there_are_are_refused(fresh):
    with pytest.raises(RequestError, match=r"recipe.unfrozen_layers 3: tiny has 2 layers\n.*0 \(the head alone\) to 2"):
        freeze_below(fresh(), 3, name="tiny")


def test_frozen_weights_neither_learn_nor_decay(fresh, sentiment, tmp_path):
    module = fresh()
    freeze_below(module, 1, name="tiny")
    before = copy.deepcopy(module.state_dict())
    settings = TrainingSettings(learning_rate=3e-3, batch_size=8, epochs=1, weight_decay=1.0)
    log = train(module, sentiment, settings, folder=tmp_path, device=torch.device("cpu"), seed=0)
    changed = {name for name, tensor in module.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == trained(module)
    assert log.trained_parameters == sum(each.numel() for each in module.parameters() if each.requires_grad)


def test_a_recipe_says_how_many_layers_are_trained():
    assert Finetune().trained_layers is None
    assert Finetune(unfrozen_layers=0).trained_layers == 0
    assert Finetune(unfrozen_layers=0).learned() != Finetune().learned()
