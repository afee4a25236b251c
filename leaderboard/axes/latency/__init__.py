"""Latency: the metrics of this axis, which measure time and memory of a model."""

from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import scenario_metrics
from leaderboard.axes.latency.metric_forms import seconds_metric
from leaderboard.axes.metric import Better, Metric, Scale

LATENCY_RATIO = Metric(
    name="latency_ratio",
    axis=Axis.LATENCY,
    unit="× reference",
    better=Better.LOWER,
    worst=16.0,
    best=1 / 16,
    lowest=0.0,
    headline=True,
    scale=Scale.LOG,
    minimum_n=30,
    summary="Time of one answer divided by the time of a fixed reference workload, interleaved.",
    source="Interleaved timing; log scale over a factor of 16 either way",
)
LATENCY_P50 = seconds_metric(
    name="latency_p50",
    minimum_n=30,
    summary="Median time of one answer, one example at a time.",
    source="MLPerf Inference, SingleStream",
)
LATENCY_P90 = seconds_metric(
    name="latency_p90",
    minimum_n=50,
    summary="Time within which 90 % of answers come, one example at a time.",
    source="MLPerf Inference, SingleStream",
)
LATENCY_P95 = seconds_metric(
    name="latency_p95",
    minimum_n=100,
    summary="Time within which 95 % of answers come, one example at a time.",
    source="MLPerf Inference, SingleStream",
)
LATENCY_P99 = seconds_metric(
    name="latency_p99",
    minimum_n=500,
    summary="Time within which 99 % of answers come; withheld below 500 samples.",
    source="MLPerf Inference, SingleStream",
)
THROUGHPUT = Metric(
    name="tokens_per_second",
    axis=Axis.LATENCY,
    unit="tokens/second",
    better=Better.HIGHER,
    worst=1.0,
    best=100_000.0,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=30,
    summary="Input tokens per second, one example at a time.",
    source="MLPerf Inference",
)
PEAK_MEMORY = Metric(
    name="peak_memory",
    axis=Axis.LATENCY,
    unit="bytes",
    better=Better.LOWER,
    worst=1e11,
    best=1e7,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Peak memory of loading the model and one forward pass of 128 tokens, in a separate process.",
    source="getrusage(2) maximum resident set; torch.cuda.max_memory_allocated on a GPU",
)
PARAMETERS = Metric(
    name="parameters",
    axis=Axis.LATENCY,
    unit="count",
    better=Better.LOWER,
    worst=1e11,
    best=1e6,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Number of parameters of the model, tied ones counted once.",
    source="exact count",
)
WEIGHT_BYTES = Metric(
    name="weight_bytes",
    axis=Axis.LATENCY,
    unit="bytes",
    better=Better.LOWER,
    worst=4e11,
    best=1e6,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Bytes of the model's parameters in memory, tied ones counted once.",
    source="exact count",
)
FLOPS = Metric(
    name="flops_128",
    axis=Axis.LATENCY,
    unit="floating-point operations",
    better=Better.LOWER,
    worst=1e14,
    best=1e7,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Operations of one forward pass over 128 tokens (matrix products, eager attention).",
    source="torch.utils.flop_counter",
)
TTFT_P50 = seconds_metric(
    name="ttft_p50",
    minimum_n=30,
    summary="Median time to the first token of a streamed answer, at a given number of requests at the same time.",
    source="Time to first token (TTFT): MLPerf Inference, Server; vLLM `benchmark_serving`; genai-perf",
    caveat="Includes the network, the queue of the server and reading the prompt.",
)
TTFT_P90 = seconds_metric(
    name="ttft_p90",
    minimum_n=50,
    summary="Time within which the first token of 90 % of streamed answers comes.",
    source="Time to first token (TTFT): MLPerf Inference, Server; vLLM `benchmark_serving`; genai-perf",
)
TPOT_P50 = seconds_metric(
    name="tpot_p50",
    worst=1.0,
    best=0.0001,
    minimum_n=30,
    summary="Median over answers of the time per output token after the first one.",
    source="Time per output token (TPOT): MLPerf Inference; vLLM `benchmark_serving`; genai-perf's inter-token latency",
)
TPOT_P90 = seconds_metric(
    name="tpot_p90",
    worst=1.0,
    best=0.0001,
    minimum_n=50,
    summary="90th percentile over answers of the time per output token after the first one.",
    source="Time per output token (TPOT): MLPerf Inference; vLLM `benchmark_serving`; genai-perf's inter-token latency",
)
ITL_P99 = seconds_metric(
    name="itl_p99",
    worst=1.0,
    best=0.0001,
    minimum_n=500,
    summary="99th percentile of the times between successive tokens of all answers: pauses that a reader sees.",
    source="Inter-token latency (ITL) of vLLM `benchmark_serving`",
)
REQUEST_P50 = seconds_metric(
    name="request_p50",
    worst=100.0,
    best=0.01,
    minimum_n=30,
    summary="Median time of a whole streamed answer of the task's length.",
    source="End-to-end latency of vLLM `benchmark_serving`; request latency of genai-perf",
)
OUTPUT_THROUGHPUT = Metric(
    name="output_tokens_per_second",
    axis=Axis.LATENCY,
    unit="tokens/second",
    better=Better.HIGHER,
    worst=1.0,
    best=100_000.0,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=3,
    summary="Output tokens per second of all requests together, at a given number of them at the same time.",
    source="Output token throughput of vLLM `benchmark_serving`, per round; MLPerf Inference",
    caveat="n is the number of rounds of requests, which the interval is over.",
)
COST_PER_1000_REQUESTS = Metric(
    name="cost_per_1000_requests",
    axis=Axis.LATENCY,
    unit="USD",
    better=Better.LOWER,
    worst=100.0,
    best=0.001,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=30,
    summary="Cost of 1,000 requests of the task's length, at the prices that the user sets.",
    source="Tokens that the server counts, times prices per million",
)
ENCRYPTED_AGREEMENT = Metric(
    name="encrypted_agreement",
    axis=Axis.LATENCY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.5,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=100,
    summary="Share of texts that a linear head on encrypted features puts into the same class as the plain head.",
    source="Cheon et al. 2017 (CKKS); Wilson 1927 for the interval",
    caveat="The features are computed in the clear by the client; only the head is evaluated under encryption.",
)
ENCRYPTED_ERROR = Metric(
    name="encrypted_error",
    axis=Axis.LATENCY,
    unit="nats",
    better=Better.LOWER,
    worst=1.0,
    best=1e-9,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=30,
    summary="Largest distance of a logit of the encrypted head from that of the plain head.",
    source="Cheon et al. 2017 (CKKS), whose arithmetic is approximate",
)
ENCRYPTED_SECONDS = seconds_metric(
    name="encrypted_seconds",
    minimum_n=30,
    summary="Median time to encrypt the features of a text, evaluate the head and decrypt the logits, on one thread.",
    source="Benaissa et al. 2021 (TenSEAL)",
    caveat="Without the computation of the features, and without a network.",
)
ENCRYPTED_BYTES = Metric(
    name="encrypted_bytes",
    axis=Axis.LATENCY,
    unit="bytes",
    better=Better.LOWER,
    worst=1e9,
    best=1e3,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Mean bytes of the ciphertexts of a text: encrypted features and encrypted logits.",
    source="Benaissa et al. 2021 (TenSEAL); Student's t for the interval",
)
OFFLINE_TEXTS = scenario_metrics.OFFLINE_TEXTS
OFFLINE_TOKENS = scenario_metrics.OFFLINE_TOKENS
ENERGY_PER_TEXT = scenario_metrics.ENERGY_PER_TEXT
COST_PER_MILLION_TOKENS = scenario_metrics.COST_PER_MILLION_TOKENS
HIGHEST_RATE = scenario_metrics.HIGHEST_RATE
ARRIVAL_LATENCY = scenario_metrics.ARRIVAL_LATENCY
TOKENISATION_P50 = scenario_metrics.TOKENISATION_P50
COLD_START = scenario_metrics.COLD_START
TRAINING_SECONDS = scenario_metrics.TRAINING_SECONDS
