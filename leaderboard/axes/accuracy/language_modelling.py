"""Language modelling scores: how well a model predicts a running text."""

from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric, Scale

PERPLEXITY = Metric(
    name="perplexity",
    axis=Axis.ACCURACY,
    unit="1/probability",
    better=Better.LOWER,
    worst=1e4,
    best=1.0,
    lowest=1.0,
    scale=Scale.LOG,
    summary="Inverse geometric mean of the probability of the expected continuations.",
    source="`perplexity` of lm-evaluation-harness",
)
WORD_PERPLEXITY = Metric(
    name="word_perplexity",
    axis=Axis.ACCURACY,
    unit="1/probability",
    better=Better.LOWER,
    worst=1e4,
    best=1.0,
    lowest=1.0,
    scale=Scale.LOG,
    summary="Inverse probability of running text, per word; models with different tokenizers compare.",
    source="`word_perplexity` of lm-evaluation-harness",
)
BYTE_PERPLEXITY = Metric(
    name="byte_perplexity",
    axis=Axis.ACCURACY,
    unit="1/probability",
    better=Better.LOWER,
    worst=256.0,
    best=1.0,
    lowest=1.0,
    scale=Scale.LOG,
    summary="Inverse probability of running text, per byte; 256 is chance.",
    source="`byte_perplexity` of lm-evaluation-harness",
)
BITS_PER_BYTE = Metric(
    name="bits_per_byte",
    axis=Axis.ACCURACY,
    unit="bits/byte",
    better=Better.LOWER,
    worst=8.0,
    best=0.0,
    lowest=0.0,
    summary="Bits that the model needs to encode a byte of running text; 8 is chance.",
    source="Gao et al. 2020 (The Pile); `bits_per_byte` of lm-evaluation-harness",
)
PSEUDO_PERPLEXITY = Metric(
    name="pseudo_perplexity",
    axis=Axis.ACCURACY,
    unit="1/probability",
    better=Better.LOWER,
    worst=1e4,
    best=1.0,
    lowest=1.0,
    scale=Scale.LOG,
    summary="Inverse geometric mean of a masked model's probability of each token, given all others of its line.",
    source="Salazar et al. 2020 (PPPL)",
    caveat="Of one tokenizer alone, and no perplexity: a token is easy if the others of its word are there.",
)
PSEUDO_BITS_PER_BYTE = Metric(
    name="pseudo_bits_per_byte",
    axis=Axis.ACCURACY,
    unit="bits/byte",
    better=Better.LOWER,
    worst=8.0,
    best=0.0,
    lowest=0.0,
    summary="Bits of a masked model's probabilities of tokens, each given all others of its line, for each byte.",
    source="Salazar et al. 2020, in the unit of Gao et al. 2020",
    caveat="No bits that a text could be encoded in: compare masked models alone.",
)
