"""No task's question is answered by another's labels or asked by another's prompt."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from transformers import AutoModelForCausalLM, AutoTokenizer, BertConfig, BertForSequenceClassification

from leaderboard.axes.protocol import Observation
from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.backend import LocalBackend
from leaderboard.backends.local.engine.devices import Devices
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.environment import describe
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.errors import RequestError
from leaderboard.evaluation.environment import stored_environment
from leaderboard.evaluation.plan import plan_evaluations
from leaderboard.evaluation.runner import Runner
from leaderboard.evaluation.task_request import TaskRequest, task_request
from leaderboard.identity import file_digest
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.stats.estimate import Status
from leaderboard.store.database import open_store
from leaderboard.tasks import Catalogue, default_catalogue
from tests.synthetic.label_tasks import CHOICES, films_task, people_task
from tests.synthetic.tasks import small_task

CPU = torch.device("cpu")
TEST = {"test": [0.0, 1.0]}
SHIFT = {"home": [0.8, 1.0], "away": [0.0, 0.5]}


@dataclass
class Bench:
    """Task files, a store and an engine; `small`, about praise, is what the default suite adapts to."""

    tasks: Path
    store: object

    def plans(self, folder, *names, recipe="auto", named=True, **settings):
        catalogue = Catalogue([self.tasks])
        model = resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)
        return plan_evaluations(
            catalogue,
            TaskRequest(tuple(map(catalogue.task, names)), catalogue.task("small"), named=named),
            [model],
            recipe=RecipeRequest(recipe, settings),
            seed=0,
            limit=None,
            environment=stored_environment(describe(Devices((CPU,)), "float32", 1)),
        )

    def run(self, folder, *names, **design):
        plans = self.plans(folder, *names, **design)
        runner = Runner(
            self.store,
            Catalogue([self.tasks]),
            LocalBackend(ComputeOptions(), engine=Engine(CPU, threads=1)).load,
            offline=True,
        )
        return list(runner.run(plans, {"test": True}))

    def observed(self, outcome):
        """What was observed, by the id of the example."""
        assert outcome.status is Status.MEASURED, outcome.reason
        return {each.example_id: each.data for each in self.store.observations_of(outcome.plan.identity)}

    def values(self, outcome):
        """Values by metric and part."""
        observations = [Observation(example, data) for example, data in self.observed(outcome).items()]
        estimates = outcome.plan.protocol.estimate(observations)
        return {(each.metric.name, each.part): each.estimate.value for each in estimates}


@pytest.fixture
def bench(tmp_path) -> Bench:
    small_task(tmp_path / "tasks")
    return Bench(tmp_path / "tasks", open_store(f"sqlite:///{tmp_path}/store.db"))


def rows_of(bench, name, axis="accuracy"):
    lines = (bench.tasks / axis / f"{name}.tsv").read_text().splitlines()
    return [line.split("\t") for line in lines]


@cache
def loaded(folder):
    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def in_words(folder, template, choices, text):
    """The choice that a causal model would rather go on with: transformers, one text and one choice at a time."""
    model, tokenizer = loaded(folder)
    context = tokenizer.encode(template.replace("{{ text }}", text), add_special_tokens=False)
    scores = []
    for choice in choices:
        after = tokenizer.encode(choice, add_special_tokens=False)
        with torch.no_grad():
            logits = model(torch.tensor([[*context, *after]])).logits[0].double().log_softmax(-1)
        scores.append(sum(logits[len(context) + place - 1, token].item() for place, token in enumerate(after)))
    return int(np.argmax(scores))


def ham(bench, *, labels=("ham", "spam"), prompt=True, name="ham", **more):
    """A task of its own labels, which nothing can be learned from."""
    data = bench.tasks / "accuracy" / f"{name}.tsv"
    lines = ["good a great story", "bad a waste of time", "bad a bad ending", "good the doctor", "bad his mother"]
    renamed = {"good": "ham", "bad": "spam"}
    data.write_text("".join(f"{renamed[line.split()[0]]}\t{line.split(' ', 1)[1]}\n" for line in lines))
    words = {"ham": " answer", "spam": " question"}
    content = {
        "name": name, "version": 1, "axis": "accuracy", "protocol": "classification", "description": "d",
        "data": {
            "labels": list(labels),
            "read": {"header": False, "fields": {"label": 0, "text": 1}},
            "splits": {"test": {"source": {"file": data.name, "sha256": file_digest(data)}}},
        },
        "metrics": ["accuracy"], "license": "l", "citation": "c",
    }  # fmt: skip
    if prompt:
        content["prompt"] = {"template": "Message: {{ text }}\nIt is", "choices": [words[each] for each in labels]}
    path = bench.tasks / "accuracy" / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content | more))
    return [line.split("\t") for line in data.read_text().splitlines()]


def said_of_ham(folder, text):
    return ("ham", "spam")[in_words(folder, "Message: {{ text }}\nIt is", (" answer", " question"), text)]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("labels", [("ham", "spam"), ("spam", "ham")])
@pytest.mark.parametrize("named", [("ham",), ("small", "ham")], ids=["alone", "beside another"])
def test_a_causal_model_is_asked_by_the_tasks_own_prompt(bench, causal_folder, labels, named):
    rows = ham(bench, labels=labels)
    outcome = bench.run(causal_folder, *named)[-1]
    choices = (" answer", " question")
    predicted = [
        ("ham", "spam")[in_words(causal_folder, "Message: {{ text }}\nIt is", choices, text)] for _, text in rows
    ]
    assert [each["predicted"] for each in bench.observed(outcome).values()] == predicted
    right = np.mean([one == label for one, (label, _) in zip(predicted, rows, strict=True)])
    assert bench.values(outcome)["accuracy", ""] == right
    assert outcome.plan.subject.name.endswith("/zero_shot(ham)")


@pytest.mark.slow
def test_a_probe_of_another_question_does_not_answer(bench, encoder_folder):
    ham(bench)
    small, other = bench.run(encoder_folder, "small", "ham")
    assert small.status is Status.MEASURED
    assert other.status is Status.NOT_MEASURED
    assert "'ham' has no labelled data in a split 'train'" in other.reason


def test_a_model_that_continues_text_is_not_asked_by_anothers_prompt(bench, causal_folder):
    ham(bench, prompt=False)
    (outcome,) = bench.run(causal_folder, "ham")
    assert outcome.status is Status.NOT_MEASURED
    assert "task 'ham' has no prompt with a choice for each of its labels" in outcome.reason


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("labels", [("bad", "fair", "good"), ("good", "bad", "fair")])
def test_three_classes_are_not_asked_of_a_subject_of_two(bench, causal_folder, encoder_folder, labels):
    films_task(bench.tasks, labels, name="lone", splits=TEST, rows=12)
    (causal,), (encoder,) = bench.run(causal_folder, "lone"), bench.run(encoder_folder, "lone")
    choices = tuple(CHOICES.values())
    expected = [
        list(CHOICES)[in_words(causal_folder, "Film: {{ text }}\nVerdict:", choices, text)]
        for _, _, text in rows_of(bench, "lone")
    ]
    assert [each["predicted"] for each in bench.observed(causal).values()] == expected
    assert encoder.status is Status.NOT_MEASURED


def test_an_identical_prompt_in_another_place_needs_no_subject_of_its_own(bench, causal_folder):
    films_task(bench.tasks, ("bad", "fair", "good"))
    films_task(bench.tasks, ("good", "bad", "fair"), name="same", splits=TEST, adapt_to="films")
    (plan,) = bench.plans(causal_folder, "same")
    assert plan.subject.adapt_to.name == "films"


def test_a_prompt_without_choices_is_not_replaced_by_anothers(bench, causal_folder):
    films_task(bench.tasks, ("bad", "fair", "good"), rows=30)
    lone = {"name": "lone", "splits": TEST, "first": 500, "rows": 30}
    path = films_task(bench.tasks, ("bad", "fair", "good"), prompt=False, **lone)
    path.write_text(path.read_text() + yaml.safe_dump({"prompt": {"template": "{{ text }} It was"}}))
    _, outcome = bench.run(causal_folder, "films", "lone")
    assert outcome.status is Status.NOT_MEASURED
    assert "task 'lone' has no prompt with a choice for each of its labels" in outcome.reason


def test_a_prompt_goes_before_the_task_that_is_adapted_to(bench, causal_folder):
    rows = ham(bench, adapt_to="small")
    (outcome,) = bench.run(causal_folder, "ham")
    predicted = [said_of_ham(causal_folder, text) for _, text in rows]
    assert [each["predicted"] for each in bench.observed(outcome).values()] == predicted


@pytest.mark.parametrize("kind", ["encoder", "causal"])
def test_adapting_to_other_labels_is_an_error_before_a_model_is_loaded(bench, encoder_folder, causal_folder, kind):
    ham(bench, prompt=False, adapt_to="small")
    folder = {"encoder": encoder_folder, "causal": causal_folder}[kind]
    with pytest.raises(RequestError, match=r"ham: its labels are ham, spam, but those of 'small'.*negative, positive"):
        bench.plans(folder, "ham")


@pytest.mark.slow
def test_labels_in_another_order_are_matched_by_name(bench, encoder_folder):
    orders = [("bad", "fair", "good"), ("good", "bad", "fair"), ("good", "fair", "bad")]
    films_task(bench.tasks, orders[0])
    for number, labels in enumerate(orders):
        films_task(bench.tasks, labels, name=f"eval{number}", splits=TEST, prompt=False, first=500)
    outcomes = bench.run(encoder_folder, "films", *(f"eval{number}" for number in range(3)))
    assert {outcome.plan.subject.name for outcome in outcomes} == {f"{encoder_folder.name}/probe(films)"}
    values = [bench.values(outcome) for outcome in outcomes[1:]]
    assert values[0]["accuracy", ""] > 0.5
    for other in values[1:]:
        assert other == pytest.approx(values[0], abs=1e-12)


def test_a_wrong_number_of_another_order_is_measured_again_and_a_right_one_served(bench, encoder_folder, monkeypatch):
    films_task(bench.tasks, ("bad", "fair", "good"))
    films_task(bench.tasks, ("bad", "fair", "good"), name="same", splits=TEST, prompt=False)
    films_task(bench.tasks, ("good", "bad", "fair"), name="turned", splits=TEST, prompt=False)
    names = ("films", "same", "turned")
    now = [plan.identity for plan in bench.plans(encoder_folder, *names)]
    monkeypatch.setattr("leaderboard.evaluation.plan.answered_labels", lambda *_: ())
    before = [plan.identity for plan in bench.plans(encoder_folder, *names)]
    assert [one == other for one, other in zip(now, before, strict=True)] == [True, True, False]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("turned", [("good", "bad", "fair"), ("fair", "good", "bad")])
@pytest.mark.parametrize("kind", ["encoder", "causal"])
def test_a_shift_in_another_order_has_the_same_accuracy(bench, encoder_folder, causal_folder, turned, kind):
    labels = ("bad", "fair", "good")
    films_task(bench.tasks, labels)
    shift = {
        "axis": "ood",
        "protocol": "shift",
        "metrics": ["ood_accuracy", "ood_drop"],
        "first": 501,
        "splits": SHIFT,
        "prompt": False,
    }
    films_task(bench.tasks, labels, name="straight", **shift)
    films_task(bench.tasks, turned, name="turned", **shift)
    folder = {"encoder": encoder_folder, "causal": causal_folder}[kind]
    _, straight, other = bench.run(folder, "films", "straight", "turned")
    assert bench.values(other) == pytest.approx(bench.values(straight), abs=1e-12)
    named = [
        {name: observation[name] for name in ("true", "predicted")} for observation in bench.observed(other).values()
    ]
    assert named == [
        {name: observation[name] for name in ("true", "predicted")} for observation in bench.observed(straight).values()
    ]
    assert {observation["true"] for observation in named} == set(labels)


@pytest.mark.slow
def test_tags_in_another_order_find_the_same_spans(bench, encoder_folder):
    labels = ("O", "B-PER", "I-PER", "B-LOC")
    people_task(bench.tasks, labels)
    people_task(bench.tasks, labels, name="straight", shift=True, adapt_to="people")
    people_task(bench.tasks, ("I-PER", "B-LOC", "O", "B-PER"), name="turned", shift=True, adapt_to="people")
    people_task(bench.tasks, ("B-LOC", "O", "I-PER", "B-PER"), name="shifted", shift=True)
    fast = {"learning_rate": 3e-3, "epochs": 2, "batch_size": 4, "max_length": 32, "dropout": 0.0}
    outcomes = bench.run(encoder_folder, "people", "straight", "turned", "shifted", recipe="finetune", **fast)
    straight, turned, shifted = map(bench.values, outcomes[1:])
    assert straight == turned == shifted
    assert straight["ood_span_f1", "away"] > 0


def choice_task(bench, **more):
    data = bench.tasks / "accuracy" / "asked.jsonl"
    rows = [{"q": "The film was", "c": ["dull", "a great story"], "a": answer} for answer in (0, 1)]
    data.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    content = {
        "name": "asked", "version": 1, "axis": "accuracy", "protocol": "multiple_choice", "description": "d",
        "data": {
            "read": {"format": "jsonl", "fields": {"question": "q", "choices": "c", "answer": "a"}},
            "splits": {"test": {"source": {"file": data.name, "sha256": file_digest(data)}}},
        },
        "metrics": ["accuracy", "accuracy_norm"], "license": "l", "citation": "c",
    }  # fmt: skip
    (bench.tasks / "accuracy" / "asked.yaml").write_text(yaml.safe_dump(content | more))


def test_multiple_choice_is_tied_to_no_other_task(bench, causal_folder, encoder_folder):
    choice_task(bench)
    (outcome,) = bench.run(causal_folder, "asked")
    assert outcome.status is Status.MEASURED
    assert outcome.plan.subject.name == f"{causal_folder.name}/zero_shot(asked)"
    assert set(outcome.plan.subject.digests) == {"asked"}
    (other,) = bench.run(encoder_folder, "asked")
    assert "'asked' has no labelled data in a split 'train'" in other.reason


def bundled(folder, names):
    catalogue = default_catalogue()
    model = resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)
    return plan_evaluations(
        catalogue, task_request(catalogue, tasks=names), [model], recipe=RecipeRequest(), seed=0, limit=None,
        environment=stored_environment(describe(Devices((CPU,)), "float32", 1)),
    )  # fmt: skip


def test_openbookqa_is_not_built_on_sst2(causal_folder):
    (plan,) = bundled(causal_folder, ["openbookqa"])
    assert plan.subject.name == f"{causal_folder.name}/zero_shot(openbookqa)"
    assert set(plan.subject.digests) == {"openbookqa"}


@pytest.mark.parametrize(
    "names",
    [
        ["movies", "crows_pairs_demo"],
        ["crows_pairs_demo", "movies"],
        ["counterfactual_movies", "crows_pairs_demo"],
        ["movies", "crows_pairs_demo", "shift_movies", "latency_movies", "membership_movies"],
    ],
)
@pytest.mark.parametrize("kind", ["encoder", "causal", "masked"])
def test_tasks_without_a_subject_belong_to_that_of_the_others(request, names, kind):
    plans = bundled(request.getfixturevalue(f"{kind}_folder"), names)
    assert {plan.subject.adapt_to.name for plan in plans} == {"movies"}
    assert len({plan.subject.identity for plan in plans}) == 1


def test_a_task_alone_belongs_to_the_default_suite(masked_folder):
    (plan,), named = bundled(masked_folder, ["crows_pairs"]), bundled(masked_folder, ["sst2", "crows_pairs"])
    assert plan.subject.adapt_to.name == "sst2"
    assert plan.identity == named[1].identity


def test_a_latency_of_borrowed_texts_is_of_the_subject_of_those_texts(bench, encoder_folder):
    films_task(bench.tasks, ("bad", "fair", "good"))
    films_task(
        bench.tasks, (), name="speed", axis="latency", protocol="latency", metrics=["latency_p50"], prompt=False,
        data={"same_as": "films"},
    )  # fmt: skip
    (plan,) = bench.plans(encoder_folder, "speed")
    assert plan.subject.adapt_to.name == "films"


@pytest.mark.slow
def test_borrowed_data_can_be_asked_about_by_a_prompt_of_ones_own(bench, causal_folder):
    films_task(bench.tasks, ("bad", "fair", "good"), rows=30)
    prompt = {"template": "Seen: {{ text }} Then", "choices": list(CHOICES.values())}
    path = films_task(bench.tasks, (), name="again", prompt=False, data={"same_as": "films"})
    path.write_text(path.read_text() + yaml.safe_dump({"prompt": prompt}))
    (outcome,) = bench.run(causal_folder, "again")
    expected = {}
    for number, _, text in rows_of(bench, "films"):
        place = in_words(causal_folder, prompt["template"], prompt["choices"], text)
        expected[number] = list(CHOICES)[place]
    observations = bench.observed(outcome)
    assert observations
    assert {example: each["predicted"] for example, each in observations.items()} == {
        name: expected[name] for name in observations
    }


def tiny_head(folder, base, names, seed=0):
    """A BERT with a random head whose classes are called so."""
    config = BertConfig.from_pretrained(
        base, id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)}
    )
    torch.manual_seed(seed)
    model = BertForSequenceClassification(config).eval()
    torch.nn.init.normal_(model.classifier.weight, std=2.0)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return model


@pytest.mark.parametrize("labels", [("ham", "spam"), ("spam", "ham")])
def test_a_head_is_read_by_the_names_of_its_classes(bench, encoder_folder, tmp_path, labels):
    rows = ham(bench, labels=labels, prompt=False)
    model = tiny_head(tmp_path / "head", encoder_folder, ("spam", "ham"))
    tokenizer = AutoTokenizer.from_pretrained(encoder_folder)
    with torch.no_grad():
        predicted = [("spam", "ham")[model(**tokenizer(text, return_tensors="pt")).logits.argmax()] for _, text in rows]
    (outcome,) = bench.run(tmp_path / "head", "ham")
    assert [each["predicted"] for each in bench.observed(outcome).values()] == predicted


@pytest.mark.slow
def test_a_head_with_its_labels_swapped_is_reported(bench, encoder_folder, tmp_path):
    model = tiny_head(tmp_path / "head", encoder_folder, ("bad", "good"))
    tokenizer = AutoTokenizer.from_pretrained(encoder_folder)
    path = films_task(bench.tasks, ("bad", "fair", "good"), name="two", splits=TEST, prompt=False, rows=60)
    texts = [text for _, _, text in rows_of(bench, "two")]
    apart = torch.tensor([-1.0, 1.0])
    with torch.no_grad():
        margins = [float(model(**tokenizer(text, return_tensors="pt")).logits[0] @ apart) for text in texts]
        middle = np.median(margins)
        model.classifier.bias -= middle / 2 * apart
    model.save_pretrained(tmp_path / "head")
    labels = ["good" if margin > middle else "bad" for margin in margins]
    other = {"good": "bad", "bad": "good"}
    for name, gold in (("right", labels), ("swapped", [other[each] for each in labels])):
        data = bench.tasks / "accuracy" / f"{name}.tsv"
        data.write_text("".join(f"{text[9:12]}{at}\t{gold[at]}\t{text}\n" for at, text in enumerate(texts)))
        content = yaml.safe_load(path.read_text())
        content["name"] = name
        content["data"]["labels"] = ["bad", "good"]
        content["data"]["splits"] = {"test": {"source": {"file": data.name, "sha256": file_digest(data)}}}
        (bench.tasks / "accuracy" / f"{name}.yaml").write_text(yaml.safe_dump(content))
    right, swapped = bench.run(tmp_path / "head", "right", "swapped")
    assert bench.values(right)["accuracy", ""] > 0.9
    assert bench.values(swapped)["accuracy", ""] < 0.1
    notes = [bench.store.evaluation(outcome.plan.identity).notes for outcome in (right, swapped)]
    assert notes[0] == ()
    assert len(notes[1]) == 1
    assert notes[1][0].startswith("worse than chance: are the labels reversed?")


def test_a_sequence_for_other_labels_trains_nothing_for_a_task(bench, encoder_folder, monkeypatch):
    films_task(bench.tasks, ("bad", "fair", "good"))
    monkeypatch.setattr(
        "leaderboard.recipes.trained_subjects.train_or_load", lambda *_: pytest.fail("trained for nothing")
    )
    (outcome,) = bench.run(encoder_folder, "films", recipe="finetune", sequence=["small"])
    assert outcome.status is Status.NOT_MEASURED
    assert "task 'films' has the labels bad, fair, good" in outcome.reason
    assert "answers with negative, positive" in outcome.reason


def test_settings_of_the_recipe_that_is_chosen_go_with_tasks_of_every_kind(bench, encoder_folder):
    people_task(bench.tasks, ("O", "B-PER", "I-PER", "B-LOC"))
    (tagging,) = bench.plans(encoder_folder, "people", epochs=2)
    assert tagging.subject.recipe.recipe == "finetune"
    (probing,) = bench.plans(encoder_folder, "small", c=1.0)
    assert probing.subject.recipe.recipe == "probe"
