"""Sources of facts: what they read, and the messages about what they do not."""

import json
import os

import pytest

from leaderboard.errors import RequestError
from leaderboard.knowledge.fact import Fact
from leaderboard.knowledge.knowledge_base import open_knowledge
from leaderboard.knowledge.registry import knowledge_sources, source_of
from leaderboard.knowledge.sources.text_folder import passages
from leaderboard.knowledge.sources.wordnet import definitions

PARIS = Fact(entity="Paris", relation="capital of", value="France")
ROME = Fact(entity="Rome", relation="capital of", value="Italy")


def facts(path, text):
    path.write_text(text, encoding="utf-8")
    return list(open_knowledge(str(path)).facts)


def test_a_fact_is_written_as_a_triple_an_entry_or_a_passage():
    assert PARIS.text == "(Paris, capital of, France)"
    assert Fact(entity="dog", value="an animal").text == "dog: an animal"
    assert Fact("Water boils.").text == "Water boils."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tsv", "Paris\tcapital of\tFrance\nRome\tcapital of\tItaly\n"),
        ("a.tsv", "\ufeffEntity\tRelation\tValue\r\nParis\tcapital of\tFrance\r\n\r\nRome\tcapital of\tItaly"),
        ("a.jsonl", '["Paris", "capital of", "France"]\n["Rome", "capital of", "Italy"]\n'),
        ("a.json", '[["Paris", "capital of", "France"], ["Rome", "capital of", "Italy"]]'),
        ("a.json", '{"answer": "Paris ||| capital of ||| France"}\n{"answer": "Rome ||| capital of ||| Italy"}'),
        (
            "a.json",
            (
                '[{"subject": "Paris", "predicate": "capital of", "object": "France"},\n'
                '{"head": "Rome", "relation": "capital of", "tail": "Italy"}]'
            ),
        ),
    ],
)
def test_triples_are_read_from_each_form_of_file(tmp_path, name, text):
    assert facts(tmp_path / name, text) == [PARIS, ROME]


def test_a_list_of_three_texts_is_one_triple(tmp_path):
    assert facts(tmp_path / "a.json", '["Paris", "capital of", "France"]') == [PARIS]


def test_a_triple_that_occurs_twice_counts_once(tmp_path):
    assert facts(tmp_path / "a.tsv", "Paris\tcapital of\tFrance\n" * 2) == [PARIS]


def test_numbers_are_values(tmp_path):
    assert facts(tmp_path / "a.jsonl", '["Paris", "people", 2100000]')[0].value == "2100000"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.tsv", "Paris\tcapital of\tFrance\nRome\tItaly\n", "line 2: 2 values between tabs, not 3"),
        ("a.tsv", "Paris\t\tFrance\n", "line 1: 2 values between tabs, not 3"),
        ("a.jsonl", '["Paris", "capital of", "France"]\n{"a": 1}', "line 2: not a triple"),
        ("a.jsonl", '["Paris", "capital of"]', "not a triple"),
        ("a.jsonl", '["Paris", "capital of", null]', "not a triple"),
        ("a.jsonl", '{"answer": "Paris ||| France"}', "not a triple"),
        ("a.jsonl", '["Paris", ', "line 1: not JSON"),
        ("a.json", "[[", "not JSON"),
        ("a.tsv", "", "no facts"),
        ("a.json", "[]", "no facts"),
    ],
)
def test_what_is_no_triple_is_refused_with_its_place(tmp_path, name, text, message):
    with pytest.raises(RequestError, match=message):
        facts(tmp_path / name, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RequestError, match=r"recipe.knowledge .*gone.tsv: cannot be read: no such file"):
        open_knowledge(str(tmp_path / "gone.tsv"))


def test_what_no_source_reads_is_refused_with_the_valid_forms(tmp_path):
    with pytest.raises(RequestError, match="no such folder") as error:
        open_knowledge(str(tmp_path / "gone"))
    for source in knowledge_sources().values():
        assert source.form in str(error.value)


def test_a_folder_called_as_a_source_is_asked_about(tmp_path, monkeypatch):
    (tmp_path / "wordnet").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match=r"write \./wordnet"):
        source_of("wordnet")
    assert source_of("./wordnet").name == "texts"


def test_a_folder_is_read_by_paragraphs_in_the_order_of_its_paths(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.txt").write_text("Water\nboils.\n\n\nIce melts.")
    (tmp_path / "sub" / "c.md").write_text("Snow falls.")
    (tmp_path / "a.csv").write_text("no text")
    assert [fact.value for fact in open_knowledge(str(tmp_path)).facts] == ["Water boils.", "Ice melts.", "Snow falls."]


def test_a_folder_without_texts_is_refused(tmp_path):
    with pytest.raises(RequestError, match="the folder has no texts"):
        open_knowledge(str(tmp_path))


@pytest.mark.parametrize("words", ["word " * 250, "字" * 250])
def test_a_long_paragraph_becomes_passages_of_a_hundred_words(words):
    lengths = [len(passage.split()) if " " in passage else len(passage) for passage in passages(words)]
    assert lengths == [100, 100, 50]


def test_facts_are_read_again_when_a_file_changes(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("Paris\tcapital of\tFrance")
    before = open_knowledge(str(path))
    assert open_knowledge(str(path)) is before
    path.write_text("Rome\tcapital of\tItaly")
    os.utime(path, ns=(1, 1))
    assert open_knowledge(str(path)).digest != before.digest


def test_a_copy_in_another_form_has_the_same_digest(tmp_path):
    (tmp_path / "a.tsv").write_text("Paris\tcapital of\tFrance")
    (tmp_path / "b.json").write_text(json.dumps([["Paris", "capital of", "France"]]))
    assert len({open_knowledge(str(tmp_path / name)).digest for name in ("a.tsv", "b.json")}) == 1


def test_definitions_of_a_word_come_by_frequency_and_without_examples():
    index = "ice%1:27:00:: 00000001 2 3\nice%1:13:00:: 00000002 1 9\nice_age%1:28:00:: 00000003 1 0\n"
    nouns = (
        '  1 licence\n00000001 27 n 01 ice 0 000 | water frozen in the solid state; "it melted"  \n'
        "00000002 13 n 01 ice 1 000 | frozen dessert  \n00000003 28 n 01 ice_age 0 000 | a cold period  \n"
    )
    meanings = {"data.noun": nouns, "data.verb": "", "data.adj": "", "data.adv": ""}
    assert [fact.text for fact in definitions(index, meanings)] == [
        "ice: frozen dessert",
        "ice: water frozen in the solid state",
        "ice age: a cold period",
    ]
