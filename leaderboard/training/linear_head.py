"""Linear head: the layer that a probe trains, and the file that keeps it."""

import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from leaderboard.arrays import FloatArray, IntArray
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest

Resample = Callable[[FloatArray, IntArray], tuple[FloatArray, IntArray, FloatArray]]
"""Maps standardised features and classes to features, classes and weights of rows."""

STRENGTH = "c"
"""Key in a head's `about` of the C that was chosen."""
_CHECKSUM = "checksum"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Head:
    """Linear layer on the features of a frozen body.

    Attributes:
        weight: shape (classes, features).
        bias: shape (classes,).
        unit: whether each feature vector is scaled to length 1 first.
        about: further details that are kept with the weights, such as the privacy guarantee of the training.
    """

    weight: FloatArray
    bias: FloatArray
    unit: bool = False
    about: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Load a head from a file; None where the file is missing, damaged or without checksum."""
        if not path.exists():
            return None
        try:
            with safe_open(path, "numpy") as file:
                about = dict(file.metadata() or {})
                checksum = about.pop(_CHECKSUM, None)
                head = cls(file.get_tensor("weight"), file.get_tensor("bias"), about.pop("unit", "") == "yes", about)
        except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
            _log.warning("%s is damaged (%s), so the head is trained again", path, error)
            return None
        if checksum == head.checksum:
            return head
        if checksum is not None:
            _log.warning("%s does not match its checksum, so the head is trained again", path)
        return None

    def save(self, path: Path) -> None:
        """Write the head to a file in one step."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(handle)
        about = {**self.about, "unit": "yes" if self.unit else "no", _CHECKSUM: self.checksum}
        save_file({"weight": self.weight, "bias": self.bias}, partial, metadata=about)
        Path(partial).replace(path)

    @property
    def checksum(self) -> str:
        """Digest of the weights and details."""
        arrays = [[str(array.dtype), list(array.shape), array.tobytes().hex()] for array in (self.weight, self.bias)]
        return digest([arrays, self.unit, dict(self.about)])

    def scores(self, inputs: FloatArray) -> FloatArray:
        """Return the logits of raw features: shapes (examples, features) to (examples, classes)."""
        scores: FloatArray = (unit_rows(inputs) if self.unit else inputs) @ self.weight.T + self.bias
        return scores

    def with_projection(self, projection: FloatArray) -> "Head":
        """Return the head whose logits of features are those of this head for projected features.

        Args:
            projection: shape (features, features).
        """
        return replace(self, weight=np.ascontiguousarray(self.weight @ projection))

    def with_random_weights(self, seed: int) -> "Head":
        """Return a head of the same shape with normal weights of the same standard deviation, and no bias."""
        weight = np.random.default_rng(seed).normal(0.0, float(self.weight.std()), self.weight.shape)
        return replace(self, weight=weight, bias=np.zeros_like(self.bias))


def unit_rows(inputs: FloatArray) -> FloatArray:
    """Scale each feature vector but the zero vector to length 1: shape (examples, features)."""
    lengths = np.linalg.norm(inputs, axis=1, keepdims=True)
    scaled: FloatArray = inputs / np.where(lengths == 0, 1, lengths)
    return scaled


@dataclass(frozen=True, kw_only=True)
class HeadProblem:
    """Training data and settings of a linear head.

    Attributes:
        inputs: features, shape (examples, features).
        truth: class of each example, shape (examples,).
        classes: number of classes.
        strengths: values of C to choose from by cross-validation; a single one is used as it is.
        folds: number of folds of the cross-validation.
        seed: seed of everything random.
        split: split of the examples, for messages.
    """

    inputs: FloatArray
    truth: IntArray
    classes: int
    strengths: Sequence[float]
    folds: int
    seed: int
    split: str

    def fit(self, resample: Resample | None = None) -> Head:
        """Fit the head by `fit_head`."""
        return fit_head(
            self.inputs,
            self.truth,
            self.classes,
            strengths=self.strengths,
            folds=self.folds,
            seed=self.seed,
            split=self.split,
            resample=resample,
        )


def fit_head(
    inputs: FloatArray,
    truth: npt.NDArray[np.intp],
    classes: int,
    *,
    strengths: Sequence[float],
    folds: int,
    seed: int,
    split: str = "train",
    resample: Resample | None = None,
) -> Head:
    """Fit a multinomial logistic regression on standardised features, with C chosen by cross-validated log-loss.

    The standardisation is folded into the weights, so that the head applies to raw features. C is chosen on examples as
    they are: resampled ones would carry one fold into another.

    Args:
        inputs: shape (examples, features).
        truth: class of each example, shape (examples,).
        classes: number of classes; each must have at least `folds` examples.
        strengths: values of C to choose from; a single one is used as it is.
        folds: number of folds of the stratified cross-validation.
        seed: seed of its shuffling.
        split: split of the examples, for messages.
        resample: makes the weighted rows of the final fit; None for the examples as they are.

    Raises:
        NotMeasurableError: when a class has too few examples to learn from.
    """
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - slow to import

    check_counts(truth, classes, folds if len(strengths) > 1 else 1, split)
    scaler = StandardScaler().fit(inputs)
    regression, strength = _fit_regression(
        scaler.transform(inputs), truth, strengths, folds=folds, seed=seed, resample=resample
    )
    weight = regression.coef_ / scaler.scale_
    bias = regression.intercept_ - weight @ scaler.mean_
    if len(weight) == 1:  # scikit-learn keeps one row for two classes: the log-odds of the second
        weight, bias = np.vstack([np.zeros_like(weight), weight]), np.concatenate([np.zeros(1), bias])
    about = {STRENGTH: repr(strength)} if len(strengths) > 1 else {}
    return Head(
        np.ascontiguousarray(weight, dtype=np.float64), np.ascontiguousarray(bias, dtype=np.float64), about=about
    )


def check_counts(
    truth: npt.NDArray[np.intp], classes: int, minimum: int, split: str, *, names: Sequence[str] = ()
) -> None:
    """Check that each class has enough examples.

    Args:
        truth: class of each example.
        classes: number of classes.
        minimum: minimal number of examples of a class.
        split: split of the examples, for messages.
        names: names of the classes, for messages.

    Raises:
        NotMeasurableError: when a class has fewer than `minimum`.
    """
    counts = np.bincount(truth, minlength=classes)
    if counts.min() < minimum:
        counts_text = ", ".join(f"{n} of {name}" for name, n in zip(names, counts, strict=bool(names)))
        raise NotMeasurableError(
            f"a probe needs at least {minimum} training examples of each class; "
            f"split '{split}' has {counts_text or counts.tolist()}"
        )


def _fit_regression(
    scaled: FloatArray,
    truth: npt.NDArray[np.intp],
    strengths: Sequence[float],
    *,
    folds: int,
    seed: int,
    resample: Resample | None,
) -> tuple[Any, float]:
    """Return the fitted regression and its C."""
    regression = _regression(strengths, folds, seed)
    is_chosen = len(strengths) > 1
    if resample is None:
        regression.fit(scaled, truth)
        return regression, float(regression.C_) if is_chosen else strengths[0]
    strength = float(regression.fit(scaled, truth).C_) if is_chosen else strengths[0]
    rows, classes, weights = resample(scaled, truth)
    return _regression([strength], folds, seed).fit(rows, classes, sample_weight=weights), strength


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
