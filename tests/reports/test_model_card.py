import pytest
import yaml
from huggingface_hub import ModelCard

from leaderboard.axes.accuracy import ACCURACY, MCC
from leaderboard.axes.axis import Axis
from leaderboard.axes.privacy import LEAK_AUC
from leaderboard.backends.kind import ModelKind
from leaderboard.reports.model_card import headline_estimates, model_card
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.store.database import open_store
from leaderboard.store.frames import estimates_frame, task_definitions
from leaderboard.store.records import EstimateRecord, RunStatus
from leaderboard.store.stored_subject import stored_subject
from tests.synthetic.records import environment_record, evaluation_record

COMMIT = "0" * 40
SST2 = {
    "name": "sst2",
    "version": 1,
    "data": {
        "splits": {
            "train": {"source": {"locations": [{"github": "other/place", "commit": COMMIT}]}},
            "test": {"source": {"locations": [{"github": "owner/data", "commit": COMMIT, "path": "a|b.tsv"}]}},
        }
    },
    "license": "none declared: ask | first",
    "citation": "Socher et al. 2013",
}
HUB = {"name": "hub", "data": {"splits": {"all": {"source": {"locations": [{"hub": "me/set", "revision": COMMIT}]}}}}}
BORROWED = {"name": "members", "data": {"same_as": "sst2"}, "license": "as sst2"}


def whole(value, n=200):
    return Estimate.measured(value, (value - 0.05, value + 0.03), n=n, method="Wilson 95 %")


@pytest.fixture
def store(tmp_path):
    """A subject with a part, a small run and a full one, an exact number, and something not measured."""
    store = open_store(f"sqlite:///{tmp_path / 'card.db'}")
    run = store.start_run({"task": ["sst2"]}, environment_record())
    exact = Estimate.measured(0.7, None, n=200, method="exact")
    small = EstimateRecord(ACCURACY, whole(0.5, n=10))
    store.record(run, evaluation_record("good", limit=10, definition=SST2), [small], [])
    full = [EstimateRecord(ACCURACY, whole(1 / 3)), EstimateRecord(MCC, exact), EstimateRecord(ACCURACY, exact, "long")]
    store.record(run, evaluation_record("good", definition=SST2), full, [])
    store.record(
        run,
        evaluation_record("good", "hub", definition=HUB),
        [EstimateRecord(ACCURACY, exact)],
        [],
    )
    unknown = EstimateRecord(LEAK_AUC, Estimate.not_measured("nothing | was trained"))
    store.record(
        run,
        evaluation_record(
            "good", "members", axis=Axis.PRIVACY, status=Status.NOT_MEASURED, reason="x", definition=BORROWED
        ),
        [unknown],
        [],
    )
    store.record(run, evaluation_record("other", definition=SST2), [EstimateRecord(ACCURACY, whole(0.9))], [])
    store.end_run(run, RunStatus.FINISHED)
    yield store
    store.close()


@pytest.fixture
def card(store, tmp_path):
    text = card_of(store)
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    return ModelCard.load(tmp_path / "README.md")


def card_of(store, **details):
    subject = stored_subject(store, "good")
    subject.recipe.details.update({"recipe": "finetune", "learning_rate": 2e-5, "labels": {"a": "b"}, **details})
    frame = estimates_frame(store, evaluations=subject.evaluations)
    return model_card(subject, frame, task_definitions(store), ModelKind.CLASSIFIER, ["negative", "positive"])


def test_model_index_has_every_headline_estimate_as_it_is_stored(store, card):
    frame = headline_estimates(estimates_frame(store, models=["good"]))
    stored = {
        (row["task"], row["metric"]): (row["value"], row["low"], row["high"], row["n"])
        for row in frame[frame["status"] == "measured"].to_dict("records")
        if row["task"] == "sst2"
    }
    entries = {
        (each.dataset_name, each.metric_type): (
            each.metric_value,
            each.metric_args["low"],
            each.metric_args["high"],
            each.metric_args["n"],
        )
        for each in card.data.eval_results
        if each.dataset_name == "sst2"
    }
    assert entries == stored == {("sst2", "accuracy"): (1 / 3, 1 / 3 - 0.05, 1 / 3 + 0.03, 200)}


def test_exact_number_has_no_interval(card):
    (hub,) = [each for each in card.data.eval_results if each.dataset_name == "hub"]
    assert (hub.metric_value, hub.metric_name) == (0.7, "accuracy")
    assert {"low", "high", "confidence"}.isdisjoint(hub.metric_args)


def test_model_index_says_where_the_data_is_from(card):
    places = {each.dataset_name: (each.dataset_type, each.dataset_revision) for each in card.data.eval_results}
    assert places == {"sst2": ("github:owner/data", COMMIT), "hub": ("me/set", COMMIT)}
    (sst2,) = [each for each in card.data.eval_results if each.dataset_name == "sst2"]
    assert sst2.dataset_args["license"] == "none declared: ask | first"
    assert (sst2.task_type, sst2.task_name) == ("text-classification", "sst2 (accuracy)")
    assert sst2.metric_args["environment"] == "cpu · 2 threads · float32"


def test_text_has_the_same_numbers_and_what_was_not_measured(card):
    assert "| accuracy | sst2 | accuracy | 0.333 [0.283, 0.363] | 200 | cpu · 2 threads · float32 |" in card.text
    assert "| privacy | members | leak_auc | not measured: nothing \\| was trained |  | cpu" in card.text
    assert "0.500 [" not in card.text


def test_text_names_base_model_recipe_licence_and_classes(card):
    assert card.data.base_model == "good"
    assert "Made from `package:good`" in card.text
    recipe = yaml.safe_load(card.text.partition("```yaml\n")[2].partition("```")[0])
    assert recipe == {"recipe": "finetune", "learning_rate": 2e-5, "labels": {"a": "b"}}
    assert f"- `sst2`, from github:owner/data at {COMMIT}. Licence: none declared: ask \\| first." in card.text
    assert "- `members`, from github:owner/data" in card.text
    assert "Its classes: `negative`, `positive`." in card.text


def test_temperature_is_told_since_the_weights_do_not_have_it(store):
    assert "divided by a temperature (1.5)" in card_of(store, temperature=1.5)
    assert "divided by a temperature (fitted on the search split)" in card_of(store, temperature="fitted")
    assert "temperature" not in card_of(store)


def test_subject_of_which_nothing_was_measured_has_a_card(store, tmp_path):
    subject = stored_subject(store, "good")
    frame = estimates_frame(store, evaluations=subject.evaluations[-1:])
    card = ModelCard(model_card(subject, frame, {}, ModelKind.TAGGER, []))
    assert card.data.eval_results is None
    assert card.data.pipeline_tag == "token-classification"
    assert "AutoModelForTokenClassification" in card.text
