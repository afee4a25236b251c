"""`leaderboard search` in this process: what it refuses, and what it tells of studies that are there."""

import csv
import io
import json
import shutil

import pytest
import yaml

from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.store.database import open_store
from leaderboard.store.studies import studies, trials
from leaderboard.studies.events import StudyBegun, TrialFinished
from leaderboard.studies.goal_request import GoalRequest
from leaderboard.studies.stored_study import stored_study
from leaderboard.tasks import default_catalogue
from tests.synthetic.searches import OFF, WORSE, write_search

STUDIES = {
    "empty": None,
    "fronts": GoalRequest(pareto="accuracy,latency"),
    "bounded": GoalRequest(minimize="latency.p95", subject_to=("accuracy.movies.accuracy >= baseline - 0.05",)),
}


@pytest.fixture(autouse=True)
def _network_as_it_was(monkeypatch):
    """`--offline` tells the Hub's library through the environment; no other test shall hear it."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Files of stores that hold nothing, or one study, to be copied: that is faster than to write one for each test."""
    folder = tmp_path_factory.mktemp("studies")
    for name, goal in STUDIES.items():
        store = open_store(f"sqlite:///{folder}/{name}.db")
        if goal is not None:
            write_search(store, goal)
        store.close()
    return folder


@pytest.fixture
def kept(written, tmp_path, monkeypatch):
    def kept(name: str):
        file = shutil.copy(written / f"{name}.db", tmp_path / "studies.db")
        monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{file}")
        return open_store(f"sqlite:///{file}")

    return kept


@pytest.fixture
def store(kept):
    return kept("empty")


@pytest.fixture
def fronts(kept):
    """The study `better`, of accuracy and latency."""
    return kept("fronts")


@pytest.fixture
def bounded(kept):
    """The study `better`, of the least latency that costs no more than five points of accuracy."""
    return kept("bounded")


def unwrapped(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


WRONG = {
    "no goal": ([], ["no objective given", "--pareto accuracy,latency", "--subject-to"]),
    "two goals": (
        ["--pareto", "accuracy,bias", "--maximize", "bias"],
        ["--maximize and --pareto: a search has one objective"],
    ),
    "less of an axis": (
        ["--minimize", "latency"],
        ["an axis is a utility, 0 at worst and 1 at best; use --maximize latency", "--minimize latency.ratio"],
    ),
    "less of a better metric": (
        ["--minimize", "accuracy.mcc"],
        ["more of it is better; use --maximize accuracy.mcc"],
    ),
    "more of a worse metric": (
        ["--maximize", "latency_p95"],
        ["--maximize latency.p95: less of it is better; use --minimize latency.p95"],
    ),
    "more of a metric with a target": (
        ["--maximize", "bias.stereotype_preference"],
        ["neither more nor less of it is better", "least distance from 50"],
    ),
    "an unknown term": (["--maximize", "acuracy"], ["--maximize: unknown axis or metric 'acuracy'", "'accuracy'"]),
    "a term that nothing reports": (["--maximize", "span_f1"], ["no task reports 'accuracy.span_f1'"]),
    "an unreadable condition": (
        ["--maximize", "accuracy", "--subject-to", "bias = 3"],
        ["--subject-to: cannot read the condition", "Valid forms"],
    ),
    "a weight that is none": (["--weighted", "accuracy=much"], ["'accuracy=much' has no weight"]),
    "names without weights": (["--weighted", "accuracy,bias"], ["has no weight", "--alpha 0.7"]),
    "weights that are all 0": (["--weighted", "accuracy=0,bias=0"], ["all weights are 0"]),
    "alpha with three names": (
        ["--weighted", "accuracy,bias,ood", "--alpha", "0.5"],
        ["--alpha needs two names"],
    ),
    "alpha without weights": (["--pareto", "accuracy,bias", "--alpha", "0.5"], ["--alpha goes with --weighted"]),
    "a scalarisation without weights": (
        ["--pareto", "accuracy,bias", "--scalarisation", "chebyshev"],
        ["--scalarisation goes with --weighted"],
    ),
    "an unknown scalarisation": (
        ["--weighted", "accuracy=1", "--scalarisation", "summ"],
        ["unknown scalarisation 'summ'", "Did you mean 'sum'?"],
    ),
    "a front of one": (["--pareto", "accuracy"], ["a front needs two objectives; use --maximize accuracy"]),
    "a front of four": (["--pareto", "accuracy,bias,ood,latency"], ["4 objectives; at most 3", "--subject-to"]),
    "a term twice": (["--pareto", "accuracy,accuracy"], ["names something twice"]),
    "an empty term": (["--pareto", "accuracy,"], ["--pareto accuracy,: a name is missing"]),
    "an unknown suite": (["--pareto", "accuracy,bias", "--suite", "dem"], ["unknown suite 'dem'", "'demo'"]),
    "an unknown sampler": (["--pareto", "accuracy,bias", "--sampler", "gq"], ["--sampler: unknown sampler 'gq'"]),
    "no trials": (["--pareto", "accuracy,bias", "--trials", "0"], ["--trials", "greater than or equal to 1"]),
    "no time": (["--pareto", "accuracy,bias", "--timeout", "soon"], ["--timeout: 'soon' is not a duration", "10m"]),
    "an unknown space": (["--pareto", "accuracy,bias", "--space", "prob"], ["unknown space 'prob'", "'probe'"]),
    "a space for other models": (
        ["--pareto", "accuracy,bias", "--space", "prompting"],
        ["'prompting' (a prompt before a causal model) is not for a encoder model", "probe"],
    ),
    "a space file that is not there": (["--pareto", "accuracy,bias", "--space", "no.yaml"], ["no.yaml"]),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_search_is_exit_2_with_one_message_and_nothing_written(mistake, leaderboard, encoder_folder, tmp_path):
    arguments, expected = WRONG[mistake]
    suite = [] if "--suite" in arguments else ["--suite", "demo"]
    result = leaderboard("search", "--model", str(encoder_folder), *suite, "--device", "cpu", *arguments)
    assert result.status == 2, result.out + result.err
    assert all(part in unwrapped(result.err) for part in expected), result.err
    assert result.out == ""
    assert not (tmp_path / "results").exists()


def test_a_model_is_asked_for(leaderboard):
    result = leaderboard("search", "--pareto", "accuracy,bias")
    assert result.status == 2
    assert "search: --model is missing" in result.err


def test_an_option_before_a_command_is_refused_since_the_command_would_not_hear_it(leaderboard, fronts):
    result = leaderboard("search", "--trials", "3", "list")
    assert result.status == 2
    assert "search: --trials before 'list'" in result.err


@pytest.mark.parametrize(
    "command", ["", "resume", "list", "show", "front", "best", "trials", "space", "delete", "plot"]
)
def test_each_command_explains_itself(command, leaderboard):
    result = leaderboard("search", *filter(None, [command]), "--help")
    assert result.status == 0
    assert "Usage: leaderboard search" in result.out


@pytest.mark.parametrize("command", ["show", "front", "best", "trials", "resume"])
def test_an_unknown_study_is_told_with_the_nearest(command, leaderboard, fronts):
    result = leaderboard("search", command, "beter")
    assert result.status == 2
    assert "unknown study 'beter'" in result.err
    assert "Did you mean 'better'?" in result.err


def test_where_there_is_no_store_nothing_is_made(leaderboard, tmp_path):
    result = leaderboard("search", "show", "better")
    assert result.status == 2
    assert "there is no store yet" in result.err
    assert not (tmp_path / "results").exists()


def test_a_study_that_is_there_is_not_begun_again(leaderboard, fronts, encoder_folder):
    command = ("search", "--model", str(encoder_folder), "--suite", "demo", "--pareto", "accuracy,latency")
    result = leaderboard(*command, "--study", "better")
    assert result.status == 2
    assert "study 'better' exists already, with 5 trials" in result.err
    assert "leaderboard search resume better" in result.err


def test_a_study_goes_on_with_what_it_was_begun_with_alone(leaderboard, fronts, encoder_folder):
    command = ("search", "--model", str(encoder_folder), "--suite", "demo", "--pareto", "accuracy,bias")
    result = leaderboard(*command, "--study", "better", "--resume")
    assert result.status == 2
    assert "study 'better' exists with other settings" in result.err
    assert 'terms: ["accuracy", "latency"] then, ["accuracy", "bias"] now' in result.err


def test_an_interrupted_search_says_how_it_goes_on(leaderboard, fronts, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("leaderboard.studies.search.run_search", interrupted)
    result = leaderboard("search", "resume", "better", "--trials", "80", "--store", fronts.url)
    assert result.status == 130
    again = f"continue with `leaderboard search resume better --trials 80 --store {fronts.url}`"
    assert again in result.err.replace("\n", "")


def test_a_search_ends_with_what_it_found(leaderboard, fronts, monkeypatch):
    def searched(store, definition, name, effort, *, listener, catalogue):
        listener(StudyBegun(name, definition, tuple(trials(store, name))))
        listener(TrialFinished(trials(store, name)[1]))
        assert (effort.trials, effort.timeout_s, definition.terms) == (9, 120, ("accuracy", "latency"))
        return stored_study(store, default_catalogue(), name)

    monkeypatch.setattr("leaderboard.studies.search.run_search", searched)
    command = ("search", "resume", "better", "--trials", "9", "--timeout", "2m")
    result = leaderboard(*command)
    assert result.status == 0, result.err
    assert "trial 1 30 s loss" in result.err
    assert "on held-out data" in unwrapped(result.out)
    assert json.loads(leaderboard(*command, "--json").out)["best"] == 1


def test_studies_are_listed_with_how_far_they_are(leaderboard, fronts):
    result = leaderboard("search", "list")
    assert all(part in result.out for part in ("better", "pareto: accuracy, latency", "3 complete", "1 pruned"))
    (row,) = json.loads(leaderboard("search", "list", "--format", "json").out)
    assert (row["study"], row["complete"], row["failed"], row["suite"]) == ("better", 3, 1, "demo")


def test_a_store_without_studies_says_how_to_begin(leaderboard, store):
    result = leaderboard("search", "list")
    assert (result.status, result.out) == (0, "")
    assert "no studies yet" in result.err


def test_a_study_is_shown_as_json(leaderboard, fronts):
    study_json = json.loads(leaderboard("search", "show", "better", "--json").out)
    assert study_json["trials"] == {"all": 5, "running": 0, "complete": 3, "pruned": 1, "failed": 1, "feasible": 3}
    assert study_json["reasons"]["pruned"] == {"worse than the front after 64 examples": 1}
    assert (study_json["baseline"], study_json["front"], study_json["nearest_miss"]) == (0, [0, 1], None)
    first = study_json["shown"][0]
    assert first["search"]["axes"]["accuracy"]["value"] == pytest.approx(0.6)  # between the anchors .5 and 1
    assert first["held_out"]["axes"]["accuracy"]["value"] == pytest.approx(0.56)
    assert first["selection_effect"]["accuracy"] == pytest.approx(0.04)
    assert study_json["shown"][1]["turned"] == {"c": 0.1, "layer": 1}
    assert len(study_json["hypervolumes"]) == 3


def test_a_study_answers_another_goal_without_being_measured_again(leaderboard, fronts):
    result = leaderboard("search", "best", "better", "--minimize", "latency.p95", "--json")
    assert json.loads(result.out)["trial"] == 1
    result = leaderboard("search", "best", "better", "--weighted", "accuracy=1", "--json")
    assert json.loads(result.out)["trial"] == 0
    assert "re-scored from stored trials" in result.err


def test_a_goal_that_its_suite_does_not_answer_is_refused(leaderboard, fronts):
    result = leaderboard("search", "show", "better", "--maximize", "span_f1")
    assert result.status == 2
    assert "no task reports" in result.err


def test_the_best_is_saved_as_a_recipe_that_run_reads(leaderboard, bounded, tmp_path):
    file = tmp_path / "best recipe.yaml"
    result = leaderboard("search", "best", "better", "--save", str(file))
    assert result.status == 0, result.err
    command = f"leaderboard run --model package:tiny --suite demo --recipe-file '{file}'"
    assert command.replace("\n", "") in result.out.replace("\n", "")
    read = RecipeRequest.read(None, file, ())
    assert read.name == "probe"
    assert dict(read.settings) == {"layer": 1, "c": 0.1}


def test_a_place_that_cannot_be_written_is_told_in_one_message(leaderboard, bounded, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for command in (("best", "better", "--save", str(file / "best.yaml")), ("plot", "better", "--to", str(file))):
        result = leaderboard("search", *command)
        assert result.status == 2
        assert f"{command[2]} {command[3]}: cannot be written: " in result.err


def test_a_store_of_searches_alone_says_how_to_fill_a_board(leaderboard, bounded):
    result = leaderboard("rank")
    assert result.status == 0
    assert "holds searches alone" in result.err


def test_without_a_feasible_trial_there_is_no_best(leaderboard, store, tmp_path):
    never = GoalRequest(maximize="accuracy", subject_to=("latency.p95 <= 5 ms",))
    write_search(store, never, (OFF, WORSE))
    result = leaderboard("search", "best", "better")
    assert "No feasible trial" in result.out
    assert "breaks latency.p95 <= 5 ms by 14.0 ms" in result.out
    assert "Nearest miss: trial 1" in result.out
    saved = leaderboard("search", "best", "better", "--save", str(tmp_path / "best.yaml"))
    assert saved.status == 2
    assert "study 'better' has no feasible trial" in saved.err
    assert not (tmp_path / "best.yaml").exists()


def test_every_trial_is_a_row_of_csv(leaderboard, bounded):
    rows = list(csv.DictReader(io.StringIO(leaderboard("search", "trials", "better", "--format", "csv").out)))
    assert [row["state"] for row in rows] == ["complete"] * 3 + ["pruned", "failed"]
    assert [row["feasible"] for row in rows[:3]] == ["true", "true", "false"]
    assert rows[1]["lever:c"] == "0.1"
    assert float(rows[1]["loss:latency.p95"]) == 0.012
    assert rows[4]["reason"] == "no memory"
    assert rows[4]["search:accuracy"] == ""


def test_trials_as_a_table_say_why_they_went_no_further(leaderboard, fronts):
    result = leaderboard("search", "trials", "better")
    assert "no memory" in result.out
    assert "layer 1, c 0.1" in result.out


def test_a_study_is_deleted_only_when_that_is_meant(leaderboard, fronts):
    refusal = leaderboard("search", "delete", "better")
    assert refusal.status == 2
    assert "its 5 trials would be deleted" in refusal.err
    assert len(studies(fronts)) == 1
    assert "deleted study 'better'" in leaderboard("search", "delete", "better", "--yes").out
    assert studies(fronts) == []


@pytest.mark.slow
def test_the_trials_that_optuna_keeps_are_deleted_too(leaderboard, fronts):
    import optuna

    optuna.create_study(storage=fronts.url, study_name="better")
    leaderboard("search", "delete", "better", "--yes")
    assert optuna.get_all_study_names(storage=fronts.url) == []


@pytest.mark.slow
def test_plots_are_written_into_a_folder(leaderboard, fronts, tmp_path):
    result = leaderboard("search", "plot", "better", "--to", str(tmp_path / "plots"))
    assert result.status == 0, result.err
    files = result.out.split()
    assert files
    assert all((tmp_path / "plots").iterdir())


def test_the_space_of_a_model_is_a_file_that_means_the_same_space(leaderboard, encoder_folder, tmp_path):
    command = ("search", "space", "--model", str(encoder_folder), "--device", "cpu")
    assert "a linear head on a frozen body" in leaderboard(*command).out
    file = tmp_path / "space.yaml"
    file.write_text(leaderboard(*command, "--space", "training", "--yaml").out)
    again = json.loads(leaderboard(*command, "--space", str(file), "--json").out)
    assert again == json.loads(leaderboard(*command, "--space", "training", "--json").out)
    changed = yaml.safe_load(file.read_text()) | {
        "others": "off",
        "levers": {"epochs": 2, "tune": "lora", "mixup": {"low": 0, "high": 1}},
    }
    file.write_text(yaml.safe_dump(changed))
    rows = {
        row["lever"]: row for row in json.loads(leaderboard(*command, "--space", str(file), "--json").out)["levers"]
    }
    assert [name for name, row in rows.items() if row["searched"]] == ["mixup"]
    assert (rows["epochs"]["value"], rows["tune"]["value"], rows["dropout"]["value"]) == (2, "lora", 0.1)
