"""Encrypted head: a linear layer evaluated on CKKS ciphertexts (Cheon et al. 2017), with its client and its server."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import LinearHead
from leaderboard.errors import NotMeasurableError
from leaderboard.installing import install_command

DEGREE = 8192
"""Degree of the polynomial modulus."""
_MODULUS_BITS = (60, 40, 60)
"""Bits of the primes: 160 in all, of at most 218 at this degree for 128 bits of security (Albrecht et al. 2018)."""
_SCALE = 2.0**40
SLOTS = DEGREE // 2
"""Largest number of features in one ciphertext."""
_LARGEST_WEIGHT = 2.0**10
"""Larger weights, of features that hardly vary, have no room beside the scale in the modulus."""


@dataclass(frozen=True, slots=True)
class EncryptedAnswer:
    """Logits that a server computed without seeing the features.

    Attributes:
        logits: after decryption, shape (classes,).
        client_seconds: encryption and decryption.
        server_seconds: evaluation of the layer, with reading and writing of ciphertexts.
        sent_bytes: size of the encrypted features.
        received_bytes: size of the encrypted logits.
    """

    logits: FloatArray
    client_seconds: float
    server_seconds: float
    sent_bytes: int
    received_bytes: int


class EncryptedHead:
    """Client and server of a linear layer: the client has the secret key and the features, the server the layer.

    Where the weights of a feature are too large to encode, the client multiplies the feature by a power of two, and the
    server divides them by it; these powers are public. Both are in this process, and everything between them is bytes,
    as over a network.
    """

    def __init__(self, head: LinearHead) -> None:
        """Make the keys, and hand the public ones to the server.

        Raises:
            NotMeasurableError: without TenSEAL, or for more features than one ciphertext holds.
        """
        try:
            import tenseal  # noqa: PLC0415 - optional
        except ImportError:
            raise NotMeasurableError(f"encrypted inference needs TenSEAL: {install_command('encrypted')}") from None
        width = head.weight.shape[1]
        if width > SLOTS:
            raise NotMeasurableError(f"one ciphertext holds {SLOTS} features, and the head reads {width}")
        self._library: Any = tenseal
        self._powers = _powers(head.weight)
        self._head = LinearHead(head.weight / self._powers, head.bias)
        # One thread, as everything else that is timed.
        self._client = tenseal.context(
            tenseal.SCHEME_TYPE.CKKS,
            poly_modulus_degree=DEGREE,
            coeff_mod_bit_sizes=list(_MODULUS_BITS),
            n_threads=1,
        )
        self._client.global_scale = _SCALE
        self._client.generate_galois_keys()
        self._keys: bytes = self._client.serialize(save_secret_key=False)
        self._server = tenseal.context_from(self._keys, n_threads=1)

    @property
    def key_bytes(self) -> int:
        """Size of the public keys, which the server receives once."""
        return len(self._keys)

    def answer(self, features: FloatArray) -> EncryptedAnswer:
        """Encrypt the features of one text, shape (width,), evaluate the layer and decrypt the logits."""
        start = time.perf_counter()
        request: bytes = self._library.ckks_vector(self._client, (features * self._powers).tolist()).serialize()
        sent = time.perf_counter()
        responses = self._serve(request)
        received = time.perf_counter()
        vectors = (self._library.ckks_vector_from(self._client, response) for response in responses)
        logits = np.array([vector.decrypt()[0] for vector in vectors], dtype=np.float64)
        end = time.perf_counter()
        return EncryptedAnswer(
            logits, sent - start + end - received, received - sent, len(request), sum(map(len, responses))
        )

    def _serve(self, request: bytes) -> list[bytes]:
        """Return encrypted logits, one a class; a dot product needs few rotations, a matrix hundreds."""
        features = self._library.ckks_vector_from(self._server, request)
        pairs = zip(self._head.weight.tolist(), self._head.bias.tolist(), strict=True)
        return [(features.dot(weight) + bias).serialize() for weight, bias in pairs]


def _powers(weight: FloatArray) -> FloatArray:
    """Return the power of two for each feature: 1 where its weights can be encoded, shape (width,)."""
    largest = np.abs(weight).max(axis=0)
    return np.exp2(np.ceil(np.log2(np.where(largest > _LARGEST_WEIGHT, largest, 1.0))))
