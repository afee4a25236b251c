"""Colours of axes are legible on both pages, and distinct for readers with a colour-vision deficiency."""

from itertools import combinations

import numpy as np
import pytest

from leaderboard.axes.axis import Axis
from leaderboard.colours import DARK_PAGE, FREE, LIGHT_PAGE, SERIES, contrast

OF_AXES = [axis.colour for axis in Axis if axis.built_in] + list(FREE)
DEFICIENCIES = {  # Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, deficiency: str) -> np.ndarray:
    """CIELAB coordinates of a colour as a reader with that deficiency sees it."""
    rgb = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    perceived_rgb = np.clip(np.asarray(DEFICIENCIES[deficiency]) @ linear, 0, 1)
    x, y, z = np.cbrt(TO_XYZ @ perceived_rgb / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_black_on_white_is_twenty_one_to_one():
    assert contrast("#000000", "#FFFFFF") == contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # the example of WCAG's commentaries


@pytest.mark.parametrize("page", [LIGHT_PAGE, DARK_PAGE])
def test_colours_of_axes_are_legible(page):
    assert min(contrast(colour, page) for colour in OF_AXES) >= 3


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_any_two_axes_differ_for_every_reader(deficiency):
    for first, second in combinations(OF_AXES, 2):
        difference = float(np.linalg.norm(lab(first, deficiency) - lab(second, deficiency)))
        assert difference > 10, (first, second, difference)


def test_lines_have_colours_of_their_own():
    assert len(set(SERIES)) == len(SERIES)
