"""Random weights score at chance: explanations of a model that knows nothing agree with people by chance alone."""

import csv
import dataclasses
import json

import numpy as np
import pytest

from leaderboard.axes.explainability.plausibility import Plausibility, PlausibilityParameters
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import RationaleExample
from leaderboard.recipes.as_is.heads import HeadClassifier
from leaderboard.recipes.labels import LabelMap
from leaderboard.testing.architectures import build
from leaderboard.testing.models import local_model

MODELS, TEXTS = 12, 16
METHODS = ("gradient_x_input", "occlusion")


def toxic_posts(mirror):
    """Yield posts of 8 to 20 words with the characters that people marked as toxic."""
    path = mirror / "github/ipavlopoulos/toxic_spans/SemEval2021/data/tsd_test.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            places = json.loads(row["spans"])
            if places and 8 <= len(row["text"].split()) <= 20:
                spans = tuple((place, place + 1) for place in places)
                yield RationaleExample(id=f"{number:04}", text=row["text"], label=1, rationale=spans)


def plausibilities(encoder, engine, posts, seed):
    """Return the plausibility of the chosen method and of each method, of a model whose weights are all random."""
    from transformers import AutoModelForSequenceClassification

    module = build(AutoModelForSequenceClassification, encoder.module.config, seed).requires_grad_(requires_grad=False)
    model = dataclasses.replace(encoder, module=module, kind=ModelKind.CLASSIFIER, identity=f"random {seed}")
    subject = Subject(local_model(model), HeadClassifier(engine, model, LabelMap(("no", "yes"), (0, 1))))
    protocol = Plausibility(PlausibilityParameters(texts=TEXTS, methods=METHODS))
    measurements = protocol.estimate(list(protocol.observe(subject, {"test": posts}, seed=seed)))
    return {each.part: each.estimate.value for each in measurements if each.metric.name == "plausibility"}


@pytest.mark.slow
def test_the_plausibility_of_random_weights_is_zero_on_average(encoder, engine, mirror):
    posts = list(toxic_posts(mirror))
    values = [plausibilities(encoder, engine, posts, seed) for seed in range(MODELS)]
    for part in ("", *METHODS):
        scores = np.array([each[part] for each in values])
        error = scores.std(ddof=1) / np.sqrt(MODELS)
        assert error < 0.06, part  # small enough to find a lack of chance
        assert abs(scores.mean()) < 3 * error + 0.01, part
