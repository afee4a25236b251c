"""Facts beside what a model reads: prompts, training texts, questions, the identity and the messages."""

from pathlib import Path

import numpy as np
import pytest

from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, MultipleChoiceParameters
from leaderboard.axes.accuracy.writing import WritingParameters, write
from leaderboard.backends.local.capabilities import LocalLikelihood
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, ReferenceExample, TaggedExample, TextExample
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.identity import digest
from leaderboard.knowledge.fact_finder import FactFinder
from leaderboard.knowledge.knowledge_base import open_knowledge
from leaderboard.knowledge.registry import retriever
from leaderboard.mitigations.knowledge import Knowledge
from leaderboard.recipes.choosing import parse, stored_recipe
from leaderboard.recipes.ensemble import Ensemble
from leaderboard.recipes.few_shot import FewShot
from leaderboard.recipes.few_shot.demonstrations import draw_balanced
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.informed_subject import InformedChooser, InformedClassifier, informed_example, informed_subject
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.zero_shot import ZeroShot
from leaderboard.studies.bases import ProbeBase, PromptBase
from leaderboard.training.target import Target

CAPITALS = str(Path(__file__).with_name("capitals.tsv"))
FRANCE = "Facts:\n(Paris, capital of, France)\n\n"
QUESTION = "Paris is the capital of which country?"


@pytest.fixture
def on():
    return {"facts": 1, "knowledge": CAPITALS}


@pytest.fixture
def finder():
    return FactFinder(open_knowledge(CAPITALS).indexed(retriever("entities")), 1)


@pytest.fixture
def films(tmp_path):
    """A knowledge base with a fact for the words of each text."""
    file = tmp_path / "films.tsv"
    file.write_text("film\tis\tmoving picture\nending\tis\tlast part\n")
    return {"facts": 1, "knowledge": str(file)}


def prepare(recipe, preparing, model, lesson, **more):
    return recipe.prepare(preparing(model, lesson.task, lesson.splits, **more))


def test_facts_stand_before_a_question_one_a_line(finder):
    assert finder.before(QUESTION) == FRANCE
    assert finder.before("Who lives in Berlin?") == ""
    two = FactFinder(finder.search, 2)
    assert two.before("Paris?") == "Facts:\n(Paris, capital of, France)\n(Paris, river, Seine)\n\n"


def test_facts_stand_behind_a_text_or_the_second_of_a_pair(finder):
    assert finder.beside("Paris?") == "Paris? (Paris, capital of, France)"
    assert finder.beside(("Paris?", "yes")) == ("Paris?", "yes (Paris, capital of, France)")
    assert finder.beside("Berlin?") == "Berlin?"


def test_choices_are_searched_for_where_it_is_asked_for(finder):
    assert finder.before("Which?", ["Rome"]) == ""
    with_choices = FactFinder(finder.search, 1, with_choices=True)
    assert with_choices.before("Which?", ["Rome"]) == "Facts:\n(Rome, capital of, Italy)\n\n"


def test_a_prompt_of_a_class_has_the_facts_before_it(preparing, causal, praise, films):
    classifier = prepare(ZeroShot(**films), preparing, causal, praise).classifier()
    lesson = praise.task.prompt.model_copy(
        update={"template": "Facts:\n(film, is, moving picture)\n\n" + praise.task.prompt.template}
    )
    task = praise.task.model_copy(update={"prompt": lesson})
    by_hand = ZeroShot().prepare(preparing(causal, task, praise.splits)).classifier()
    text = "The film was dull."
    np.testing.assert_allclose(classifier.log_probabilities([text]), by_hand.log_probabilities([text]), atol=1e-5)
    np.testing.assert_allclose(classifier.answer(text), classifier.log_probabilities([text])[0], atol=1e-5)
    assert classifier.token_count(text) == by_hand.token_count(text)


def test_a_multiple_choice_question_has_the_facts_before_it(preparing, causal, questions, engine, on):
    subject = prepare(ZeroShot(**on), preparing, causal, questions)
    question = ChoiceExample(id="q", question=QUESTION, choices=("France", "Italy"), answer=0)
    (observation,) = MultipleChoice(MultipleChoiceParameters()).observe(subject, {"test": [question]}, seed=0)
    (expected,) = LocalLikelihood(engine, causal).choices([(FRANCE + QUESTION, [" France", " Italy"])])
    assert observation.data["loglikelihoods"] == pytest.approx(expected, abs=1e-4)


def test_solved_examples_have_facts_of_their_own(preparing, causal, praise, films):
    subject = prepare(FewShot(shots=1, **films), preparing, causal, praise)
    (demonstration,) = draw_balanced(praise.splits["train"], 1, seed=0)
    fact, answer = "Facts:\n(film, is, moving picture)\n\n", [" negative", " positive"][demonstration.label]
    template = f"{fact}Review: {demonstration.text}\nSentiment:{answer}\n\n{fact}" + praise.task.prompt.template
    task = praise.task.model_copy(update={"prompt": praise.task.prompt.model_copy(update={"template": template})})
    by_hand = ZeroShot().prepare(preparing(causal, task, praise.splits)).classifier()
    text = ["The film was dull."]
    expected = by_hand.log_probabilities(text)
    np.testing.assert_allclose(subject.classifier().log_probabilities(text), expected, atol=1e-5)


def test_a_written_answer_follows_the_facts(finder):
    prompts = []

    class Echo:
        name = "echo"

        def generator(self):
            return self

        def generate(self, texts, sampling, *, work=""):
            prompts.extend(texts)
            return texts

    subject = informed_subject(Subject(Echo(), beginning="Answer. "), finder)
    example = ReferenceExample(id="q", text=QUESTION, references=("France",))
    list(write(subject, [example], WritingParameters(template="Q: {{ text }}")))
    assert prompts == [f"Answer. {FRANCE}Q: {QUESTION}"]


def test_a_probe_learns_and_reads_texts_with_their_facts(preparing, encoder, praise, films):
    subject = prepare(Probe(**films, c=1.0), preparing, encoder, praise)
    finder = Knowledge.model_validate(films).finder(preparing(encoder, praise.task, praise.splits))
    splits = {name: [informed_example(each, finder) for each in split] for name, split in praise.splits.items()}
    by_hand = Probe(c=1.0).prepare(preparing(encoder, praise.task, splits)).classifier()
    text = "The film was dull."
    expected = by_hand.log_probabilities([f"{text} (film, is, moving picture)"])
    np.testing.assert_allclose(subject.classifier().log_probabilities([text]), expected, atol=1e-5)
    reference = subject.training.reference()
    assert isinstance(reference, InformedClassifier)
    assert subject.training.members[0] == praise.splits["train"][0]


def test_the_search_split_and_questions_are_read_with_their_facts(preparing, encoder, praise, on):
    question = ChoiceExample(id="q", question="Rome?", choices=("a", "b"), answer=0)
    text = TextExample(id="t", text="In Rome.", label=1)
    read = Finetune(**on).as_read([question, text], preparing(encoder, praise.task, praise.splits))
    assert read[0].question == "Rome? (Rome, capital of, Italy)"
    assert read[1].text == "In Rome. (Rome, capital of, Italy)"
    assert Finetune().as_read([question], preparing(encoder, praise.task, praise.splits)) == [question]


def test_a_chooser_reads_questions_with_their_facts(finder):
    class Chooser:
        def scores(self, questions):
            return questions

        def answer(self, question, choices):
            return question, choices

        def token_count(self, question, choices):
            return len(question)

    chooser, read = InformedChooser(Chooser(), finder), "Rome? (Rome, capital of, Italy)"
    assert chooser.scores([("Rome?", ["a"])]) == [(read, ["a"])]
    assert chooser.answer("Rome?", ["a"]) == (read, ["a"])
    assert chooser.token_count("Rome?", ["a"]) == len(read)


def test_every_answer_searches_anew(finder, monkeypatch):
    questions = []
    search = finder.search.find
    monkeypatch.setattr(
        type(finder.search), "find", lambda self, question, k: questions.append(question) or search(question, k)
    )

    class Constant:
        def answer(self, text):
            return np.zeros(2)

    classifier = InformedClassifier(Constant(), finder)
    classifier.answer("Rome?")
    classifier.answer("Rome?")
    assert questions == ["Rome?", "Rome?"]


def test_a_tagger_is_refused(finder):
    class Model:
        name = "tagger"

    with pytest.raises(NotMeasurableError, match=r"tags words, and recipe\.facts"):
        informed_subject(Subject(Model(), tags_with=object()), finder)


def test_an_encoder_is_not_prompted_with_facts(preparing, encoder, questions, on):
    with pytest.raises(NotMeasurableError, match="does not continue text"):
        prepare(ZeroShot(**on), preparing, encoder, questions)


@pytest.mark.parametrize("recipe", [ZeroShot, FewShot, Probe, Finetune])
def test_without_facts_the_identity_is_that_of_before(recipe):
    assert not {"facts", "knowledge", "retriever", "encoder", "query_choices", "contents"} & set(recipe().details)


def test_the_identity_follows_the_facts_and_not_the_name_of_their_file_alone(tmp_path):
    file = tmp_path / "a.tsv"
    file.write_text("Paris\tcapital of\tFrance")
    settings = {"recipe": "zero_shot", "facts": 2, "knowledge": str(file)}
    before = ZeroShot.model_validate(settings).details
    assert before["contents"] == {str(file): open_knowledge(str(file)).digest}
    assert Ensemble(member=settings).details["contents"] == before["contents"]
    assert stored_recipe(before, where="test") == ZeroShot.model_validate(settings)
    file.write_text("Paris\tcapital of\tTexas!")
    assert digest(ZeroShot.model_validate(settings).details) != digest(before)


def test_trained_weights_are_kept_by_the_facts(preparing, encoder, praise, tmp_path):
    file = tmp_path / "a.tsv"
    recipe, helpers = Finetune(facts=1, knowledge=str(file)), []
    for value in ("France", "Texas!"):
        file.write_text(f"Paris\tcapital of\t{value}")
        helpers.append(recipe.helpers(preparing(encoder, praise.task, praise.splits)))
    assert helpers[0] != helpers[1]
    assert Finetune().helpers(preparing(encoder, praise.task, praise.splits)) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"facts": 2}, "facts needs `knowledge`"),
        ({"knowledge": CAPITALS}, "knowledge has no effect without `facts`"),
        ({"facts": 9, "knowledge": CAPITALS}, "less than or equal to 8"),
        ({"facts": 1, "knowledge": CAPITALS, "retriever": "bm52"}, "unknown retriever 'bm52'; known: .*bm25"),
        ({"facts": 1, "knowledge": CAPITALS, "retriever": "dense"}, "retriever dense needs `encoder`"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings, message):
    with pytest.raises(RequestError, match=message):
        parse({"recipe": "zero_shot", **settings}, where="--set")


def test_an_encoder_of_the_facts_is_a_model_of_the_recipe():
    settings = {"facts": 1, "knowledge": CAPITALS, "encoder": "package:mini"}
    assert ZeroShot(**settings).models == ()
    assert ZeroShot(**settings, retriever="dense").models == ("package:mini",)


def test_a_knowledge_base_is_checked_before_a_model_is_loaded(praise, people, tmp_path, on):
    with pytest.raises(RequestError, match="no such file"):
        ZeroShot(facts=1, knowledge=str(tmp_path / "gone.tsv")).check(Target(None, praise.task))
    (tmp_path / "a.txt").write_text("Paris lies on the Seine.")
    with pytest.raises(RequestError, match="Valid for texts: bm25, dense"):
        ZeroShot(facts=1, knowledge=str(tmp_path), retriever="entities").check(Target(None, praise.task))
    with pytest.raises(RequestError, match=r"recipe\.facts: task 'people' has no questions or texts"):
        Knowledge.model_validate(on).check(Target(None, people.task))
    assert informed_example(tagged := TaggedExample(id="t", words=("Rome",), tags=(0,)), None) == tagged


def test_a_search_varies_the_facts_of_a_knowledge_base():
    for base in (PromptBase, ProbeBase):
        levers = base.levers(2)
        off = {name: lever.off for name, lever in levers.items()}
        assert levers["facts"].needs == "knowledge"
        assert levers["retriever"].when_named
        extra = {"knowledge": CAPITALS}
        assert "knowledge" not in base().settings(off, 2, extra)
        turned = base().settings({**off, "facts": 3}, 2, extra)
        assert parse(turned, where="test").details["facts"] == 3
        assert turned["knowledge"] == CAPITALS
