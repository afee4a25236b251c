import subprocess
import sys

import pytest
from pydantic import ValidationError

from leaderboard.recipes.finetune import Finetune
from leaderboard.training.settings import TrainingSettings
from tests.in_one_test import in_one_test


def test_defaults_are_the_published_ones():
    settings = TrainingSettings()
    assert (settings.learning_rate, settings.batch_size, settings.epochs, settings.max_length) == (2e-5, 32, 3, 128)


@in_one_test(
    "name, value",
    [
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("batch_size", 0),
        ("epochs", 0),
        ("max_length", 3),
        ("warmup", 1.1),
        ("weight_decay", -0.1),
        ("dropout", 1.0),
        ("label_smoothing", 1.0),
        ("early_stopping", -1),
        ("clip", 0),
        ("accumulation", 0),
        ("epochs", 10**18),
        ("class_weights", "rare"),
        ("precision", "float8"),
        ("momentum", 0.9),
        ("mixup", -0.1),
        ("adversary", "nobody"),
        ("adversary_epsilon", 0),
        ("adversary_steps", 0),
        ("dp_noise", -1),
        ("dp_noise", float("inf")),
        ("dp_clip", 0),
    ],
)
def test_value_out_of_bounds_is_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        Finetune(**{name: value})


@pytest.mark.parametrize(
    ("both", "named"),
    [
        ({"mixup": 0.4, "dp_noise": 1.0}, "mixup and dp_noise"),
        ({"adversary": "pgd", "dp_noise": 1.0}, "adversary and dp_noise"),
        ({"dp_epsilon": 8.0, "dp_noise": 1.0}, "dp_epsilon 8 and dp_noise 1"),
        ({"adversary": "fgm", "mixup": 0.4}, "mixup and adversary"),
    ],
)
def test_two_ways_to_make_a_step_are_refused(both, named):
    with pytest.raises(ValidationError, match=f"{named} cannot be combined"):
        Finetune(**both)


def test_strength_of_what_is_off_does_not_matter():
    settings = Finetune(mixup=0.4, adversary_epsilon=2.0, adversary_steps=5, dp_clip=0.1)
    assert (settings.adversary_epsilon, settings.adversary_steps, settings.dp_clip) == (2.0, 5, 0.1)


def test_settings_of_a_recipe_that_are_none_of_training_are_left_out():
    training = {*TrainingSettings.model_fields, "mixup", "dp_noise", "dp_clip"}
    training |= {"adversary", "adversary_epsilon", "adversary_steps"}
    assert Finetune(unfrozen_layers=1, prune=0.5, deduplicate=True).training_details == Finetune().training_details
    assert set(Finetune().training_details) == training


def test_settings_are_read_without_torch():
    program = "import sys, leaderboard.training.settings as _; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_target_epsilon_is_in_the_identity_only_where_it_is_set():
    assert "dp_epsilon" not in Finetune().details
    assert "dp_epsilon" not in Finetune(dp_noise=1.0).training_details
    assert Finetune(dp_epsilon=8.0).training_details["dp_epsilon"] == 8.0
