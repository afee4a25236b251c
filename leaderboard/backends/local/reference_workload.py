"""The fixed workload that every subject is timed against."""

import torch

TOKENS = 128
_SEED = 0


class Reference:
    """One forward pass of a transformer of MiniLM-L6's shape over 128 tokens, in float32, with random weights.

    6 layers, width 384, 12 heads, 1536 hidden units (Wang et al. 2020): 2.9e9 floating-point operations. What the
    weights are does not change the time. They are drawn from a seed of their own and leave torch's generator as it was.
    """

    def __init__(self, device: torch.device) -> None:
        from transformers import BertConfig, BertModel  # noqa: PLC0415 - slow to import

        config = BertConfig(
            vocab_size=1024,
            hidden_size=384,
            num_hidden_layers=6,
            num_attention_heads=12,
            intermediate_size=1536,
            max_position_embeddings=TOKENS,
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_SEED)
            model: torch.nn.Module = BertModel(config, add_pooling_layer=False)
        self._model = model.eval().to(device=device, dtype=torch.float32)
        self._ids = torch.arange(TOKENS, device=device)[None]

    def __call__(self) -> None:
        """Run the workload once."""
        with torch.inference_mode():
            self._model(input_ids=self._ids)
