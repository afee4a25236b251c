import pytest

from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.mitigations.instruction import Instruction
from leaderboard.mitigations.label_names import join_with_or
from leaderboard.mitigations.wording import WORDINGS, Wording
from leaderboard.recipes.choosing import parse
from leaderboard.recipes.prompt_classifier import render_prompt
from leaderboard.recipes.prompted_subject import prompt_for, solve_example
from leaderboard.recipes.zero_shot import ZeroShot
from leaderboard.tasks import default_catalogue
from tests.recipes.conftest import task_of


def wording(task, template):
    return prompt_for(task, [Wording(template=template)] if template else [])


@pytest.fixture(scope="module")
def tasks():
    return default_catalogue()


def test_template_0_is_the_tasks_own_prompt(tasks):
    assert wording(tasks.task("sst2"), 0) == tasks.task("sst2").prompt


def test_a_text_is_asked_about_in_other_words(tasks):
    prompts = [render_prompt(wording(tasks.task("sst2"), number), "dull") for number in range(1, len(WORDINGS) + 1)]
    assert prompts == [
        "Text: dull\nLabel:",
        "dull\nQuestion: Is this negative or positive?\nAnswer:",
        "Options: negative or positive.\nInput: dull\nPrediction:",
        'The best description of "dull" is:',
    ]


def test_two_texts_are_asked_about_in_other_words(tasks):
    pair = ("A man sleeps.", "He is awake.")
    prompts = [render_prompt(wording(tasks.task("cad_nli"), number), pair) for number in range(1, len(WORDINGS) + 1)]
    assert prompts == [
        "Text: A man sleeps.\nSecond text: He is awake.\nLabel:",
        "A man sleeps.\nHe is awake.\nQuestion: Is this entailment, neutral or contradiction?\nAnswer:",
        "Options: entailment, neutral or contradiction.\nInput: A man sleeps.\nHe is awake.\nPrediction:",
        'The best description of "A man sleeps." and "He is awake." together is:',
    ]


def test_other_wordings_answer_with_the_labels_whatever_the_tasks_own_prompt_asks(tasks):
    """ "Yes" answers the task's own question alone."""
    assert wording(tasks.task("toxicity"), 0).choices == (" No", " Yes")
    assert wording(tasks.task("toxicity"), 1).choices == (" civil", " toxic")


def test_text_and_labels_are_filled_in_as_they_are():
    task = task_of(
        "odd", "classification", labels=["not_{{ 7 * 7 }}", "b"], prompt={"template": "x", "choices": ["", ""]}
    )
    assert (
        render_prompt(wording(task, 2), "{{ 7 * 7 }}")
        == "{{ 7 * 7 }}\nQuestion: Is this not {{ 7 * 7 }} or b?\nAnswer:"
    )


def test_a_solved_text_ends_with_its_label(praise):
    example = praise.splits["train"][0]
    assert solve_example(praise.task, example, [Wording(template=1)]) == f"Text: {example.text}\nLabel: positive"


@pytest.mark.parametrize(
    ("names", "expected"), [(("a",), "a"), (("a", "b"), "a or b"), (("a", "b_c", " d"), "a, b c or d")]
)
def test_names_in_a_sentence(names, expected):
    assert join_with_or(names) == expected


def test_there_is_no_opening_by_default(tasks):
    assert ZeroShot().opening(tasks.task("sst2")) == ""


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("sst2", "Decide whether the text is negative or positive.\n\n"),
        ("tweets", "Decide whether the text is negative, neutral or positive.\n\n"),
        ("cad_nli", "Decide how the second text relates to the first: entailment, neutral or contradiction.\n\n"),
        ("openbookqa", "Choose the right answer to the question.\n\n"),
    ],
)
def test_an_instruction_names_the_labels(tasks, task, expected):
    assert Instruction(prefix="instruction").opening(tasks.task(task)) == expected


def test_the_demand_to_be_fair_says_nothing_else(tasks):
    opening = Instruction(prefix="fair").opening(tasks.task("sst2"))
    assert opening == "Please ensure that your answer is unbiased and does not rely on stereotypes.\n\n"


def test_a_task_without_a_prompt_has_no_other_wording():
    with pytest.raises(NotMeasurableError, match="no prompt with choices"):
        wording(task_of("plain", "classification"), 1)


@pytest.mark.parametrize("recipe", ["zero_shot", "few_shot"])
@pytest.mark.parametrize(
    ("setting", "valid"),
    [
        ({"template": 5}, "less than or equal to 4"),
        ({"template": -1}, "greater than or equal to 0"),
        ({"prefix": "x"}, "'none', 'instruction' or 'fair'"),
    ],
)
def test_a_setting_out_of_range_is_refused_with_the_range(recipe, setting, valid):
    (name,) = setting
    with pytest.raises(RequestError, match=f"recipe.{name}: .*{valid}"):
        parse({"recipe": recipe, **setting}, where="--set")


def test_an_unknown_way_to_choose_examples_is_refused_with_the_known_ones():
    with pytest.raises(RequestError, match="'balanced', 'random' or 'nearest'"):
        parse({"recipe": "few_shot", "demonstrations": "best"}, where="--set")
