"""Notes on sentences and spans, each with the rule that handles them."""

from collections.abc import Iterator

from leaderboard.own_data.detection import listed
from leaderboard.own_data.split_plan import RARE, SplitPlan
from leaderboard.own_data.survey import Survey
from leaderboard.own_data.tagging.tag_set import TagSet


def sentence_notes(name: str, survey: Survey) -> Iterator[str]:
    """Yield a sentence for each kind of sentences that are left out or repeated.

    Args:
        name: name of the file.
        survey: counts of its sentences.
    """
    counts = {
        "cannot be read and are left out (`bad_rows: drop`)": survey.bad,
        "repeat an earlier one; equal sentences are in the same split, and each counts": survey.repeated,
        "repeat an earlier one with other tags; all are kept, and at most one of them is right": (
            survey.repeated_elsewhere
        ),
    }
    for reason, count in counts.items():
        if count:
            yield f"{count:,} of {survey.rows:,} sentences of {name} {reason}"


def span_notes(tags: TagSet, plan: SplitPlan) -> Iterator[str]:
    """Yield a sentence on types of span that no subject can learn, and on rare ones.

    Args:
        tags: tags of the file.
        plan: splits with their spans by type.
    """
    types = sorted(tags.vocabulary.types)
    if untrained := [name for name in types if not plan.counts["train"][name]]:
        yield f"types without a span in `train`, which no subject can learn: {listed(untrained)}"
    if rare := [name for name in types if plan.counts["test"][name] < RARE]:
        yield f"types with fewer than {RARE} spans in `test`, whose scores are uncertain: {listed(rare)}"
