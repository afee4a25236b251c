"""A head whose tags are of another scheme than the task's answers with the same spans."""

import pytest

from leaderboard.axes.accuracy.tagging import Tagging
from leaderboard.axes.protocol import Parameters
from leaderboard.data.examples import TaggedExample
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.as_is import AsIs
from leaderboard.recipes.finetune import Finetune
from leaderboard.testing.protocols import estimates
from tests.recipes.conftest import load_folder, task_of

FAST = {"learning_rate": 5e-3, "epochs": 4, "batch_size": 4, "max_length": 32, "dropout": 0.0}
WORDS = ("The", "doctor", "said", "that", "he", "laughed")
HEADS = {
    "BIOES": (["O", "B-PER", "I-PER", "E-PER", "S-PER"], "B-PER E-PER O O S-PER O"),
    "BILOU": (["O", "B-PER", "I-PER", "L-PER", "U-PER"], "B-PER L-PER O O U-PER O"),
    "IO": (["O", "PER"], "PER PER O O PER O"),
    "IOB1": (["O", "B-PER", "I-PER"], "I-PER I-PER O O I-PER O"),
}
TRUE = "B-PER I-PER O O B-PER O"


def _lesson(labels, tags):
    task = task_of("people", "tagging", labels=labels, metrics=["span_f1"])
    places = tuple(labels.index(tag) for tag in tags.split())
    rows = {"train": 24, "search": 8, "test": 8}
    return task, {
        name: [TaggedExample(id=f"{name}-{i}", words=WORDS, tags=places) for i in range(n)] for name, n in rows.items()
    }


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("scheme", HEADS)
def test_a_head_of_another_scheme_is_asked_as_it_is(preparing, encoder, engine, scheme):
    task, splits = _lesson(*HEADS[scheme])
    head = load_folder(Finetune(**FAST).prepare(preparing(encoder, task, splits)).model.folder)
    task_of_subject, test_splits = _lesson(["O", "B-PER", "I-PER"], TRUE)
    subject = AsIs().prepare(preparing(head, task_of_subject, test_splits))
    protocol = Tagging(Parameters())
    observations = list(protocol.observe(subject, test_splits, seed=0))
    assert observations[0].data["predicted"] == observations[0].data["true"] == TRUE.split()
    assert estimates(protocol, observations)["span_f1", ""].value == 1.0
    assert protocol.notes(observations) == (f"the head's tags are written in {scheme}; spans are compared",)


def test_a_head_of_other_types_is_still_refused(preparing, encoder):
    task, splits = _lesson(["O", "B-PER", "I-PER", "E-PER", "S-PER"], HEADS["BIOES"][1])
    head = load_folder(Finetune(**FAST | {"epochs": 1}).prepare(preparing(encoder, task, splits)).model.folder)
    task_of_subject, test_splits = _lesson(["O", "B-LOC", "I-LOC"], TRUE.replace("PER", "LOC"))
    with pytest.raises(NotMeasurableError, match="not labels of task 'people': B-PER"):
        AsIs().prepare(preparing(head, task_of_subject, test_splits))


def test_a_tagger_that_learns_io_is_stopped_by_its_spans(preparing, encoder, engine):
    task, splits = _lesson(*HEADS["IO"])
    subject = Finetune(**FAST).prepare(preparing(encoder, task, splits))
    protocol = Tagging(Parameters())
    observations = list(protocol.observe(subject, splits, seed=0))
    assert estimates(protocol, observations)["span_f1", ""].value == 1.0
    assert protocol.notes(observations) == ("the true tags are written in IO; spans are compared",)
