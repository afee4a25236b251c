import logging
import sqlite3
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from leaderboard.backends.local.engine.answer_cache import AnswerCache, answer_key
from leaderboard.backends.local.engine.batching import Row
from leaderboard.backends.local.engine.engine import Engine, row_key
from leaderboard.backends.local.engine.features import Features
from leaderboard.backends.local.engine.scoring import loglikelihoods

REQUESTS = [("The film was", " dull"), ("The film was", " a wonderful surprise"), ("Nobody", " laughed")]
VALUE = np.array([1.5, -2.25], dtype=np.float32)
KEY = answer_key("test", (1, 2))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "answers"


def file_in(folder):
    (path,) = folder.glob("*.sqlite")
    return path


def computed(folder, model, ask):
    """How many rows the engine ran, with a memory as a new process would have it."""
    rows = []
    engine = Engine(torch.device("cpu"), 1, lambda _what, done, _total: rows.append(done), AnswerCache(folder))
    engine.tree_readers[model.module] = True
    ask(engine, model)
    return sum(rows)


def scoring(requests=tuple(REQUESTS)):
    return lambda engine, model: loglikelihoods(engine, model, requests)


def test_what_was_kept_is_recalled_by_another_process(folder, causal):
    AnswerCache(folder).keep(causal, {KEY: VALUE})
    recalled = AnswerCache(folder).recall(causal, [KEY, answer_key("test", (2, 1))])
    assert list(recalled) == [KEY]
    assert recalled[KEY].tolist() == VALUE.tolist()


def test_without_a_folder_nothing_is_remembered(causal):
    answers = AnswerCache()
    answers.keep(causal, {KEY: VALUE})
    assert answers.recall(causal, [KEY]) == {}


def test_more_keys_than_a_query_can_name_are_recalled(folder, causal):
    kept = {answer_key("test", (number,)): np.array([number], dtype=np.float32) for number in range(1203)}
    answers = AnswerCache(folder)
    answers.keep(causal, kept)
    assert {key: float(value[0]) for key, value in answers.recall(causal, list(kept)).items()} == {
        key: float(value[0]) for key, value in kept.items()
    }


@pytest.mark.parametrize(
    "other",
    [
        answer_key("tests", (1, 2)),
        answer_key("test", (1,), (2,)),
        answer_key("test", (1, 2), ()),
        answer_key("test", (2, 1)),
    ],
)
def test_keys_differ_by_kind_tokens_and_ends_of_parts(other):
    assert other != KEY


def test_asking_again_computes_nothing_and_says_the_same(folder, causal):
    assert computed(folder, causal, scoring()) > 0
    assert computed(folder, causal, scoring()) == 0
    fresh = loglikelihoods(Engine(torch.device("cpu"), 1), causal, REQUESTS)
    kept = loglikelihoods(Engine(torch.device("cpu"), 1, answers=AnswerCache(folder)), causal, REQUESTS)
    assert kept == pytest.approx(fresh, abs=1e-4)


def test_what_must_not_be_remembered_is_computed_again(folder, causal):
    computed(folder, causal, scoring())
    again = computed(folder, causal, lambda engine, model: loglikelihoods(engine, model, REQUESTS, remember=False))
    assert again > 0


def test_features_are_remembered_too(folder, encoder):
    def ask(engine, model):
        Features(engine, model, max_length=64).of(["Dull.", "The film was a surprise."])

    assert computed(folder, encoder, ask) == 2
    assert computed(folder, encoder, ask) == 0


def test_features_cut_elsewhere_are_other_features(folder, encoder):
    text = "The film was a wonderful surprise and I would watch it again."
    computed(folder, encoder, lambda engine, model: Features(engine, model, max_length=64).of([text]))
    assert computed(folder, encoder, lambda engine, model: Features(engine, model, max_length=5).of([text])) == 1


def with_bos(model):
    tokenizer = AutoTokenizer.from_pretrained(model.folder)
    tokenizer.bos_token = "!"
    return replace(model, tokenizer=tokenizer)


@pytest.mark.parametrize(
    "swapped",
    [
        pytest.param(lambda model: replace(model, identity="another revision, dtype or adapter"), id="weights"),
        pytest.param(with_bos, id="bos"),
    ],
)
def test_another_model_or_bos_is_another_question(folder, causal, swapped):
    whole = scoring((("", "The film was dull"),))
    computed(folder, causal, whole)
    assert computed(folder, causal, whole) == 0
    assert computed(folder, swapped(causal), whole) == 1


def test_another_kind_of_device_is_another_question(folder, causal):
    computed(folder, causal, scoring())
    assert AnswerCache(folder).recall(replace(causal, device=torch.device("meta")), [KEY]) == {}
    assert len(list(folder.glob("*.sqlite"))) == 2


def test_another_version_of_the_engine_asks_again(folder, causal, monkeypatch):
    computed(folder, causal, scoring())
    monkeypatch.setattr("leaderboard.backends.local.engine.answer_cache.SHARED_CODE", -1)
    assert computed(folder, causal, scoring()) > 0


def test_another_template_is_another_question(folder, causal):
    computed(folder, causal, scoring())
    assert computed(folder, causal, scoring((("Review: the film was", " dull"),))) == 1


def garbage(path):
    path.write_bytes(b"this is no database" * 100)


def truncated(path):
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def flipped(path):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE answer SET value = CAST(x'7f' || substr(value, 2) AS BLOB)")


def emptied(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [garbage, truncated, flipped])
def test_a_damaged_file_is_made_anew_with_one_warning(folder, causal, caplog, damage):
    answers = {answer_key("test", (number,)): np.full(200, number, dtype=np.float32) for number in range(200)}
    keeper = AnswerCache(folder)
    keeper.keep(causal, answers)
    keeper.close()
    damage(file_in(folder))
    with caplog.at_level(logging.WARNING):
        again = AnswerCache(folder)
        assert again.recall(causal, list(answers)) == {}
        again.keep(causal, answers)
        assert set(again.recall(causal, list(answers))) == set(answers)
    assert [record.message for record in caplog.records if "damaged" in record.message] == [
        record.message for record in caplog.records
    ]
    assert len(caplog.records) == 1
    assert set(AnswerCache(folder).recall(causal, list(answers))) == set(answers)


def test_an_emptied_file_is_filled_again(folder, causal):
    folder.mkdir()
    opened = AnswerCache(folder)
    opened.recall(causal, [KEY])
    opened.close()
    emptied(file_in(folder))
    AnswerCache(folder).keep(causal, {KEY: VALUE})
    assert KEY in AnswerCache(folder).recall(causal, [KEY])


def test_a_folder_that_cannot_be_made_is_done_without_and_told_once(tmp_path, causal, caplog):
    (tmp_path / "file").write_text("in the way")
    answers = AnswerCache(tmp_path / "file" / "answers")
    with caplog.at_level(logging.WARNING):
        answers.keep(causal, {KEY: VALUE})
        assert answers.recall(causal, [KEY]) == {}
    assert len(caplog.records) == 1
    assert "is not used in this run" in caplog.records[0].message


def test_every_batch_is_on_disk_before_the_next_begins(folder, causal, monkeypatch):
    """As many answers are kept as batches were computed, whenever the process ends."""
    from leaderboard.backends.local.engine.batching import BatchBudget

    monkeypatch.setattr("leaderboard.backends.local.engine.engine.budget_of", lambda *_: BatchBudget(tokens=1, reads=1))
    counts = []

    def look(_what, _done, _total):
        with sqlite3.connect(file_in(folder)) as connection:
            counts.append(connection.execute("SELECT count(*) FROM answer").fetchone()[0])

    engine = Engine(torch.device("cpu"), 1, look, AnswerCache(folder))
    engine.tree_readers[causal.module] = False
    loglikelihoods(engine, causal, REQUESTS)
    assert counts == [0, 1, 2]


@pytest.fixture
def typed(encoder):
    """A model whose tokenizer names types of tokens, as BERT's does."""
    tokenizer = AutoTokenizer.from_pretrained(encoder.folder)
    tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    return replace(encoder, tokenizer=tokenizer)


PAIR = ("The film", "a wonderful surprise")
WRITTEN = "The film [SEP] a wonderful surprise"


def plainly(model, *texts):
    """The mean of the last hidden states, as transformers computes it of one text or pair."""
    inputs = model.tokenizer(*texts, return_tensors="pt")
    with torch.no_grad():
        return model.body(**inputs).last_hidden_state[0].mean(0).double().numpy()


@pytest.mark.parametrize("order", [(PAIR, WRITTEN), (WRITTEN, PAIR)], ids=["pair-first", "template-first"])
def test_a_pair_and_a_template_with_the_same_tokens_get_their_own_answers(folder, typed, order):
    assert typed.tokenizer(*PAIR).input_ids == typed.tokenizer(WRITTEN).input_ids
    for text in order:  # each as a new process would ask, then both in one call
        engine = Engine(torch.device("cpu"), 1, answers=AnswerCache(folder))
        (vector,) = Features(engine, typed, max_length=64).of([text])
        assert vector == pytest.approx(plainly(typed, *([text] if isinstance(text, str) else text)), abs=1e-5)
    one, other = Features(Engine(torch.device("cpu"), 1), typed, max_length=64).of([PAIR, WRITTEN])
    assert one == pytest.approx(plainly(typed, *PAIR), abs=1e-5)
    assert other == pytest.approx(plainly(typed, WRITTEN), abs=1e-5)
    assert np.abs(one - other).max() > 1e-3


def test_another_tokenizer_of_the_same_weights_shares_no_features(typed, encoder):
    engine = Engine(torch.device("cpu"), 1)
    (untyped,) = Features(engine, encoder, max_length=64).of([PAIR])
    (vector,) = Features(engine, typed, max_length=64).of([PAIR])
    assert vector == pytest.approx(plainly(typed, *PAIR), abs=1e-5)
    assert np.abs(vector - untyped).max() > 1e-3


@pytest.mark.parametrize("name", [field.name for field in fields(Row)])
def test_every_field_of_a_row_is_part_of_its_key(name):
    row = Row((1, 2, 3))
    other = {"ids": (1, 2, 4), "reads": ((0, 1),), "branch": (0, 1, 2), "second": 2}
    changed = replace(row, **{name: other.get(name, (7,))})  # a field that is new here is a sequence of numbers
    assert row_key("test", changed) != row_key("test", row)


def test_what_cannot_be_part_of_a_key_is_refused():
    with pytest.raises(TypeError):
        row_key("test", replace(Row((1,)), ids=("language",)))
