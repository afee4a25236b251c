import dataclasses

import pytest
import torch
from transformers import BertConfig
from transformers.modeling_outputs import SequenceClassifierOutput

from leaderboard.backends.kind import ModelKind
from leaderboard.recipes.as_is.heads import HeadClassifier
from leaderboard.recipes.labels import LabelMap


class BagOfEmbeddings(torch.nn.Module):
    """Logits are sums over the embeddings of the tokens; its attention looks at the token before the last alone."""

    base_model_prefix = "no_body"

    def __init__(self, vocabulary, width=4):
        super().__init__()
        self.table = torch.nn.Embedding(vocabulary, width)
        self.head = torch.nn.Linear(width, 2, bias=False)
        self.config = BertConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=width,
        )
        self.config._attn_implementation = "eager"
        with torch.no_grad():
            self.table.weight *= 0.3

    def get_input_embeddings(self):
        return self.table

    def set_input_embeddings(self, table):
        self.table = table

    def get_output_embeddings(self):
        return None

    def forward(self, input_ids=None, attention_mask=None, inputs_embeds=None, output_attentions=False):
        states = self.table(input_ids) if inputs_embeds is None else inputs_embeds
        length = states.shape[1]
        attention = torch.zeros(len(states), 2, length, length)
        attention[..., -2] = 1.0
        return SequenceClassifierOutput(
            logits=self.head((states * attention_mask[..., None]).sum(1)),
            attentions=(attention, attention) if output_attentions else None,
        )


@pytest.fixture
def bag(encoder):
    """The tiny encoder's tokenizer with a linear model, without a baseline embedding for masked tokens."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = BagOfEmbeddings(len(encoder.tokenizer)).eval().requires_grad_(requires_grad=False)
    with torch.no_grad():
        module.table.weight[encoder.tokenizer.mask_token_id] = 0.0
    return dataclasses.replace(encoder, module=module, kind=ModelKind.CLASSIFIER, identity="bag of embeddings")


@pytest.fixture
def classifier(bag, engine):
    return HeadClassifier(engine, bag, LabelMap(("no", "yes"), (0, 1)))


def weights_of(model, words):
    """Weight × input of each word, in log-odds of the second class."""
    direction = model.module.head.weight[1] - model.module.head.weight[0]
    by_token = (model.module.table.weight @ direction).tolist()
    return [sum(by_token[token] for token in model.tokenizer.encode(each, add_special_tokens=False)) for each in words]
