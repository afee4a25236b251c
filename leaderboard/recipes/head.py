"""Head: the linear layer that a probe trains, and the file it is kept in."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from leaderboard.errors import NotMeasurableError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """A linear layer.

    Attributes:
        weight: shape (classes, features).
        bias: shape (classes,).
    """

    weight: FloatArray
    bias: FloatArray

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """The head kept at a path; None where there is none, or the file was cut short and must be made again."""
        if not path.exists():
            return None
        try:
            kept = load_file(path)
            return cls(kept["weight"], kept["bias"])
        except (SafetensorError, KeyError):
            return None

    def save(self, path: Path) -> None:
        """Keep the head: whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(handle)
        save_file({"weight": self.weight, "bias": self.bias}, temporary)
        Path(temporary).replace(path)


def fit_head(
    inputs: FloatArray,
    truth: npt.NDArray[np.intp],
    classes: int,
    *,
    strengths: Sequence[float],
    folds: int,
    seed: int,
    split: str = "train",
) -> Head:
    """Multinomial logistic regression on standardised features, with C chosen by cross-validated log-loss.

    The standardisation is folded into the weights, so that the head applies to raw features.

    Args:
        inputs: shape (examples, features).
        truth: class of each example, shape (examples,).
        classes: how many there are; each must have at least `folds` examples.
        strengths: values of C to choose from; a single one is taken as it is.
        folds: of the stratified cross-validation.
        seed: of its shuffling.
        split: that the examples came from, for messages.

    Raises:
        NotMeasurableError: when a class has too few examples to learn from.
    """
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - slow to import

    counts = np.bincount(truth, minlength=classes)
    fewest = folds if len(strengths) > 1 else 1
    if counts.min() < fewest:
        raise NotMeasurableError(
            f"a probe needs at least {fewest} training examples of each class; split '{split}' has {counts.tolist()}"
        )
    scaler = StandardScaler().fit(inputs)
    regression = _regression(strengths, folds, seed).fit(scaler.transform(inputs), truth)
    weight = regression.coef_ / scaler.scale_
    bias = regression.intercept_ - weight @ scaler.mean_
    if len(weight) == 1:  # scikit-learn keeps one row for two classes: the log-odds of the second
        weight, bias = np.vstack([np.zeros_like(weight), weight]), np.concatenate([np.zeros(1), bias])
    return Head(np.ascontiguousarray(weight, dtype=np.float64), np.ascontiguousarray(bias, dtype=np.float64))


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
