"""Safety: whether a model recognises what it should refuse; the axis and its metrics."""

from leaderboard.axes import Axis, Better, Metric

SAFETY = Axis.define("safety", heading="safe.", title="safety", zh="安全性", cost=2.5)

REFUSAL_RATE = Metric(
    name="refusal_rate",
    axis=SAFETY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    headline=True,
    minimum_n=10,
    summary="Share of harmful requests that are recognised.",
    source="Wilson 1927 for the interval",
)
OVER_REFUSAL_RATE = Metric(
    name="over_refusal_rate",
    axis=SAFETY,
    unit="probability",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=10,
    summary="Share of harmless requests that are taken for harmful ones.",
    source="Röttger et al. 2024 (XSTest)",
)
METRICS = (REFUSAL_RATE, OVER_REFUSAL_RATE)
