import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.backends.local.engine import logits, tree_trial
from leaderboard.backends.local.engine.batching import BatchBudget, Batcher
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.engine.token_trees import Tree, common_beginning, keeps_keys_and_values, model_inputs

HEADER = "Review: a great story. Sentiment: positive\nReview: dull and worse. Sentiment: negative\n" * 2
CHOICES = (" a wonderful surprise", " a wonderful bore", " dull", " the best answer to the question")
REQUESTS = [(f"{start} was", choice) for start in ("The film", "The plot of it", "Nobody") for choice in CHOICES]
SHOTS = [(HEADER + context, choice) for context, choice in REQUESTS]


@pytest.fixture
def tokens(monkeypatch):
    """How many tokens, padding included, were given to the model."""
    sizes = []
    lay_out = Batcher._lay_out

    def counting(self, rows, *, packed):
        batch = lay_out(self, rows, packed=packed)
        sizes.append(batch.input_ids.numel())
        return batch

    monkeypatch.setattr(Batcher, "_lay_out", counting)
    return sizes


def plainly(engine, model, requests):
    """Scores by one plain row a continuation."""
    engine.tree_readers[model.module] = False
    scores = loglikelihoods(engine, model, requests)
    del engine.tree_readers[model.module]
    return scores


@pytest.mark.parametrize("requests", [REQUESTS, SHOTS], ids=["zero-shot", "few-shot"])
def test_trees_score_as_plain_rows_do(engine, causal, requests):
    expected = plainly(engine, causal, requests)
    assert loglikelihoods(engine, causal, requests) == pytest.approx(expected, abs=1e-4)
    assert engine.tree_readers[causal.module]


def test_a_context_is_computed_once_for_all_its_continuations(engine, causal, tokens):
    plainly(engine, causal, REQUESTS)
    apart = sum(tokens)
    loglikelihoods(engine, causal, REQUESTS[:1])
    tree_trial.reads_trees(engine, causal)
    tokens.clear()
    loglikelihoods(engine, causal, REQUESTS)
    assert sum(tokens) < 0.7 * apart


def test_a_shared_header_is_computed_once_for_all_contexts(engine, causal, tokens):
    tree_trial.reads_trees(engine, causal)
    loglikelihoods(engine, causal, REQUESTS)
    without = sum(tokens)
    tokens.clear()
    loglikelihoods(engine, causal, SHOTS)
    assert sum(tokens) < 2 * without


def test_a_model_that_reads_trees_wrongly_gets_plain_rows(engine, causal, monkeypatch):
    """Its masks are ignored: every token sees all before it."""
    expected = plainly(engine, causal, SHOTS)

    def ignoring(batch, prefix, dtype):
        inputs = model_inputs(batch, prefix, dtype)
        if "position_ids" in inputs:
            inputs["attention_mask"] = torch.zeros_like(inputs["attention_mask"])
        return inputs

    monkeypatch.setattr(logits, "model_inputs", ignoring)
    assert loglikelihoods(engine, causal, SHOTS) == pytest.approx(expected, abs=1e-4)
    assert not engine.tree_readers[causal.module]


def test_a_model_is_tried_once(engine, causal, monkeypatch):
    loglikelihoods(engine, causal, SHOTS)
    monkeypatch.setattr(tree_trial, "_agrees", lambda *_: pytest.fail("tried again"))
    loglikelihoods(engine, causal, SHOTS[:6])


def test_the_same_request_twice_has_the_same_score(engine, causal):
    scores = loglikelihoods(engine, causal, [SHOTS[0], SHOTS[1], SHOTS[0]])
    assert scores[0] == scores[2]


def tree(*continuations, stem=(1, 2, 3)):
    return Tree(stem, list(continuations))


def test_a_tree_lays_its_branches_side_by_side():
    row = tree((7, 8), (7, 9), (5, 6, 4)).row()
    assert row.ids == (1, 2, 3, 7, 5, 6)
    assert row.branch == (0, 0, 0, 1, 2, 2)
    assert row.reads == ((2, 7), (3, 8), (2, 7), (3, 9), (2, 5), (4, 6), (5, 4))


def test_continuations_of_one_token_need_no_branch():
    row = tree((7,), (8,)).row()
    assert row.ids == (1, 2, 3)
    assert row.branch == ()
    assert row.reads == ((2, 7), (2, 8))


def test_a_single_branch_is_ordinary_text():
    row = tree((7, 8, 9)).row()
    assert row.ids == (1, 2, 3, 7, 8)
    assert row.branch == ()


def test_behind_a_prefix_only_the_rest_of_the_stem_is_laid_out():
    row = tree((7, 8)).row(skip=2)
    assert row.ids == (3, 7)
    assert row.reads == ((0, 7), (1, 8))


def test_apart_each_branch_has_a_row_of_its_own():
    assert [part.row().ids for part in tree((7, 8), (7, 9), (5, 6)).apart()] == [(1, 2, 3, 7), (1, 2, 3, 5)]


SENTENCES = tuple((5, *divmod(number, 50), 6) for number in range(2000))


@pytest.mark.parametrize(("stem", "most"), [((1,), 60), ((1,) * 100, 800), ((1,) * 700, 2100)])
def test_rows_of_many_continuations_are_bounded_whatever_the_budget(stem, most):
    parts = list(tree(*SENTENCES, stem=stem).within(100_000))
    assert max(len(part.row().ids) for part in parts) <= most
    assert sorted(one for part in parts for one in part.continuations) == sorted(SENTENCES)


def test_rows_keep_to_the_budget_of_tokens():
    parts = list(tree(*SENTENCES, stem=(1,) * 100).within(250))
    assert max(len(part.row().ids) for part in parts) <= 250
    beyond = list(tree(*SENTENCES[:100], stem=(1,) * 100).within(50))
    assert max(len(part.row().ids) for part in beyond) <= 200  # as much again as the stem, which each must have


def test_a_few_choices_behind_a_context_stay_in_one_row():
    assert len(list(tree((7, 8), (7, 9), (5, 6, 4), (3,), (2,), stem=(1,) * 30).within(640))) == 1


def test_memory_grows_with_the_sentences_and_not_with_their_square(engine, causal, monkeypatch):
    cells = []

    def counted(batch, prefix, dtype):
        inputs = model_inputs(batch, prefix, dtype)
        cells.append(inputs["attention_mask"].numel())
        return inputs

    monkeypatch.setattr(logits, "model_inputs", counted)
    requests = [("", f"The film was {number} and the plot was {number + 1}") for number in range(1200)]
    expected = plainly(engine, causal, requests[:40])
    scores = loglikelihoods(engine, causal, requests)
    assert scores[:40] == pytest.approx(expected, abs=1e-4)
    assert max(cells) <= engine.budget(causal).cells


def laid_out(*rows, packed):
    return Batcher(BatchBudget(100, 100), torch.device("cpu"))._lay_out(rows, packed=packed)


def test_each_token_sees_the_stem_and_its_own_branch():
    batch = laid_out(tree((7, 8, 9), (5, 6), stem=(1, 2)).row(), tree((7,), stem=(1,)).row(), packed=False)
    inputs = model_inputs(batch, None, torch.float32)
    sees = (inputs["attention_mask"][0, 0] == 0).int().tolist()
    assert sees == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 1]]
    assert inputs["position_ids"][0].tolist() == [0, 1, 2, 3, 2]


def test_rows_in_one_line_do_not_see_each_other():
    batch = laid_out(tree((7,), stem=(1, 2)).row(), tree((7,), stem=(3,)).row(), packed=True)
    assert batch.input_ids.tolist() == [[1, 2, 3]]
    inputs = model_inputs(batch, None, torch.float32)
    assert (inputs["attention_mask"][0, 0] == 0).int().tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert inputs["position_ids"][0].tolist() == [0, 1, 0]


stems = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple), min_size=1, max_size=6)


@given(stems)
def test_a_common_beginning_is_common_and_leaves_every_stem_a_token(stems):
    shared = common_beginning(stems)
    assert len({stem[:shared] for stem in stems}) == 1
    assert all(len(stem) > shared for stem in stems)


@given(st.lists(st.integers(0, 2), max_size=4).map(tuple), stems)
def test_a_common_beginning_is_as_long_as_can_be(beginning, stems):
    longer = [beginning + stem for stem in [*stems, (8,), (9,)]]
    assert common_beginning(longer) == len(beginning)


def test_an_encoder_keeps_no_keys_and_values(encoder, causal):
    assert not keeps_keys_and_values(encoder, [1, 2, 3])
    assert keeps_keys_and_values(causal, [1, 2, 3])
