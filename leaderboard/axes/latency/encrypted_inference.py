"""Encrypted inference: the protocol that evaluates a probe's head on encrypted features, and counts what it costs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.latency import ENCRYPTED_AGREEMENT, ENCRYPTED_BYTES, ENCRYPTED_ERROR, ENCRYPTED_SECONDS
from leaderboard.axes.latency.encrypted_head import EncryptedHead
from leaderboard.axes.latency.metrics import largest_error
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import LinearHeadClassifier
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.intervals import mean, proportion, quantile

_KEYS = "model:keys"
"""Id of the observation of the keys, which are not those of an example."""


class EncryptedInferenceParameters(Parameters):
    """Parameters of encrypted inference.

    Attributes:
        samples: maximal number of texts, drawn at random.
    """

    samples: Annotated[int, Field(gt=0)] = 100


class EncryptedInference(Protocol[EncryptedInferenceParameters]):
    """Protocol that evaluates the linear head of a classifier on CKKS ciphertexts, beside the plain head.

    The client computes the features in the clear, so it needs the body of the model; the server holds the head and sees
    neither features nor answers. It is on the latency axis: what is measured is the cost and the numerical error of the
    encryption. That the server learns nothing is a property of the scheme, which no measurement here could show.
    """

    axis: ClassVar[Axis] = Axis.LATENCY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = EncryptedInferenceParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (ENCRYPTED_AGREEMENT, ENCRYPTED_ERROR, ENCRYPTED_SECONDS, ENCRYPTED_BYTES)
    depends_on_environment: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the size of the keys, and for each text the answers of both heads, their distance, times and sizes."""
        classifier = subject.classifier()
        if not isinstance(classifier, LinearHeadClassifier):
            raise NotMeasurableError(
                f"the answers of {subject.name} are not those of one linear head on its features; "
                "--recipe probe gives it one"
            )
        test = splits["test"]
        sampled = np.random.default_rng(seed).permutation(len(test))[: self.parameters.samples]
        chosen = [test[index] for index in sampled]
        encrypted = EncryptedHead(classifier.linear_head)
        yield Observation(_KEYS, {"bytes": encrypted.key_bytes})
        if not chosen:
            return
        features = require_finite(classifier.head_features([each.content for each in chosen]), subject.name)
        plain = features @ classifier.linear_head.weight.T + classifier.linear_head.bias
        for example, row, logits in zip(chosen, features, plain, strict=True):
            answer = encrypted.answer(row)
            yield Observation(
                example.id,
                {
                    "plain": int(logits.argmax()),
                    "encrypted": int(answer.logits.argmax()),
                    "error": float(np.abs(answer.logits - logits).max()),
                    "client_seconds": answer.client_seconds,
                    "server_seconds": answer.server_seconds,
                    "sent_bytes": answer.sent_bytes,
                    "received_bytes": answer.received_bytes,
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate agreement, largest error, seconds and bytes for each text."""
        texts = _texts(observations)
        equal = sum(each.data["plain"] == each.data["encrypted"] for each in texts)
        seconds = _column(texts, "client_seconds") + _column(texts, "server_seconds")
        sizes = np.sort(_column(texts, "sent_bytes") + _column(texts, "received_bytes"))
        return [
            attempt(ENCRYPTED_AGREEMENT, lambda: proportion(equal, len(texts))),
            attempt(ENCRYPTED_ERROR, lambda: largest_error(_column(texts, "error"))),
            attempt(ENCRYPTED_SECONDS, lambda: quantile(seconds, 0.5, minimum_n=ENCRYPTED_SECONDS.minimum_n)),
            attempt(ENCRYPTED_BYTES, lambda: mean(sizes)),
        ]

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note with the size of the keys and the share of the time that the server needs."""
        texts = _texts(observations)
        sizes = [each.data["bytes"] for each in observations if each.example_id == _KEYS]
        if not texts or not sizes:
            return ()
        client, server = (float(np.median(_column(texts, f"{side}_seconds"))) for side in ("client", "server"))
        note = (
            f"public keys of {sizes[0] / 1e6:.1f} MB are sent once; median of {client:.3f} s at the client for the "
            f"encryption, {server:.3f} s at the server; features are computed in the clear by the client"
        )
        return (note,)


def _texts(observations: Sequence[Observation]) -> list[Observation]:
    return [each for each in observations if each.example_id != _KEYS]


def _column(observations: Sequence[Observation], key: str) -> FloatArray:
    return np.array([each.data[key] for each in observations], dtype=np.float64)
