"""Copies: changed copies of examples, with the same label and their own ids."""

from collections.abc import Callable, Sequence

from leaderboard.data.examples import TextExample


def changed_copies(
    examples: Sequence[TextExample], name: str, change: Callable[[TextExample, str], str | None]
) -> list[TextExample]:
    """Return a changed copy of each example whose text changes, with the same label and its own id.

    Args:
        examples: examples to copy; both texts of a pair are changed.
        name: suffix of the ids of the copies.
        change: returns the changed text of an example, or None where it does not change.
    """
    copies = []
    for example in examples:
        first = change(example, example.text)
        second = None if example.second is None else change(example, example.second)
        if first is not None or second is not None:
            texts = {"text": first or example.text, "second": second or example.second}
            copies.append(example.model_copy(update={**texts, "id": f"{example.id}+{name}"}))
    return copies
