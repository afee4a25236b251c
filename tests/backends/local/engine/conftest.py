from dataclasses import replace

import pytest


@pytest.fixture(scope="session")
def bos(causal):
    """The same weights with a tokenizer that puts BOS before every text."""
    from tokenizers import processors
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(causal.folder)
    first = tokenizer.bos_token
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A", special_tokens=[(first, tokenizer.bos_token_id)]
    )
    return replace(causal, tokenizer=tokenizer)


@pytest.fixture(scope="session")
def peer():
    """lm-evaluation-harness's reader of the same model: what our numbers are checked against."""
    HFLM = pytest.importorskip("lm_eval.models.huggingface").HFLM  # noqa: N806

    def wrapped(model):
        from transformers import AutoTokenizer

        # It gives a tokenizer without a padding token one: ours stays as it is.
        tokenizer = AutoTokenizer.from_pretrained(model.folder)
        tokenizer.backend_tokenizer.post_processor = model.tokenizer.backend_tokenizer.post_processor
        return HFLM(
            pretrained=model.module, tokenizer=tokenizer, batch_size=1, device="cpu", max_length=model.max_length
        )

    return wrapped
