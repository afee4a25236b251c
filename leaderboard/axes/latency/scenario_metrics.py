"""Metrics of the scenarios of MLPerf beside the single stream, and of what they cost in energy and money."""

from leaderboard.axes.latency.metric_forms import cost_metric, rate_metric, seconds_metric

OFFLINE_TEXTS = rate_metric(
    name="offline_texts_per_second",
    unit="texts/second",
    minimum_n=3,
    summary="Texts per second where all are there from the beginning, at the best of some batch sizes.",
    source="MLPerf Inference, Offline",
    caveat="n is the number of rounds, which the interval is over; the batch size is chosen on other rounds.",
)
OFFLINE_TOKENS = rate_metric(
    name="offline_tokens_per_second",
    unit="tokens/second",
    minimum_n=3,
    summary="Input tokens per second where all texts are there from the beginning, at the best of some batch sizes.",
    source="MLPerf Inference, Offline",
    caveat="n is the number of rounds, which the interval is over; the batch size is chosen on other rounds.",
)
ENERGY_PER_TEXT = cost_metric(
    name="energy_per_text",
    unit="joules",
    worst=1000.0,
    best=0.001,
    minimum_n=3,
    summary="Energy of the device for one text at the best batch size, by a counter of the hardware.",
    source="RAPL of the processor and its memory; nvmlDeviceGetTotalEnergyConsumption of a GPU",
    caveat="The counter has the energy of everything that runs on the device; never estimated from a rated power.",
)
COST_PER_MILLION_TOKENS = cost_metric(
    name="cost_per_million_tokens",
    unit="USD",
    worst=100.0,
    best=0.001,
    minimum_n=3,
    summary="Cost of a million input tokens on this machine, at the price per hour that the user sets.",
    source="Price per hour / (3600 × tokens per second offline) × 10^6",
)
HIGHEST_RATE = rate_metric(
    name="highest_rate",
    unit="requests/second",
    minimum_n=100,
    summary="Most requests per second that arrive at random and are almost all answered within the bound of the task.",
    source="MLPerf Inference, Server: Poisson arrivals, open loop; Wilson 1927 for effective n",
    caveat="One request is answered at a time; times begin at the scheduled arrival, so that waiting counts.",
)
ARRIVAL_LATENCY = seconds_metric(
    name="arrival_latency",
    minimum_n=100,
    summary="Percentile of the time from the scheduled arrival of a request to its answer, at a share of the capacity.",
    source="MLPerf Inference, Server; Tene 2015 on coordinated omission",
    caveat="The percentile is that of the task.",
)
TOKENISATION_P50 = seconds_metric(
    name="tokenisation_p50",
    worst=0.1,
    best=0.00001,
    minimum_n=30,
    summary="Median time of turning one text into tokens, which is part of the time of an answer.",
    source="MLPerf Inference, SingleStream, for the quantile",
)
COLD_START = seconds_metric(
    name="cold_start",
    worst=1000.0,
    best=0.1,
    minimum_n=3,
    summary="Time of a fresh process that imports the libraries, loads the model and runs a pass over 128 tokens.",
    source="Student's t over processes",
    caveat="The files of the model are in the disk's cache; a first read from a disk takes longer.",
)
TRAINING_SECONDS = seconds_metric(
    name="training_seconds",
    worst=1_000_000.0,
    best=1.0,
    minimum_n=1,
    summary="Time of the training of a recipe, over all parts of an interrupted one.",
    source="Clock of the training",
    caveat="Of the machine and the moment of the training, which may have been another run; one value, no interval.",
)
