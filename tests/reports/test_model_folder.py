import json
import shlex
import shutil
from dataclasses import replace

import pytest
import torch
from huggingface_hub import ModelCard
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.cache.prepared_subjects import ensure_prepared, record_folder
from leaderboard.errors import RequestError
from leaderboard.reports.model_folder import export_model
from leaderboard.settings import cache_folder
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.hostile import change
from tests.synthetic.records import environment_record, evaluation_record

LABELS = ("negative", "positive")
TEXT = "The film was a wonderful surprise and I would watch it again."


@pytest.fixture(scope="session")
def classifier_folder(encoder_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny-classifier"
    names = dict(enumerate(LABELS))
    AutoModelForSequenceClassification.from_pretrained(encoder_folder, id2label=names).save_pretrained(folder)
    AutoTokenizer.from_pretrained(encoder_folder).save_pretrained(folder)
    return folder


@pytest.fixture
def measured(tmp_path):
    """Records a subject whose recipe has such details; gives the store and the subject's identity."""
    store = open_store(f"sqlite:///{tmp_path / 'models.db'}")

    def record(name="finetune", arguments=None, **details):
        evaluation = evaluation_record("tiny", definition={"license": "CC0", "citation": "nobody"})
        recipe = replace(evaluation.recipe, name=name, details={"recipe": name, **details}, adapt_to="sst2")
        run = store.start_run(arguments or {}, environment_record())
        estimate = Estimate.measured(0.9, (0.85, 0.95), n=200, method="Wilson 95 %")
        store.record(run, replace(evaluation, recipe=recipe), [EstimateRecord(ACCURACY, estimate)], [])
        return store, evaluation.subject.identity

    yield record
    store.close()


@pytest.fixture
def kept(classifier_folder):
    """Puts the classifier into the cache, as that of a subject."""

    def keep(identity):
        def make(folder):
            shutil.copytree(classifier_folder, folder, dirs_exist_ok=True)
            return {"model": "tiny"}

        folder = ensure_prepared("a" * 64, make)
        record_folder(identity, folder)
        return folder

    return keep


def logits(folder):
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        return model(**AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")).logits


def test_export_gives_the_same_logits_labels_and_a_card(measured, kept, tmp_path):
    store, identity = measured()
    original = kept(identity)
    exported = export_model(store, "tiny", tmp_path / "new" / "mine")
    folder = tmp_path / "new" / "mine"
    assert exported.label == "tiny/zero_shot"
    assert torch.equal(logits(folder), logits(original))
    assert json.loads((folder / "config.json").read_text())["id2label"] == {"0": "negative", "1": "positive"}
    (result,) = ModelCard.load(folder / "README.md").data.eval_results
    assert (result.metric_value, result.metric_args["low"], result.metric_args["high"]) == (0.9, 0.85, 0.95)
    assert not (folder / "subject.json").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def test_exported_folder_is_a_model_for_the_program(measured, kept, tmp_path):
    store, identity = measured()
    kept(identity)
    export_model(store, identity[:12], tmp_path / "mine")
    reference = ModelReference.parse(str(tmp_path / "mine"))
    model = load(resolve(reference, dtype="auto", device_type="cpu", offline=True), torch.device("cpu"))
    assert (model.kind, model.labels) == (ModelKind.CLASSIFIER, LABELS)


@pytest.mark.parametrize("setting", ["bottleneck_adapter_width", "virtual_tokens"])
def test_parts_that_transformers_does_not_read_are_not_exported(measured, classifier_folder, tmp_path, setting):
    store, identity = measured()

    def make(folder):
        shutil.copytree(classifier_folder, folder, dirs_exist_ok=True)
        change(folder / "config.json", **{setting: 4})
        return {"model": "tiny"}

    record_folder(identity, ensure_prepared("b" * 64, make))
    with pytest.raises(RequestError, match="which `transformers` does not read: the folder would answer otherwise"):
        export_model(store, "tiny", tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_empty_folder_is_filled(measured, kept, tmp_path):
    store, identity = measured()
    kept(identity)
    (tmp_path / "mine").mkdir()
    export_model(store, "tiny", tmp_path / "mine")
    assert (tmp_path / "mine" / "model.safetensors").exists()


@pytest.mark.parametrize("kind", ["full", "file", "link"])
def test_taken_target_is_refused_and_left_as_it_is(measured, kept, tmp_path, kind):
    store, identity = measured()
    kept(identity)
    target = tmp_path / "mine"
    if kind == "full":
        target.mkdir()
        (target / "precious").write_text("mine")
    elif kind == "file":
        target.write_text("mine")
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(RequestError, match="mine: is there already"):
        export_model(store, "tiny", target)
    if kind == "full":
        assert [path.name for path in target.iterdir()] == ["precious"]


def test_target_in_the_cache_is_refused(measured, kept):
    store, identity = measured()
    kept(identity)
    with pytest.raises(RequestError, match="inside the cache"):
        export_model(store, "tiny", cache_folder() / "subjects" / "mine")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zero_shot", "its weights are those of package:tiny"),
        ("few_shot", "its weights are those of package:tiny"),
        ("as_is", "its weights are those of package:tiny"),
        ("probe", "its body is that of package:tiny"),
        ("ensemble", "several models that answer together"),
    ],
)
def test_subject_without_weights_of_its_own_is_refused(measured, tmp_path, name, message):
    store, _ = measured(name)
    with pytest.raises(RequestError, match=f"(?s)no weights of its own to export: .*{message}.*--recipe finetune"):
        export_model(store, "tiny", tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_quantised_subject_is_refused(measured, kept, tmp_path):
    store, identity = measured(quantise="int8_dynamic")
    kept(identity)
    with pytest.raises(RequestError, match=r"(?s)int8_dynamic weights.*recipe\.quantise=none"):
        export_model(store, "tiny", tmp_path / "mine")


def test_pruned_subject_says_how_it_is_made_again(measured, kept, tmp_path):
    arguments = {
        "model": ["package:other", "package:tiny"],
        "suite": None,
        "task": ["sst2"],
        "recipe": {"recipe": "finetune", "epochs": 2, "sequence": ["a", "b"], "teacher_recipe": {"recipe": "as_is"}},
        "limit": 50,
        "seed": 0,
        "chat_template": False,
    }
    store, identity = measured(arguments=arguments)
    shutil.rmtree(kept(identity))
    with pytest.raises(RequestError, match="'tiny/zero_shot': its weights are not in the cache here") as refusal:
        export_model(store, "tiny", tmp_path / "mine")
    command = str(refusal.value).partition("then export: ")[2]
    assert shlex.split(command) == [
        *("leaderboard run --model package:tiny --task sst2 --limit 50 --seed 0 --dtype float32").split(),
        *("--recipe finetune --set recipe.epochs=2 --set").split(),
        'recipe.sequence=["a", "b"]',
        *("--set recipe.teacher_recipe.recipe=as_is --store sqlite:///again.db").split(),
    ]


def test_subject_of_an_unknown_call_is_made_again_by_its_recipe(measured, tmp_path):
    store, _ = measured("lora")
    with pytest.raises(RequestError, match="run --model package:tiny --dtype float32 --recipe lora --store"):
        export_model(store, "tiny", tmp_path / "mine")


def test_what_follows_training_is_in_the_exported_weights(measured, kept, tmp_path):
    store, identity = measured(drop_layers=1, prune=0.5)
    original = kept(identity)
    export_model(store, "tiny", tmp_path / "mine")
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "mine")
    before = AutoModelForSequenceClassification.from_pretrained(original)
    assert (len(before.bert.encoder.layer), len(model.bert.encoder.layer)) == (2, 1)
    weights = torch.cat([layer.weight.flatten() for layer in linear(model.bert.encoder)])
    assert (weights == 0).float().mean().item() == pytest.approx(0.5, abs=0.01)
    assert logits(tmp_path / "mine").shape == (1, 2)


def linear(module):
    return [part for part in module.modules() if isinstance(part, torch.nn.Linear)]


def test_failed_export_leaves_nothing(measured, kept, tmp_path):
    store, identity = measured(drop_layers=2)
    kept(identity)
    with pytest.raises(RequestError, match="drop_layers 2"):
        export_model(store, "tiny", tmp_path / "deep" / "mine")
    assert list((tmp_path / "deep").iterdir()) == []


def test_unknown_subject_gets_the_nearest(measured, tmp_path):
    store, _ = measured()
    with pytest.raises(RequestError, match="Did you mean 'tiny/zero_shot'"):
        export_model(store, "tiny/zero_shoot", tmp_path / "mine")
