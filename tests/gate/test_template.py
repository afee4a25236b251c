"""The template of a gate holds reliable rules, and a comment on each one that is left out."""

import yaml

from leaderboard.gate.template import gate_template
from leaderboard.stats.intervals import proportion
from tests.synthetic.gated import results


def test_a_number_of_too_few_examples_gets_a_comment_instead_of_a_rule():
    few = results("few", {"sst2": {"accuracy": proportion(10, 13)}, "movies": {"accuracy": proportion(180, 200)}})
    text = gate_template(few)
    (rule,) = yaml.safe_load(text)["rules"]
    assert rule.startswith("accuracy.movies.accuracy >= ")
    (line,) = (line for line in text.splitlines() if "13 of 100" in line)
    assert line.startswith("  # accuracy.sst2.accuracy: left out: 0.769 [")
    assert line.endswith("n = 13: 13 of 100 examples needed for a reliable rule")


def test_a_subject_of_too_few_examples_alone_begins_a_gate_without_rules():
    text = gate_template(results("few", {"sst2": {"accuracy": proportion(10, 13)}}))
    assert yaml.safe_load(text)["rules"] == []
    assert "left out: 0.769 [" in text
