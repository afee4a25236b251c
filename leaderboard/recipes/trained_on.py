"""What a recipe may learn from, and how it is remembered, so that nothing is tested on what was trained on."""

from collections.abc import Mapping, Sequence

from leaderboard.data.examples import Example, TextExample
from leaderboard.data.overlap import fingerprints
from leaderboard.errors import NotMeasurableError
from leaderboard.recipes.preparation import Lesson


def examples_of(lesson: Lesson, split: str, who: str) -> Sequence[Example]:
    """The examples of a split that something is learned from, those with a label.

    Raises:
        NotMeasurableError: when the task has no labelled training data.
    """
    task = lesson.task
    if not task.trains or split not in lesson.splits:
        raise NotMeasurableError(
            f"task '{task.name}' has no labelled data in a split '{split}', which {who} learns from"
        )
    return [
        example for example in lesson.splits[split] if not isinstance(example, TextExample) or example.label is not None
    ]


def labelled(lesson: Lesson, split: str, who: str) -> list[TextExample]:
    """The texts of a split that something is learned from; see `examples_of`.

    Raises:
        NotMeasurableError: when the task has none, or is not about the class of a text.
    """
    examples = [example for example in examples_of(lesson, split, who) if isinstance(example, TextExample)]
    if not examples:
        raise NotMeasurableError(
            f"{who} tells the class of a text, and task '{lesson.task.name}' has no labelled texts; "
            "--recipe finetune learns to tag words and to choose answers too"
        )
    return examples


def trained_on(*lessons: Lesson) -> Mapping[str, str]:
    """Fingerprint of every example that is trained on, and where it comes from."""
    known: dict[str, str] = {}
    for lesson in lessons:
        known |= fingerprints(lesson.splits["train"], lesson.task.name)
    return known
