"""Notes on questions and answers, each with the rule that handles them."""

from collections.abc import Iterator

from leaderboard.own_data.choices.survey import QuestionSurvey
from leaderboard.own_data.detection import quoted
from leaderboard.own_data.split_plan import SplitPlan

_UNBALANCED = 0.8
_FEW_TEST_ROWS = 100
_WIDEST = 0.98
"""Half the width of a 95 % interval of a share near one half, times the square root of the number of rows."""


def question_notes(name: str, survey: QuestionSurvey) -> Iterator[str]:
    """Yield a sentence for each kind of questions that are left out or repeated.

    Args:
        name: name of the file.
        survey: counts of its questions.
    """
    counts = {
        "have no question or choices and are left out (`missing: drop`)": survey.no_text,
        "have no answer and are left out (`missing: drop`)": survey.no_label,
        "cannot be read and are left out (`bad_rows: drop`)": survey.bad,
        "repeat an earlier question with its choices, and each counts": survey.repeated,
        "repeat an earlier question with another answer; all are kept, and at most one of them is right": (
            survey.repeated_elsewhere
        ),
    }
    for reason, count in counts.items():
        if count:
            yield f"{count:,} of {survey.rows:,} rows of {name} {reason}"
    if len(survey.numbers) > 1:
        numbers = ", ".join(f"{number} ({count:,})" for number, count in sorted(survey.numbers.items()))
        yield f"the questions of {name} have different numbers of choices: {numbers}"


def answer_notes(survey: QuestionSurvey, plan: SplitPlan) -> Iterator[str]:
    """Yield a sentence where one place of the answer is too frequent, and one where the test is small.

    Args:
        survey: counts of the main file.
        plan: its splits.
    """
    place, count = survey.classes.most_common(1)[0]
    if count >= _UNBALANCED * survey.usable:
        yield (
            f"{count / survey.usable:.0%} of the answers are {quoted(place)}: a subject that prefers a place is right "
            "without reading; shuffle the choices"
        )
    test = plan.rows["test"]
    if test < _FEW_TEST_ROWS:
        yield f"`test` has {test} rows: the 95 % interval of an accuracy is up to ±{_WIDEST / test**0.5:.2f} wide"
