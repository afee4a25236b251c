"""Learning examples: the labelled examples of a split, and fingerprints of training data to detect test overlap."""

from collections.abc import Mapping, Sequence

from leaderboard.data.examples import Example, RunningText, TextExample
from leaderboard.data.overlap import fingerprints
from leaderboard.errors import NotMeasurableError
from leaderboard.training.preparation import Lesson


def labelled_examples(lesson: Lesson, split: str, purpose: str) -> Sequence[Example]:
    """Return the examples of a split that have a label, and texts that need none.

    Raises:
        NotMeasurableError: when the task has no labelled training data.
    """
    task = lesson.task
    if not task.trains or split not in lesson.splits:
        raise NotMeasurableError(
            f"task '{task.name}' has no labelled data in a split '{split}', which {purpose} learns from"
        )
    return [
        example
        for example in lesson.splits[split]
        if not isinstance(example, TextExample) or isinstance(example, RunningText) or example.label is not None
    ]


def labelled_texts(lesson: Lesson, split: str, purpose: str) -> list[TextExample]:
    """Return the texts of a split that have a label, for text classification.

    Raises:
        NotMeasurableError: when the task has none, or does not classify texts.
    """
    learned = labelled_examples(lesson, split, purpose)
    examples = [each for each in learned if isinstance(each, TextExample) and not isinstance(each, RunningText)]
    if not examples:
        raise NotMeasurableError(
            f"{purpose} is for text classification, and task '{lesson.task.name}' has no labelled texts; "
            "--recipe finetune trains word tagging and multiple choice, too"
        )
    return examples


def trained_on(*lessons: Lesson) -> Mapping[str, str]:
    """Return the fingerprint of every training example, and the task that it comes from."""
    fingerprint_sources: dict[str, str] = {}
    for lesson in lessons:
        fingerprint_sources |= fingerprints(lesson.splits["train"], lesson.task.name)
    return fingerprint_sources
