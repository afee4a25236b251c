"""Member sampling: equally many members and non-members of each class."""

from collections.abc import Sequence

import numpy as np

from leaderboard.data.examples import TextExample


def sample_balanced(
    members: Sequence[TextExample],
    nonmembers: Sequence[TextExample],
    per_side: int,
    *,
    seed: int,
    names: Sequence[str] = (),
) -> tuple[list[TextExample], list[TextExample]]:
    """Sample equally many members and non-members, with equal numbers of each class, at random.

    Unlabelled examples, repeated texts and non-members whose text was trained on are left out.

    Args:
        members: training examples.
        nonmembers: other examples.
        per_side: maximal number of examples per side.
        seed: seed of the sample.
        names: names of the classes, which are sampled by name, whatever the order of labels in a task file.
    """
    member_classes, nonmember_classes = (
        _by_class(members, set()),
        _by_class(nonmembers, {example.whole for example in members}),
    )
    labels_in_both = sorted(
        member_classes.keys() & nonmember_classes.keys(), key=lambda label: (names[label] if names else "", label)
    )
    sizes = {label: min(len(member_classes[label]), len(nonmember_classes[label])) for label in labels_in_both}
    total = sum(sizes.values())
    per_side_total = min(per_side, total)
    rng = np.random.default_rng(seed)
    sampled: tuple[list[TextExample], list[TextExample]] = ([], [])
    for label, size in sizes.items():
        for side, pool in zip(sampled, (member_classes[label], nonmember_classes[label]), strict=True):
            chosen = rng.choice(len(pool), size=size * per_side_total // total, replace=False)
            side.extend(pool[index] for index in sorted(chosen))
    return sampled


def _by_class(examples: Sequence[TextExample], excluded: set[str]) -> dict[int, list[TextExample]]:
    texts, classes = set(excluded), dict[int, list[TextExample]]()
    for example in sorted(examples, key=lambda example: example.id):
        if example.label is not None and example.whole not in texts:
            texts.add(example.whole)
            classes.setdefault(example.label, []).append(example)
    return classes
