from leaderboard.quantities import quantity, rounded
from tests.in_one_test import in_one_test


@in_one_test(
    "value, low, high, unit, text",
    [
        (0.8731, 0.856, 0.8891, "probability", "0.873 [0.856, 0.889]"),
        (0.0, 0.0, 0.037, "probability", "0.000 [0.000, 0.037]"),
        (1.0, None, None, "probability", "1.000"),
        (-0.12, -0.2, 0.01, "correlation", "-0.120 [-0.200, 0.010]"),
        (0.000012, None, None, "probability", "1.2e-05"),
        (0.0123, 0.0119, 0.0131, "seconds", "12.3 ms [11.9, 13.1]"),
        (0.9, 0.8, 1.1, "seconds", "900 ms [800, 1100]"),
        (2.5, None, None, "seconds", "2.50 s"),
        (134_515_008, None, None, "count", "135 M"),
        (7, None, None, "count", "7"),
        (538_060_032, None, None, "bytes", "538 MB"),
        (3.45e10, None, None, "floating-point operations", "34.5 GFLOP"),
        (1520.0, 1400.0, 1600.0, "tokens/second", "1.52 ktok/s [1.40, 1.60]"),
        (60.48, 58.0, 62.9, "per cent", "60.5 % [58.0, 62.9]"),
        (0.125, 0.12, 0.13, "× reference", "0.125× [0.120, 0.130]"),
        (12345.678, None, None, "nats", "12346"),
        (0, None, None, "bytes", "0 B"),
    ],
)
def test_quantity_reads_well(value, low, high, unit, text):
    assert quantity(value, low, high, unit) == text


def test_observed_numbers_are_rounded_wherever_they_stand_and_the_rest_is_kept():
    inside = {"all": [1.23456e-7, None, True]}
    observation = {"n": 123456, "p": 0.123456, "word": "0.123456", "inside": inside}
    assert rounded(observation) == {
        "n": 123456,
        "p": 0.1235,
        "word": "0.123456",
        "inside": {"all": [1.235e-7, None, True]},
    }
