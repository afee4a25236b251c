import numpy as np
import pytest

from leaderboard.backends.subject import Training
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.recipes.choosing import parse
from leaderboard.recipes.distill import Distill
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.probe import Probe

FAST = {"learning_rate": 3e-3, "epochs": 2, "batch_size": 8, "max_length": 32, "dropout": 0.0}
EXAMPLES = [
    TextExample(id="a", text="She praised Julia Roberts.", label=1),
    TextExample(id="b", text="she praised julia roberts", label=0),
    TextExample(id="c", text="It is bad.", label=0),
]


@pytest.fixture
def learn(preparing, encoder, praise):
    """Training examples after the mitigations of some settings."""

    def mitigated(examples=EXAMPLES, seed=0, **settings):
        preparation = preparing(encoder, praise.task, praise.splits, seed=seed)
        return Finetune(**settings).mitigated(examples, preparation)

    return mitigated


def ids(examples):
    return [example.id for example in examples]


def test_nothing_is_changed_without_a_setting(learn):
    assert learn() == EXAMPLES
    assert learn(augment="typos", augmented_share=0.0) == EXAMPLES


def test_copies_are_made_of_what_is_left_and_hidden_and_never_of_copies(learn):
    examples_learned = learn(
        deduplicate=True, anonymise="mask", augment="typos", augmented_share=1.0, counterfactual_share=1.0
    )
    assert ids(examples_learned) == [
        "a",
        "c",
        "a+typos",
        "a+counterfactual",
    ]  # "It is bad." has no long word and no group
    assert [example.label for example in examples_learned] == [1, 0, 1, 1]
    assert examples_learned[0].text == "She praised [NAME]."
    assert examples_learned[2].text.startswith("She ")
    assert examples_learned[2].text != examples_learned[0].text
    assert examples_learned[3].text == "He praised [NAME]."


def test_both_texts_of_a_pair_are_changed(learn):
    pair = TextExample(id="p", text="A man sleeps.", second="Mary Smith is awake.", label=0)
    only_second = TextExample(id="q", text="Nobody sleeps.", second="She is awake.", label=0)
    examples_learned = learn([pair, only_second], anonymise="mask", counterfactual_share=1.0)
    assert [example.content for example in examples_learned] == [
        ("A man sleeps.", "[NAME] is awake."),
        ("Nobody sleeps.", "She is awake."),
        ("A woman sleeps.", "[NAME] is awake."),
        ("Nobody sleeps.", "He is awake."),
    ]


def test_what_becomes_of_an_example_does_not_depend_on_the_others(learn):
    many = [TextExample(id=f"{number}", text="a wonderful surprise for everybody", label=1) for number in range(40)]
    settings = {"augment": "typos", "augmented_share": 0.5}
    everything = {example.id: example for example in learn(many, **settings)}
    half = learn(many[::2], **settings)
    assert all(everything[example.id] == example for example in half)
    assert 5 < len(half) - 20 < 15
    assert learn(many, **settings) == learn(many, **settings)
    assert ids(learn(many, **settings)) != ids(learn(many, seed=1, **settings))


def test_examples_that_are_no_texts_are_refused(learn, people):
    with pytest.raises(RequestError, match="has no texts with a class"):
        learn(people.splits["train"], counterfactual_share=0.5)
    assert learn(people.splits["train"]) == list(people.splits["train"])


def test_back_translation_names_both_translators_to_whoever_loads_models():
    settings = {"augment": "back_translation", "translators": ["x", "y"]}
    assert Probe(**settings).models == ("x", "y")
    assert Probe(translators=("x", "y")).models == ()
    assert Distill(teacher="t", **settings).models == ("t", "x", "y")
    with pytest.raises(RequestError, match="needs two `translators`"):
        parse({"recipe": "probe", "augment": "back_translation"}, where="--set")
    with pytest.raises(RequestError):
        parse({"recipe": "probe", **settings, "translators": ["x"]}, where="--set")


def answers(subject, lesson):
    return subject.classifier().log_probabilities([example.text for example in lesson.splits["test"]])


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("recipe", [Probe, Finetune])
def test_a_subject_and_its_reference_learn_from_mitigated_texts(recipe, preparing, encoder, praise):
    settings = FAST if recipe is Finetune else {"c": 1.0}
    plain, typos = (
        recipe(**settings, **more).prepare(preparing(encoder, praise.task, praise.splits))
        for more in ({}, {"augment": "typos", "augmented_share": 1.0})
    )
    assert abs(answers(plain, praise) - answers(typos, praise)).max() > 1e-4
    texts = [example.text for example in praise.splits["test"]]
    references = [each.training.reference().log_probabilities(texts) for each in (plain, typos)]
    assert not np.allclose(*references, atol=1e-4)
    assert isinstance(typos.training, Training)
    assert ids(typos.training.members) == ids(praise.splits["train"])
    assert typos.trained_on == plain.trained_on


def test_a_student_gets_the_teacher_s_predictions_for_the_copies(preparing, encoder, praise, monkeypatch):
    lectures = []
    teacher = Finetune(**FAST).prepare(preparing(encoder, praise.task, praise.splits)).model
    recipe = Distill(**FAST, teacher="t", augment="typos", augmented_share=1.0)
    preparation = preparing(encoder, praise.task, praise.splits, models={"t": teacher})

    def stop(_lesson, train, *_, **more):
        lectures.append((train, more["teacher"]))
        raise StopIteration

    monkeypatch.setattr("leaderboard.recipes.distill.prepare.TrainingRun", stop)
    with pytest.raises(StopIteration):
        recipe.prepare(preparation)
    ((train, teacher_output),) = lectures
    assert len(train) == 120
    assert teacher_output.log_probabilities.shape == (120, 2)
