"""Knowledge: facts from outside the model beside each question or text."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.data.examples import ChoiceExample, ReferenceExample, RunningText, TextExample
from leaderboard.errors import RequestError
from leaderboard.knowledge.fact_finder import FactFinder
from leaderboard.knowledge.knowledge_base import FactSearch, KnowledgeBase, open_knowledge
from leaderboard.knowledge.registry import retriever, retrievers
from leaderboard.mitigations.levers import Extra, Searched
from leaderboard.mitigations.ranges import Whole, choice
from leaderboard.mitigations.stages import InputMitigation

if TYPE_CHECKING:
    from leaderboard.backends.model import Model
    from leaderboard.training.preparation import Preparation
    from leaderboard.training.target import Target

_MOST = 8
_READ = (TextExample, ChoiceExample, ReferenceExample)
"""Examples that can have facts."""


def _known(name: str) -> str:
    if name not in retrievers():
        raise ValueError(f"unknown retriever '{name[:100]}'; known: {', '.join(retrievers())}")
    return name


class Knowledge(InputMitigation):
    """Give the model facts that are found for each question: before a prompt, behind a text that is learned from.

    Facts are searched for anew with every answer, and the time counts. Solved examples of a prompt have their own.

    Attributes:
        facts: number of facts for each question, from 0 to 8.
        knowledge: knowledge base: a .tsv, .json or .jsonl of triples, a folder of texts, or `wordnet`; paths are
            relative to the working directory.
        retriever: method that finds facts: `bm25`, `entities` that the question names, `dense`, or `random` as control.
        encoder: model that embeds questions and facts for `dense`, named as for --model.
        query_choices: whether the choices of a question are part of the search.
    """

    name = "knowledge"
    axes = (Axis.ACCURACY, Axis.LATENCY)
    source = "Lewis et al. 2020 (retrieval-augmented generation); Baek et al. 2023 (KAPING: triples before a question)"

    facts: Annotated[
        int,
        Field(ge=0, le=_MOST),
        Searched(
            Whole(low=0, high=_MOST),
            "facts for each question (needs `knowledge`)",
            needs="knowledge",
            extra=(Extra("knowledge", "FILE", "where facts are found; searches facts"),),
        ),
    ] = 0
    knowledge: str = ""
    retriever: Annotated[
        str,
        AfterValidator(_known),
        Searched(
            choice(["bm25", "entities"]),
            "how facts are found (facts)",
            extra=(Extra("encoder", "REF", "embeds texts: adds dense to retriever", choices=("dense",)),),
            when_named=True,
        ),
    ] = "bm25"
    encoder: str = ""
    query_choices: Annotated[
        bool, Searched(choice([False, True]), "search by the choices, too (facts)", when_named=True)
    ] = False

    @model_validator(mode="after")
    def _settings_go_together(self) -> "Knowledge":
        if self.facts and not self.knowledge:
            raise ValueError("facts needs `knowledge`, where they are found: a file of triples, a folder or wordnet")
        if self.knowledge and not self.facts:
            raise ValueError(f"knowledge has no effect without `facts`, from 1 to {_MOST}; leave it out for none")
        if self.facts and retriever(self.retriever).needs_encoder and not self.encoder:
            raise ValueError(f"retriever {self.retriever} needs `encoder`, a model that embeds texts")
        return self

    @property
    def models(self) -> tuple[str, ...]:
        """Return the encoder, where it is used."""
        return (self.encoder,) if retriever(self.retriever).needs_encoder else ()

    @property
    def contents(self) -> Mapping[str, str]:
        """Return the digest of the facts."""
        return {self.knowledge: open_knowledge(self.knowledge).digest}

    def check(self, target: "Target") -> None:
        """Check that facts fit the examples of the task, and that the retriever fits them."""
        example = target.example
        if example is not None and (not issubclass(example, _READ) or issubclass(example, RunningText)):
            raise RequestError(
                f"recipe.facts: task '{target.task.name}' has no questions or texts with an answer, which could "
                "have facts\n  Leave it out."
            )
        open_knowledge(self.knowledge).check(retriever(self.retriever))

    def finder(self, preparation: "Preparation") -> FactFinder:
        """Return the search for facts, with the encoder of the preparation."""
        encoder = preparation.models[self.encoder] if self.models else None
        search = _search(open_knowledge(self.knowledge), self.retriever, encoder)
        return FactFinder(search, self.facts, self.query_choices)


@lru_cache(maxsize=2)  # several subjects search the same facts
def _search(base: KnowledgeBase, name: str, encoder: "Model | None") -> FactSearch:
    return base.indexed(retriever(name), encoder)
