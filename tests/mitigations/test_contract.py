"""Every mitigation keeps to the contract."""

from pathlib import Path

import pytest

from leaderboard.mitigations.registry import mitigations
from leaderboard.testing.mitigations import MitigationContract

ON = {
    "deduplication": {"deduplicate": True},
    "anonymisation": {"anonymise": "mask"},
    "augmentation": {"augment": "typos"},
    "counterfactual": {"counterfactual_share": 0.5},
    "debiasing": {"debias_directions": 1},
    "mixup": {"mixup": 0.2},
    "adversarial": {"adversary": "fgm"},
    "dp_sgd": {"dp_noise": 1.0},
    "knowledge": {"facts": 2, "knowledge": str(Path(__file__).with_name("capitals.tsv"))},
    "wording": {"template": 1},
    "instruction": {"prefix": "fair"},
    "input_masking": {"mask_inputs": True},
    "temperature": {"temperature": 2.0},
    "group_thresholds": {"group_thresholds": "equalized_odds"},
    "layer_dropping": {"drop_layers": 1},
    "pruning": {"prune": 0.5},
    "quantisation": {"quantise": "int8_weight"},
}


@pytest.mark.parametrize("name", mitigations())
class TestEveryMitigation(MitigationContract):
    @pytest.fixture
    def mitigation(self, name):
        return mitigations()[name]

    @pytest.fixture
    def on(self, name):
        return ON[name]
