import pytest

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.data.examples import ChoiceExample, TaggedExample, TextExample
from leaderboard.errors import RequestError
from leaderboard.recipes.as_is import AsIs
from leaderboard.recipes.choosing import RecipeRequest, choose
from leaderboard.recipes.ensemble import Ensemble
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.zero_shot import ZeroShot
from tests.in_one_test import in_one_test


@in_one_test(
    "kind, device, example, chosen",
    [
        (ModelKind.CAUSAL, "cpu", TextExample, "zero_shot"),
        (ModelKind.CAUSAL, "cuda", TextExample, "zero_shot"),
        (ModelKind.MASKED, "cpu", TextExample, "probe"),
        (ModelKind.ENCODER, "cpu", None, "probe"),
        (ModelKind.ENCODER, "cuda", TextExample, "finetune"),
        (ModelKind.ENCODER, "cpu", TaggedExample, "finetune"),
        (ModelKind.MASKED, "cpu", ChoiceExample, "finetune"),
        (ModelKind.CLASSIFIER, "cpu", TextExample, "as_is"),
        (ModelKind.TAGGER, "cuda", TaggedExample, "as_is"),
    ],
)
def test_auto_goes_by_kind_of_model_device_and_task(kind, device, example, chosen):
    assert choose(kind, device, example) is chosen


def chosen(name=None, file=None, changes=(), kind=ModelKind.ENCODER):
    return RecipeRequest.read(name, file, changes).recipe(kind, "cpu", TextExample)


def test_no_name_is_auto():
    assert chosen() == Probe()
    assert chosen(kind=ModelKind.CAUSAL) == ZeroShot()


def test_single_settings_are_read_as_yaml_and_checked():
    recipe = chosen("finetune", changes=["recipe.learning_rate=3e-5", "recipe.epochs=1"])
    assert recipe == Finetune(learning_rate=3e-5, epochs=1)


def test_settings_go_with_auto_too():
    assert chosen(changes=["recipe.quantise=int8_dynamic"]).quantise is Quantisation.INT8_DYNAMIC


def test_a_dotted_setting_reaches_inside():
    labels = ["recipe.labels.LABEL_0=negative", "recipe.labels.LABEL_1=positive"]
    assert chosen("as_is", changes=labels) == AsIs(labels={"LABEL_0": "negative", "LABEL_1": "positive"})


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "true", "null", "1", "0.5", "2024-01-01", "'no'"])
def test_a_label_is_a_word_whatever_yaml_takes_it_for(tmp_path, word):
    expected = AsIs(labels={"LABEL_0": word.strip("'")})
    assert chosen("as_is", changes=[f"recipe.labels.LABEL_0={word}"]) == expected
    assert chosen("as_is", changes=[f"recipe.labels={{LABEL_0: {word}}}"]) == expected
    file = tmp_path / "r.yaml"
    file.write_text(f"recipe: as_is\nlabels:\n  LABEL_0: {word}\n")
    assert chosen(file=file) == expected


def test_the_labels_of_a_teacher_are_words_too():
    changes = ["recipe.teacher=t", "recipe.teacher_recipe.recipe=as_is", "recipe.teacher_recipe.labels.LABEL_0=no"]
    assert chosen("distill", changes=changes).teacher_recipe == AsIs(labels={"LABEL_0": "no"})


def test_what_names_no_class_is_still_yaml():
    assert chosen("finetune", changes=["recipe.deduplicate=yes"]).deduplicate is True


def test_a_single_setting_goes_before_the_files(tmp_path):
    file = tmp_path / "r.yaml"
    file.write_text("recipe: finetune\nepochs: 2\nbatch_size: 8\n")
    assert chosen(file=file, changes=["recipe.epochs=1"]) == Finetune(epochs=1, batch_size=8)


def test_recipes_nest(tmp_path):
    file = tmp_path / "r.yaml"
    file.write_text("recipe: ensemble\nsize: 2\nmember: {recipe: finetune, epochs: 1}\n")
    recipe = chosen(file=file)
    assert recipe == Ensemble(size=2, member=Finetune(epochs=1))
    assert recipe.details["member"]["epochs"] == 1


@in_one_test(
    "changes, message",
    [
        (["recipe.learning_rat=1"], r"unknown key 'recipe.learning_rat'[\s\S]*Did you mean 'learning_rate'"),
        (["recipe.learning_rate=fast"], r"recipe.learning_rate: .*valid number"),
        (["recipe.epochs=0"], r"recipe.epochs: .*greater than or equal to 1"),
        (["recipe.quantise=int4"], r"recipe.quantise: .*int8_dynamic"),
        (["epochs=1"], r"not of the form recipe.SETTING=VALUE"),
        (["recipe.epochs"], r"not of the form recipe.SETTING=VALUE"),
        (["recipe.epochs=[1"], r"--set recipe.epochs: is not valid YAML: line "),
        (["recipe.epochs=1", "recipe.epochs.first=1"], r"'epochs' is a single setting"),
        (["recipe.replay=0.1"], r"replay needs a `sequence`"),
        (["recipe.sequence=[sst2, sst2]"], r"names a task twice"),
    ],
)
def test_a_wrong_setting_is_refused_with_valid_values(changes, message):
    with pytest.raises(RequestError, match=message):
        chosen("finetune", changes=changes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- 1", "has to be a mapping of settings"),
        ("recipe: [", "r.yaml: is not valid YAML: line "),
        ("recipe: finetun", r"r.yaml: unknown recipe 'finetun'[\s\S]*Did you mean 'finetune'"),
        ("recipe: finetune\nepoch: 1", r"r.yaml: unknown key 'epoch'[\s\S]*Did you mean 'epochs'"),
        ("recipe: ensemble", r"r.yaml: missing key 'member'"),
        ("recipe: ensemble\nmember: {recipe: probes}", r"r.yaml: member: has to name a recipe"),
        ("recipe: ensemble\nprune: 0.1\nmember: probe", r"set prune under `member`"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(tmp_path, content, message):
    file = tmp_path / "r.yaml"
    file.write_text(content)
    with pytest.raises(RequestError, match=message):
        chosen(file=file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RequestError, match="cannot be read"):
        chosen(file=tmp_path / "none.yaml")


def test_a_file_and_a_flag_name_one_recipe(tmp_path):
    file = tmp_path / "r.yaml"
    file.write_text("recipe: finetune\n")
    with pytest.raises(RequestError, match="name two recipes"):
        chosen("probe", file=file)
    assert chosen("finetune", file=file) == Finetune()
