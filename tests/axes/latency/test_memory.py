import dataclasses

import numpy as np
import pytest
from transformers import BertConfig, BertModel

from leaderboard.axes.latency.memory import peak_memory
from leaderboard.errors import NotMeasurableError

MIB = 2**20


def test_peak_memory_holds_the_weights_and_nothing_of_this_process(llama, tmp_path):
    module = BertModel(BertConfig(vocab_size=30_000, hidden_size=256, num_hidden_layers=2, num_attention_heads=4))
    module.save_pretrained(tmp_path)
    weights = 4 * sum(tensor.numel() for tensor in module.parameters())
    assert weights > 40 * MIB
    ballast = np.ones(600 * MIB, dtype=np.uint8)
    peak = peak_memory(dataclasses.replace(llama, folder=tmp_path, module=module, max_length=512), threads=1)
    assert weights < peak < weights + 200 * MIB < ballast.nbytes


@pytest.mark.parametrize(
    ("said", "told"),
    [("Traceback …\nOSError: no weights", "failed: OSError: no weights"), ("", "failed: exit code 3")],
)
def test_a_process_that_fails_is_told_by_its_last_words(llama, tmp_path, monkeypatch, said, told):
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\nprintf '{said}' >&2\nexit 3\n")
    script.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(script))
    with pytest.raises(NotMeasurableError, match=told):
        peak_memory(llama, threads=1)


def test_memory_of_a_model_that_reads_less_is_not_measurable(llama):
    with pytest.raises(NotMeasurableError, match="reads at most 64 tokens"):
        peak_memory(dataclasses.replace(llama, max_length=64), threads=1)
