"""Notes on rows and classes, each with the rule that handles them."""

from collections.abc import Iterator

from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.own_data.classes import Classes
from leaderboard.own_data.detection import listed
from leaderboard.own_data.split_plan import RARE, SplitPlan
from leaderboard.own_data.survey import Survey

_FEW_TEST_ROWS = 100
_WIDEST = 0.98
"""Half the width of a 95 % interval of a share near one half, times the square root of the number of rows."""
_UNBALANCED = 0.8
_SAFE_NONMEMBERS, _ROWS_FOR_PRIVACY = 230, 1_700
"""Non-members with which a random half of these and of as many members nearly always has the examples that attacks
need, and rows of a file of which 15 % nearly always are as many."""


def row_notes(name: str, survey: Survey) -> Iterator[str]:
    """Yield a sentence for each kind of rows that are left out or repeated.

    Args:
        name: name of the file.
        survey: counts of its rows.
    """
    counts = {
        "have no text and are left out (`missing: drop`)": survey.no_text,
        "have no label, or one in no range, and are left out (`missing: drop`)": survey.no_label,
        "cannot be read and are left out (`bad_rows: drop`)": survey.bad,
        "have a text that is there under several labels; all of its copies are left out (`contradictions: drop`)": (
            survey.contradictory
        ),
        "repeat an earlier row; equal texts are in the same split, and each counts": survey.repeated,
        (
            "repeat a text of another group, and may be in another split; those of `train` that are in a scored split "
            "are left out of training (`overlap: drop`)"
        ): survey.repeated_elsewhere,
    }
    for reason, count in counts.items():
        if count:
            yield f"{count:,} of {survey.rows:,} rows of {name} {reason}"


def class_notes(classes: Classes, plan: SplitPlan) -> Iterator[str]:
    """Yield a sentence on rare classes, few test rows, unbalanced classes, and names that are numbers.

    Args:
        classes: classes of the label column.
        plan: splits with their rows by class.
    """
    test = plan.counts["test"]
    untrained = [name for name in classes.names if not plan.counts["train"][name]]
    if untrained:
        yield f"classes without a row in `train`, which no subject can learn: {listed(untrained)}"
    rare = [name for name in classes.names if test[name] < RARE]
    if rare:
        yield f"classes with fewer than {RARE} rows in `test`, whose scores are uncertain: {listed(rare)}"
    if test.total() < _FEW_TEST_ROWS:
        width = _WIDEST / test.total() ** 0.5
        yield f"`test` has {test.total()} rows: the 95 % interval of an accuracy is up to ±{width:.2f} wide"
    nonmembers = plan.counts["nonmembers"].total()
    if nonmembers < _SAFE_NONMEMBERS:
        sure = "may count" if nonmembers >= LEAK_AUC.minimum_n else "counts"
        yield (
            f"`nonmembers` has {nonmembers} rows: the privacy axis is measured, but {sure} in no ranking, for which "
            f"attacks need {LEAK_AUC.minimum_n} examples, a random half of these and of as many members; with "
            f"{_SAFE_NONMEMBERS} rows there (about {_ROWS_FOR_PRIVACY:,} in the file) there are enough"
        )
    if plan.majority >= _UNBALANCED:
        yield (
            f"{plan.majority:.0%} of `test` is one class: see macro F1 and Matthews' correlation beside the accuracy, "
            "whose worst value in rankings is that share"
        )
    if classes.are_numbers:
        yield (
            "class names are numbers, which a prompted model is asked for as they are; "
            f"--label-names {classes.names[0]}=…,{classes.names[1]}=… names them"
        )
