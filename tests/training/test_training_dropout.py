import pytest
from transformers import BertConfig, DistilBertConfig, GPT2Config, T5Config

from leaderboard.errors import RequestError
from leaderboard.training.dropout import set_dropout


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (BertConfig(), ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout")),
        (DistilBertConfig(), ("dropout", "attention_dropout", "seq_classif_dropout")),
        (GPT2Config(), ("resid_pdrop", "embd_pdrop", "attn_pdrop")),
        (T5Config(), ("dropout_rate",)),
    ],
)
def test_every_dropout_of_a_model_is_set(config, names):
    set_dropout(config, 0.25)
    assert [getattr(config, name) for name in names] == [0.25] * len(names)


def test_nothing_else_is_set():
    config = BertConfig()
    before = config.to_dict()
    set_dropout(config, 0.25)
    changed = {name for name, value in config.to_dict().items() if before[name] != value}
    assert changed == {"hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"}


def test_model_without_dropout_is_refused():
    class Bare:
        model_type = "bare"

        def to_dict(self):
            return {"hidden_size": 8}

    with pytest.raises(RequestError, match=r"recipe.dropout 0.25: a model of type 'bare' has no dropout"):
        set_dropout(Bare(), 0.25)
