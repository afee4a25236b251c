"""ExplanationReport: explanations of one text as a Python object."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.errors import RequestError
from leaderboard.evaluation.explanation import Explanation
from leaderboard.reports.explanations.page import explanations_html, explanations_page
from leaderboard.reports.explanations.terminal_text import details, heading
from leaderboard.whole_files import write_whole

if TYPE_CHECKING:
    import pandas as pd

FORMATS = (".html", ".png")


@dataclass(frozen=True)
class ExplanationReport:
    """Explanations of one text: one, or two subjects side by side.

    Attributes:
        explanations: one for each subject.
    """

    explanations: tuple[Explanation, ...]

    @property
    def frame(self) -> "pd.DataFrame":
        """One row for each unit of each subject: subject, task, label, method, unit, value."""
        import pandas as pd  # noqa: PLC0415 - slow to import

        return pd.DataFrame(
            [
                (each.subject, each.task, each.label, each.method, unit, float(value))
                for each in self.explanations
                for unit, value in zip(each.units, each.values, strict=True)
            ],
            columns=["subject", "task", "label", "method", "unit", "value"],
        )

    def save(self, path: str | PathLike[str]) -> Path:
        """Write an HTML page or a PNG picture, by the ending of the file's name.

        Raises:
            RequestError: for another ending.
        """
        target = Path(path)
        check_format(target)
        if target.suffix.lower() == ".png":
            from leaderboard.reports.explanations.picture import explanations_png  # noqa: PLC0415 - matplotlib

            write_whole(target, explanations_png(self.explanations))
        else:
            write_whole(target, explanations_page(self.explanations).encode())
        return target

    def __str__(self) -> str:
        """Return the answers with their details, as plain text."""
        return "\n\n".join("\n".join([heading(each), *details(each)]) for each in self.explanations)

    def _repr_html_(self) -> str:
        """The coloured text, for a notebook."""
        return explanations_html(self.explanations)


def check_format(path: Path) -> None:
    """Check that a file's name ends as a format does.

    Raises:
        RequestError: naming the valid endings.
    """
    if path.suffix.lower() not in FORMATS:
        raise RequestError(f"{path}: explanations are written as {' or '.join(FORMATS)}; name a file that ends so")
