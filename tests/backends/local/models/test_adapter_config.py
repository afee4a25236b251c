"""Configurations of adapters from somebody hostile: only numbers and flags from a list reach PEFT."""

import json
from pathlib import Path
from typing import Any

import pytest

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.adapter_config import is_adapter, read_adapter_config
from leaderboard.errors import RequestError

LORA = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": "(a+)+$", "lora_dropout": 0.1}


def read(tmp_path: Path, **settings: Any):
    (tmp_path / "adapter_config.json").write_text(json.dumps({**LORA, **settings}))
    return read_adapter_config(tmp_path, "m")


def test_patterns_of_modules_do_not_reach_peft(tmp_path: Path) -> None:
    config = read(tmp_path, task_type="SEQ_CLS", base_model_name_or_path="owner/name", revision="v1")
    assert config.settings == {"r": 4, "lora_alpha": 8}
    assert config.kind is ModelKind.CLASSIFIER
    assert config.base == "owner/name@v1"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"peft_type": "EVIL"}, "peft_type 'EVIL' is not supported"),
        ({"peft_type": ["LORA"]}, "is not supported"),
        ({"peft_type": "ADAPTION_PROMPT"}, "can neither be merged nor put in front of every text"),
        ({"peft_type": "PREFIX_TUNING", "task_type": "CAUSAL_LM"}, "r is set"),
        ({"r": 10**7}, r"r 10000000 is no rank from 1 to 4096"),
        ({"r": 10**40}, r"adapter_config\.json: r: "),
        ({"r": "8"}, "is no rank"),
        ({"rank_pattern": {"(a+)+$": 2}}, "which is no name of a module"),
        ({"alpha_pattern": [["x"]]}, "has to be a table"),
        ({"auto_mapping": {"base_model_class": "M", "parent_library": "evil.code"}}, "names code of 'evil.code'"),
        ({"auto_mapping": {"base_model_class": "M", "parent_library": "transformers_evil"}}, "never run"),
        ({"init_lora_weights": "pissa"}, "changed the base itself"),
        ({"init_lora_weights": {"a": 1}}, "changed the base itself"),
        ({"layer_replication": [[0, 4]]}, "layer_replication is set"),
        ({"loftq_config": {"bits": 4}, "use_qalora": True}, "use_qalora is set"),
        ({"setting_of_tomorrow": 1}, "setting_of_tomorrow is set"),
        ({"task_type": "QUESTION_ANS"}, "cannot be measured"),
        ({"task_type": ["SEQ_CLS"]}, "cannot be measured"),
        ({"base_model_name_or_path": "../../secret"}, "names the base by the path"),
        ({"base_model_name_or_path": "/home/me/model"}, "names the base by the path"),
        ({"base_model_name_or_path": "C:\\models\\m"}, "names the base by the path"),
        ({"base_model_name_or_path": "~/model"}, "names the base by the path"),
        ({"base_model_name_or_path": "package:evil"}, "names the base 'package:evil'"),
        ({"base_model_name_or_path": "openai:m@http://evil"}, "names the base 'openai:"),
        ({"base_model_name_or_path": {"a": 1}}, "names the base"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read(tmp_path, **settings)


def test_a_base_that_the_user_names_is_taken_whatever_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({**LORA, "base_model_name_or_path": "/home/me/model"}))
    assert read_adapter_config(tmp_path, "m", "./base").base == "./base"


def test_a_folder_with_the_weights_of_a_model_is_no_adapter(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").touch()
    assert not is_adapter(tmp_path)
    (tmp_path / "adapter_model.safetensors").touch()
    assert is_adapter(tmp_path)
    (tmp_path / "model.safetensors").touch()
    assert not is_adapter(tmp_path)
