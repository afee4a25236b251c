import csv
import io
import stat
from datetime import timedelta

import pandas as pd
import pytest
import yaml
from huggingface_hub.repocard_data import model_index_to_eval_results
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.accuracy import ACCURACY, MCC
from leaderboard.axes.axis import Axis
from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.errors import RequestError
from leaderboard.reports.export_formats import ExportFormat
from leaderboard.reports.exports import EXPORTED_COLUMNS, chosen_results, exported, exported_frame
from leaderboard.reports.headline_tables import headline_table, latex, latex_table, markdown_table
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.database import open_store
from leaderboard.store.frames import RESULT_COLUMNS, estimates_frame
from leaderboard.store.records import EstimateRecord
from leaderboard.store.results import all_results
from leaderboard.whole_files import write_whole
from tests.synthetic.records import NOON, environment_record, evaluation_record

NASTY = '[0.5ex] <b>100%</b> of $x_1 & |y| \\input{a} `z` [a](b) _e_ ~ ^ # "q" -- ?` é'


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('exports')}/store.db")
    run = opened.start_run({}, environment_record())
    for model, value in (("good", 0.9), (NASTY, 1 / 3)):
        accuracy = Estimate.measured(value, (value - 0.05, value + 0.05), n=200, method="Wilson 95 %")
        records = [
            EstimateRecord(ACCURACY, accuracy),
            EstimateRecord(MCC, accuracy),
            EstimateRecord(MCC, accuracy, "x"),
        ]
        opened.record(run, evaluation_record(model), records, [])
    few = Estimate.measured(0.1, None, n=10, method="exact")
    newer = evaluation_record("good", limit=10, started_at=NOON + timedelta(days=1))
    opened.record(run, newer, [EstimateRecord(ACCURACY, few)], [])
    privacy = evaluation_record("good", "members", axis=Axis.PRIVACY, status=Status.NOT_MEASURED, reason="a|b")
    opened.record(run, privacy, [EstimateRecord(LEAK_AUC, Estimate.not_measured("a|b"))], [])
    yield opened
    opened.close()


@pytest.fixture
def results(store):
    return all_results(store)


def test_exported_rows_are_those_of_the_store(store, results):
    expected = estimates_frame(store)
    rows = exported_frame(results)
    assert tuple(rows.columns) == EXPORTED_COLUMNS
    pd.testing.assert_frame_equal(rows[list(RESULT_COLUMNS)], expected, check_dtype=False)
    assert set(rows["evaluation_identity"].str.len()) == {64}


def test_csv_holds_every_digit_and_nothing_for_what_is_unknown(results):
    rows = list(csv.DictReader(io.StringIO(exported(results, ExportFormat.CSV).decode())))
    assert {float(row["value"]) for row in rows if row["subject"].startswith(NASTY)} == {1 / 3}
    assert [row["value"] for row in rows if row["status"] == "not_measured"] == [""]


def test_parquet_is_read_back_as_the_same_frame(results):
    frame = pd.read_parquet(io.BytesIO(exported(results, ExportFormat.PARQUET)))
    pd.testing.assert_frame_equal(frame, exported_frame(results), check_dtype=False)


def test_results_are_chosen_by_subject_task_and_axis(store):
    chosen = chosen_results(store, subjects=["good", "good"], tasks=[], axes=[Axis.PRIVACY])
    assert [(each.label, [e.task.name for e in each.evaluations]) for each in chosen] == [
        ("good/zero_shot", ["members"])
    ]
    assert len(chosen_results(store, subjects=[], tasks=["sst2"], axes=[])) == 2
    with pytest.raises(RequestError, match="Did you mean 'sst2'"):
        chosen_results(store, subjects=[], tasks=["sst"], axes=[])
    with pytest.raises(RequestError, match="nothing to export"):
        chosen_results(store, subjects=[], tasks=[], axes=[Axis.BIAS])


def test_markdown_shows_names_as_they_are(results):
    text = markdown_table(headline_table(exported_frame(results)))
    head, rule, nasty, good, *notes = text.splitlines()
    assert head == "| subject | sst2: accuracy ↑ | members: leak_auc ↓ |"
    assert rule == "| --- | ---: | ---: |"
    assert good == "| good/zero_shot | 0.900 [0.850, 0.950] | not measured |"
    assert r"\[a\]\(b)" in nasty
    assert r"&lt;b&gt;100%&lt;/b&gt; of \$x_1 & \|y\| \\input{a} \`z\`" in nasty
    assert r"\_e\_" in nasty
    assert nasty.endswith("| 0.333 [0.283, 0.383] | – |")
    assert notes[-1] == r"Not measured: good/zero_shot on members: a\|b."


def test_the_fullest_estimate_counts_and_not_the_newest(results):
    assert headline_table(exported_frame(results)).rows[1][1] == "0.900 [0.850, 0.950]"


def test_latex_table_has_a_cell_for_each_column_and_balanced_groups(results):
    lines = latex_table(headline_table(exported_frame(results))).splitlines()
    rows = [line for line in lines if line.endswith(r" \\")]
    assert len(rows) == 3
    assert [row.replace(r"\&", "").count("&") for row in rows] == [2, 2, 2]
    assert all(row.startswith("{}") for row in rows)
    assert r"\begin{tabular}{lrr}" in lines
    whole = "\n".join(lines).replace(r"\{", "").replace(r"\}", "")
    assert whole.count("{") == whole.count("}")


def test_latex_of_each_special_character():
    assert latex("50% & #1_a$") == r"50\% \& \#1\_a\$"
    assert latex("{\\}") == r"\{\textbackslash{}\}"
    assert latex("a--b---c") == "a-{}-{}b-{}-{}-c"
    assert latex("a-b\n\x1b[31m") == "a-b [31m"
    assert latex("×µ→") == r"$\times$$\mu$$\to$"


@given(st.text(alphabet=r"\{}$&#%_^~<>|\"'`-ab ", max_size=30))
def test_no_character_keeps_its_meaning_in_latex(words):
    commands = (
        r"textbackslash textasciicircum textasciitilde textless textgreater textbar textasciigrave textquotesingle"
    )
    harmless = [
        *(rf"\{command}{{}}" for command in commands.split()),
        "{''}",
        "-{}",
        *(rf"\{sign}" for sign in "{}$&#%_"),
    ]
    left = latex(words)
    for written in harmless:
        left = left.replace(written, "")
    assert set(left) <= set("ab -")


def test_model_index_is_what_the_hub_reads(results):
    index = yaml.safe_load(exported(results, ExportFormat.MODEL_INDEX))["model-index"]
    assert len(index) == 2
    name, hub_results = model_index_to_eval_results(index[1:])
    assert name == "good/zero_shot"
    (accuracy, few) = sorted(hub_results, key=lambda each: -each.metric_value)[:1] * 2
    assert (accuracy.metric_type, accuracy.metric_value, accuracy.task_type) == ("accuracy", 0.9, "text-generation")
    assert few.metric_args["n"] == 200


def test_a_file_that_cannot_be_finished_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "results.json"
    path.write_text("before", encoding="utf-8")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"after")
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_written_file_keeps_its_permissions_and_its_link(tmp_path):
    path, link = tmp_path / "results.json", tmp_path / "link.json"
    path.touch(mode=0o640)
    link.symlink_to(path)
    write_whole(link, b"{}")
    assert (path.read_bytes(), link.is_symlink()) == (b"{}", True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
