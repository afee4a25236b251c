"""What a task file may say of metrics `evaluate:…`."""

import pytest

from leaderboard.axes.accuracy.evaluate_modules.settings import modules_of
from leaderboard.axes.metric import Better
from leaderboard.errors import RequestError
from leaderboard.tasks import load_task, protocol_of
from tests.synthetic.tasks import small_task


@pytest.fixture
def protocol(tmp_path):
    """The protocol of a classification task with some metrics and settings of modules."""

    def make(*metrics, modules=None, **changes):
        parameters = {} if modules is None else {"parameters": {"evaluate": modules}}
        path = small_task(tmp_path, rows=4, metrics=["accuracy", *metrics], **parameters, **changes)
        return protocol_of(load_task(path))

    return make


ENDS = {"worst": 0, "best": 1}


def test_common_modules_have_a_direction_and_keys(protocol):
    task_protocol = protocol("evaluate:rouge", "evaluate:wer")
    rouge, wer = task_protocol.task_metrics
    assert (rouge.name, rouge.better, rouge.best) == ("evaluate:rouge", Better.HIGHER, 1)
    assert (wer.better, wer.best) == (Better.LOWER, 0)
    assert modules_of(task_protocol.parameters)["rouge"].key[0] == "rougeL"
    assert not any(metric.headline for metric in task_protocol.task_metrics)


def test_what_a_file_says_goes_before_what_is_known(protocol):
    task_protocol = protocol("evaluate:rouge", modules={"rouge": {"key": "rouge1", "worst": 0.2, "best": 0.6}})
    settings = modules_of(task_protocol.parameters)["rouge"]
    assert (settings.key, settings.worst, settings.best) == (("rouge1",), 0.2, 0.6)


def test_a_task_without_modules_is_as_before(protocol):
    assert protocol().task_metrics == ()


@pytest.mark.parametrize(
    ("metrics", "changes", "message"),
    [
        (["evaluate:mine"], {}, "does not say whether higher or lower is better\n"),
        (["evaluate:./a/../../b"], {}, "names no module: write evaluate:rouge"),
        (["evaluate:/etc/rouge"], {}, "names no module"),
        (["evaluate:"], {}, "names no module"),
        (["evaluate:" + "a" * 60], {}, "more than 64 characters"),
        (
            ["evaluate:rouge"],
            {"modules": {"wer": {}}},
            "parameters.evaluate.wer: 'evaluate:wer' is not among `metrics`",
        ),
        (["evaluate:rouge"], {"modules": {"rouge": {"worst": 1}}}, "worst and best belong together"),
        (["evaluate:rouge"], {"modules": {"rouge": {"worst": 1, "best": 1}}}, "worst and best are the same"),
        (["evaluate:rouge"], {"modules": {"rouge": {"keys": "x"}}}, "unknown key"),
        (["evaluate:rouge"], {"modules": {"rouge": {"key": []}}}, "key: names one number"),
        (["evaluate:rouge"], {"modules": {"rouge": {"arguments": {"references": 1}}}}, "comes from the task"),
        (["evaluate:rouge"], {"modules": ["rouge"]}, "parameters.evaluate"),
        (["evaluate:rouge"], {"anchors": {"evaluate:rouge": ENDS}}, "write `worst` and `best` in `parameters.evaluate"),
        (["evaluate:rouge"], {"headline": "evaluate:rouge"}, "Write `headline: evaluate_score`"),
        (["evaluate_score"], {}, "is the score of one metric `evaluate:NAME`, and the task has none"),
        (["evaluate_score", "evaluate:rouge", "evaluate:wer"], {}, "and the task has 2"),
    ],
)
def test_what_is_refused_says_what_would_be_valid(protocol, metrics, changes, message):
    with pytest.raises(RequestError) as refusal:
        protocol(*metrics, **changes)
    assert message in str(refusal.value)


def test_a_protocol_without_references_names_those_that_have_them(tmp_path):
    path = small_task(tmp_path, rows=4, axis="latency", protocol="latency", metrics=["latency_p50", "evaluate:rouge"])
    with pytest.raises(RequestError, match="Protocols that have: classification, generation"):
        protocol_of(load_task(path))
