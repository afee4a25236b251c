"""The column of groups of people that a user named: its values, and the test rows of each."""

from collections import Counter
from collections.abc import Mapping

from leaderboard.errors import RequestError, unknown_name
from leaderboard.own_data.classes import MISSING
from leaderboard.own_data.detection import Detection, listed, question, quoted
from leaderboard.own_data.sensitive_groups import SensitiveGroups
from leaderboard.own_data.split_plan import SplitPlan
from leaderboard.own_data.survey import Survey
from leaderboard.own_data.text_file import TextFile

MOST_GROUPS = 20
_FLAG = "--sensitive"


def find_sensitive_groups(
    main: TextFile, parts: Mapping[str, TextFile], test: TextFile | None, plan: SplitPlan, *, positive: str | None
) -> SensitiveGroups | None:
    """Return the groups of people that the test compares; None where the user named no column of them.

    Args:
        main: the file with the training rows.
        parts: other rows of it by split, where it has a column of splits.
        test: the file with the test rows; None where they are in the main file.
        plan: splits of the main file.
        positive: class that the user named.

    Raises:
        RequestError: for a column with one group, with too many, or with words for missing values; for a test file
            without the column; for a class that does not exist; as a question where there are several classes.
    """
    column = main.columns.sensitive
    if column is None:
        return None
    if test is not None and test.columns.sensitive is None:
        raise RequestError(
            f"--test {test.path}: it has no column {quoted(column)}, which {_FLAG} names: groups are compared in the "
            "test\n  Add the column, or leave one of the flags out."
        )
    surveys = [main.survey, *(part.survey for part in parts.values()), *([] if test is None else [test.survey])]
    _check_groups(main, column, Counter(group for survey in surveys for group in survey.sensitive))
    chosen, evidence = _positive(main, positive)
    counts, without = _counts((test or parts.get("test", main)).survey, _share(plan, parts, test), chosen)
    detection = Detection("positive class", chosen, evidence, "--positive CLASS")
    return SensitiveGroups(column, chosen, counts, without, main.columns.group, detection)


def _check_groups(main: TextFile, column: str, rows: Counter[str | None]) -> None:
    names = sorted(name for name in rows if name is not None)
    place = f"{main.path}: {_FLAG} {column}"
    if absent := [name for name in names if name.casefold() in MISSING]:
        raise RequestError(
            f"{place}: {listed(absent)} in {sum(rows[name] for name in absent):,} rows mean that there is no group\n"
            "  Leave these cells empty, which leaves the rows out, or give them a name such as 'unknown'."
        )
    if len(names) < 2:  # noqa: PLR2004 - a difference is between two
        only = f"the only group is {quoted(names[0])}" if names else "no usable row has a value there"
        raise RequestError(f"{place}: {only}; a difference is between two groups\n  Name another column.")
    if len(names) > MOST_GROUPS:
        raise RequestError(
            f"{place}: it has {len(names):,} groups, such as {listed(names[:3])}; at most {MOST_GROUPS} are compared\n"
            "  Name a column of few groups, such as genders or age groups. Rows of one author stay together with "
            "--group."
        )


def _positive(main: TextFile, positive: str | None) -> tuple[str, str]:
    """Return the class whose rates are compared, and how it was chosen."""
    names = main.classes.names
    if positive is not None:
        if positive not in names:
            raise unknown_name("class", positive, names, where=f"{main.path}: --positive")
        return positive, "--positive"
    if len(names) > 2:  # noqa: PLR2004 - of two it hardly matters
        raise question(
            main.path,
            f"groups are compared in the rates of one class, and there are {len(names)}: {listed(names)}",
            f"--positive {names[-1]}",
        )
    return names[-1], "the last of two classes; equalized odds and demographic parity are the same for the other"


def _share(plan: SplitPlan, parts: Mapping[str, TextFile], test: TextFile | None) -> tuple[float, float]:
    return (0.0, 1.0) if test is not None or "test" in parts else plan.shares["test"]


def _counts(survey: Survey, share: tuple[float, float], positive: str) -> tuple[dict[str, tuple[int, int]], int]:
    """Return the number of positive and other rows by group, and the number of rows in none."""
    cells: Counter[tuple[str | None, bool]] = Counter()
    for ((name,), position), group in zip(survey.positions, survey.sensitive, strict=True):
        if share[0] <= position < share[1]:
            cells[group, name == positive] += 1
    groups = sorted({group for group, _ in cells if group is not None})
    counts = {group: (cells[group, True], cells[group, False]) for group in groups}
    return counts, cells[None, True] + cells[None, False]
