from types import SimpleNamespace

import numpy as np
import pytest
import torch

from leaderboard.backends.local.engine.attribution import gradient_times_input, sum_by_word, words_of_tokens
from leaderboard.backends.local.engine.text_scores import TextScores


def test_gradient_times_input_agrees_with_finite_differences(encoder):
    """d/ds score(s · embedding of token i) at s = 1 is gradient × input of token i."""
    ids = encoder.tokenizer.encode("The film was dull")
    model = encoder.module.double()
    try:

        def score(output, _mask):
            return output.last_hidden_state[0].pow(3).sum()

        (saliency,) = gradient_times_input(encoder, [ids], score, headless=True)
        embeddings = model.get_input_embeddings()(torch.tensor([ids])).detach()
        step = 1e-5
        for position in range(len(ids)):
            values = []
            for sign in (1, -1):
                scaled = embeddings.clone()
                scaled[0, position] *= 1 + sign * step
                with torch.no_grad():
                    values.append(float(score(model(inputs_embeds=scaled), None)))
            assert saliency[position] == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4, abs=1e-5)
    finally:
        encoder.module.float()


def test_rows_of_different_length_keep_their_own_tokens(encoder):
    short, long = [1, 2, 3], [1, 2, 3, 4, 5]
    both = gradient_times_input(
        encoder,
        [short, long],
        lambda output, mask: (output.last_hidden_state * mask[..., None]).pow(2).sum(),
        headless=True,
    )
    assert [len(row) for row in both] == [3, 5]


def test_attribution_leaves_no_gradient_on_the_weights(encoder):
    gradient_times_input(encoder, [[1, 2, 3]], lambda output, _mask: output.last_hidden_state.sum(), headless=True)
    assert all(parameter.grad is None for parameter in encoder.module.parameters())


def test_a_token_belongs_to_the_word_under_its_last_character():
    # "So dull": a byte-level tokenizer gives "So", " du", "ll"; the space is part of " du"
    assert words_of_tokens([(0, 0), (0, 2), (2, 5), (5, 7), (0, 0)], ["So", "dull"], 0) == [None, 0, 1, 1, None]


def test_tokens_of_the_prompt_belong_to_no_word():
    # "Q: So dull A"
    assert words_of_tokens([(0, 2), (2, 5), (5, 10), (10, 12)], ["So", "dull"], 3) == [None, 0, 1, None]


def test_saliency_is_summed_by_word():
    assert np.array_equal(sum_by_word(np.array([9.0, 1.0, 2.0, 3.0]), [None, 0, 1, 1], 3), [1.0, 5.0, 0.0])


@pytest.mark.parametrize(
    ("owners", "too_many", "first_word", "expected"),
    [
        ([None, 2, 3, 5, None], 0, 0, range(6)),  # tokens of several characters belong to their last one
        ([1, 3, 5, None], 2, 0, range(4, 6)),
        ([1, 1, 2, None], 1, 0, range(1, 3)),  # of word 1 its end is read
        ([4, 5, None], 0, 3, range(3, 6)),  # the rows begin behind word 2
        ([None, None], 0, 0, range(0)),
    ],
)
def test_words_under_a_token_are_read(owners, too_many, first_word, expected):
    scores = TextScores(
        model=SimpleNamespace(max_length=10),
        rows=[[0] * (10 + too_many)],
        log_probabilities=None,
        owners=owners,
        n_words=6,
        read_at=[0],
        first_word=first_word,
    )
    assert scores.words_read == expected
