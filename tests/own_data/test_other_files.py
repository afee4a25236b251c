"""Files of --test and --ood that cannot have their role."""

from pathlib import Path

import pytest

from leaderboard.errors import RequestError
from leaderboard.own_data.inspection import inspect_data
from leaderboard.own_data.options import DataArguments, DataOptions
from tests.own_data.files import labelled, table


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test": "x.csv", "ood": "./x.csv"}, "--ood .*x.csv: it is the file of --test already"),
        ({"ood": ["x.csv", "x.csv"]}, "--ood .*x.csv: it is the file of --ood already"),
        ({"test": "reviews.csv"}, "--test .*reviews.csv: it is the file of --data already"),
    ],
)
def test_a_file_has_one_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: DataArguments, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("reviews.csv").write_text(table())
    Path("x.csv").write_text(table().replace("visit", "day in another town, number"))
    with pytest.raises(RequestError, match=message):
        inspect_data(DataOptions.read("reviews.csv", options))


def test_another_distribution_has_two_classes(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(labelled(["good", "bad"]))
    (tmp_path / "x.csv").write_text(labelled(["good"]).replace("visit", "day in another town, number"))
    with pytest.raises(RequestError, match=r"--ood .*x\.csv: all of its 120 usable rows are of the class 'good'"):
        inspect_data(DataOptions.read(tmp_path / "reviews.csv", {"ood": tmp_path / "x.csv"}))
