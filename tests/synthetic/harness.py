"""Small tasks of lm-evaluation-harness on a file of their own, one of each kind of output, without a download."""

import json
import random
from pathlib import Path
from typing import Any

import yaml

SUBJECTS = ("The film", "The plot", "The doctor", "The nurse", "Her mother", "His father")
PREDICATES = ("was a wonderful surprise", "was a good engineer", "is dull", "had been kind to her", "has a bad ending")
CHOICE = {
    "output_type": "multiple_choice",
    "doc_to_text": "Which of these is the best answer to the question? {{ question }}",
    "doc_to_choice": "choices",
    "doc_to_target": "{{ answer }}",
    "metric_list": [{"metric": name, "aggregation": "mean", "higher_is_better": True} for name in ("acc", "acc_norm")],
}
TASKS: dict[str, dict[str, Any]] = {
    "tiny_choice": CHOICE,
    "tiny_choice_shots": CHOICE | {"num_fewshot": 2},
    "tiny_continuation": {
        "output_type": "loglikelihood",
        "doc_to_text": "{{ question }}",
        "doc_to_target": " {{ choices[answer] }}",
        "metric_list": [
            {"metric": "perplexity", "aggregation": "perplexity", "higher_is_better": False},
            {"metric": "acc", "aggregation": "mean", "higher_is_better": True},
        ],
    },
    "tiny_text": {
        "output_type": "loglikelihood_rolling",
        "doc_to_text": "",
        "doc_to_target": "{{ text }}",
        "metric_list": [
            {"metric": "word_perplexity", "aggregation": "weighted_perplexity", "higher_is_better": False},
            {"metric": "byte_perplexity", "aggregation": "weighted_perplexity", "higher_is_better": False},
            {"metric": "bits_per_byte", "aggregation": "bits_per_byte", "higher_is_better": False},
        ],
    },
    "tiny_writing": {
        "output_type": "generate_until",
        "doc_to_text": "{{ question }}",
        "doc_to_target": "{{ letter }}",
        "generation_kwargs": {"until": ["\n", "."], "max_gen_toks": 12, "do_sample": False},
        "filter_list": [
            {"name": name, "filter": [{"function": "regex", "regex_pattern": pattern}, {"function": "take_first"}]}
            for name, pattern in (("first", "([A-Za-z])"), ("any", "([aeiou])"))
        ],
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    },
}
"""By name: what each says beside its data."""


def harness_tasks(folder: Path, *, documents: int = 24) -> Path:
    """Write the tasks, a group `tiny_group` of the two multiple-choice ones, and their data.

    Args:
        folder: made if it is not there.
        documents: of each split.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(0)  # noqa: S311 - not a secret
    for split in ("train", "test"):
        lines = [json.dumps(_document(draw, number)) for number in range(documents)]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, task_config in TASKS.items():
        write_task(folder, name, task_config)
    group = {
        "group": "tiny_group",
        "task": ["tiny_choice", "tiny_choice_shots"],
        "aggregate_metric_list": [{"metric": "acc", "weight_by_size": True}],
        "metadata": {"version": 1},
    }
    (folder / "tiny_group.yaml").write_text(yaml.safe_dump(group), encoding="utf-8")
    return folder


def write_task(folder: Path, name: str, task_config: dict[str, Any], **changes: Any) -> Path:
    """Write one task file on the data of the folder, with some keys changed."""
    data = {split: str(folder / f"{split}.jsonl") for split in ("train", "test")}
    content = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": data},
        "training_split": "train",
        "test_split": "test",
        "fewshot_split": "train",
        "metadata": {"version": 1.0},
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content | task_config | changes, sort_keys=False), encoding="utf-8")
    return path


def _document(draw: random.Random, number: int) -> dict[str, Any]:
    choices = draw.sample(PREDICATES, 3)
    subjects = draw.choices(SUBJECTS, k=draw.randrange(1, 40))
    text = " ".join(f"{subject} {draw.choice(PREDICATES)}." for subject in subjects)
    question = f"{draw.choice(SUBJECTS)} number {number}"
    return {
        "question": question,
        "choices": choices,
        "answer": draw.randrange(3),
        "text": text,
        "letter": draw.choice("aeiotsn"),
    }
