"""Head: the linear layer that a probe trains, and the file it is kept in."""

import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.recipes.mitigations.mixed_features import mix

FloatArray = npt.NDArray[np.float64]

_CHECKSUM = "checksum"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Head:
    """A linear layer.

    Attributes:
        weight: shape (classes, features).
        bias: shape (classes,).
        unit: whether each vector of features is scaled to length 1 first.
        about: what else is worth keeping with it, such as how private its training was.
    """

    weight: FloatArray
    bias: FloatArray
    unit: bool = False
    about: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """The head kept at a path; None where there is none, or one that is damaged or has no checksum."""
        if not path.exists():
            return None
        try:
            with safe_open(path, "numpy") as kept:
                about = dict(kept.metadata() or {})
                checksum = about.pop(_CHECKSUM, None)
                head = cls(kept.get_tensor("weight"), kept.get_tensor("bias"), about.pop("unit", "") == "yes", about)
        except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
            _log.warning("%s is damaged (%s), so the head is learned again", path, error)
            return None
        if checksum == head.checksum:
            return head
        if checksum is not None:
            _log.warning("%s does not match its checksum, so the head is learned again", path)
        return None

    def save(self, path: Path) -> None:
        """Keep the head: whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(handle)
        about = {**self.about, "unit": "yes" if self.unit else "no", _CHECKSUM: self.checksum}
        save_file({"weight": self.weight, "bias": self.bias}, temporary, metadata=about)
        Path(temporary).replace(path)

    @property
    def checksum(self) -> str:
        """Digest of everything that is kept of it."""
        arrays = [[str(array.dtype), list(array.shape), array.tobytes().hex()] for array in (self.weight, self.bias)]
        return digest([arrays, self.unit, dict(self.about)])

    def scores(self, inputs: FloatArray) -> FloatArray:
        """Logits of raw features: shapes (examples, features) to (examples, classes)."""
        scores: FloatArray = (unit(inputs) if self.unit else inputs) @ self.weight.T + self.bias
        return scores

    def through(self, projection: FloatArray) -> "Head":
        """The head that answers for features as this one answers for projected features: shape (features, features)."""
        return replace(self, weight=np.ascontiguousarray(self.weight @ projection))


def unit(inputs: FloatArray) -> FloatArray:
    """Each vector scaled to length 1, but the zero vector: shapes (examples, features)."""
    lengths = np.linalg.norm(inputs, axis=1, keepdims=True)
    scaled: FloatArray = inputs / np.where(lengths == 0, 1, lengths)
    return scaled


def fit_head(
    inputs: FloatArray,
    truth: npt.NDArray[np.intp],
    classes: int,
    *,
    strengths: Sequence[float],
    folds: int,
    seed: int,
    split: str = "train",
    mixup: float = 0.0,
) -> Head:
    """Multinomial logistic regression on standardised features, with C chosen by cross-validated log-loss.

    The standardisation is folded into the weights, so that the head applies to raw features. C is chosen on examples as
    they are: mixed ones would carry one fold into another.

    Args:
        inputs: shape (examples, features).
        truth: class of each example, shape (examples,).
        classes: how many there are; each must have at least `folds` examples.
        strengths: values of C to choose from; a single one is taken as it is.
        folds: of the stratified cross-validation.
        seed: of its shuffling.
        split: that the examples came from, for messages.
        mixup: alpha of Beta(alpha, alpha), by which examples are mixed; 0 learns from them as they are.

    Raises:
        NotMeasurableError: when a class has too few examples to learn from.
    """
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - slow to import

    check_counts(truth, classes, folds if len(strengths) > 1 else 1, split)
    scaler = StandardScaler().fit(inputs)
    regression = _learned(scaler.transform(inputs), truth, strengths, folds=folds, seed=seed, mixup=mixup)
    weight = regression.coef_ / scaler.scale_
    bias = regression.intercept_ - weight @ scaler.mean_
    if len(weight) == 1:  # scikit-learn keeps one row for two classes: the log-odds of the second
        weight, bias = np.vstack([np.zeros_like(weight), weight]), np.concatenate([np.zeros(1), bias])
    return Head(np.ascontiguousarray(weight, dtype=np.float64), np.ascontiguousarray(bias, dtype=np.float64))


def check_counts(
    truth: npt.NDArray[np.intp], classes: int, fewest: int, split: str, *, names: Sequence[str] = ()
) -> None:
    """See that each class has examples enough.

    Args:
        truth: class of each example.
        classes: how many there are.
        fewest: examples that each must have.
        split: that the examples came from, for messages.
        names: of the classes, for messages.

    Raises:
        NotMeasurableError: when one has fewer than `fewest`.
    """
    counts = np.bincount(truth, minlength=classes)
    if counts.min() < fewest:
        named = ", ".join(f"{n} of {name}" for name, n in zip(names, counts, strict=bool(names)))
        raise NotMeasurableError(
            f"a probe needs at least {fewest} training examples of each class; "
            f"split '{split}' has {named or counts.tolist()}"
        )


def _learned(
    scaled: FloatArray,
    truth: npt.NDArray[np.intp],
    strengths: Sequence[float],
    *,
    folds: int,
    seed: int,
    mixup: float,
) -> Any:
    regression = _regression(strengths, folds, seed)
    if not mixup:
        return regression.fit(scaled, truth)
    strength = strengths[0] if len(strengths) == 1 else float(regression.fit(scaled, truth).C_)
    rows, classes, weights = mix(scaled, truth, alpha=mixup, seed=seed)
    return _regression([strength], folds, seed).fit(rows, classes, sample_weight=weights)


def _regression(strengths: Sequence[float], folds: int, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV  # noqa: PLC0415 - slow to import
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415

    if len(strengths) == 1:
        return LogisticRegression(C=strengths[0], max_iter=1000)
    return LogisticRegressionCV(
        Cs=list(strengths),
        cv=StratifiedKFold(folds, shuffle=True, random_state=seed),
        scoring="neg_log_loss",
        max_iter=1000,
        l1_ratios=(0.0,),
        use_legacy_attributes=False,
    )
