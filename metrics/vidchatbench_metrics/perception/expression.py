"""Ten interpretable measures of an expression from 68 landmarks."""

from __future__ import annotations

import numpy as np

from vidchatbench.types import Array, Floats

# Points that no expression moves (eye corners, nose bridge, nostrils and the point between), and where they are on an
# upright face seen from the front: the eyes' outer corners one unit apart, the origin midway, y down. Median over about
# 600 faces of 14 real clips, made symmetric.
_RIGID = (36, 39, 42, 45, 27, 31, 33, 35)
_TEMPLATE = np.array(
    [
        (-0.5, -0.007),
        (-0.219, 0.007),
        (0.219, 0.007),
        (0.5, -0.007),
        (0, -0.02),
        (-0.17, 0.527),
        (0, 0.59),
        (0.17, 0.527),
    ]
)

NAMES = (
    "brow raise, viewer's left",
    "brow raise, viewer's right",
    "eye opening, viewer's left",
    "eye opening, viewer's right",
    "mouth opening",
    "mouth width",
    "corner lift, viewer's left",
    "corner lift, viewer's right",
    "upper lip raise",
    "jaw drop",
)

# How much each measure varies within one person's clip (standard deviation, median of 14 real clips), in units of the
# template: the measures are given in these, so that none weighs more than another only by its size.
_TYPICAL = np.array([0.032, 0.032, 0.02, 0.02, 0.035, 0.04, 0.025, 0.025, 0.02, 0.08])


def expression(landmarks: Array) -> Floats:
    """The measures of each face: (n, 68, 2) to (n, 10), in standard deviations as people have within a clip.

    Each face is first brought to a frontal template by the affine map that fits its eight rigid points best, which
    takes away place, size and roll, and yaw and pitch as far as the face is flat. The values still hold the shape of
    the person's face: subtract a picture of the same person.
    """
    points = np.asarray(landmarks, np.float64)
    rigid = np.concatenate([points[:, _RIGID], np.ones((len(points), len(_RIGID), 1))], axis=2)
    affine = np.linalg.pinv(rigid) @ _TEMPLATE
    p = np.concatenate([points, np.ones((len(points), 68, 1))], axis=2) @ affine
    y = p[..., 1]

    def mean_y(*which: int) -> Floats:
        return np.asarray(y[:, which].mean(axis=1))

    eyes = mean_y(36, 39, 42, 45)
    lip_line = mean_y(61, 62, 63, 65, 66, 67)
    measures = (
        eyes - mean_y(17, 18, 19, 20, 21),
        eyes - mean_y(22, 23, 24, 25, 26),
        mean_y(40, 41) - mean_y(37, 38),
        mean_y(46, 47) - mean_y(43, 44),
        mean_y(65, 66, 67) - mean_y(61, 62, 63),
        p[:, 54, 0] - p[:, 48, 0],
        lip_line - y[:, 48],
        lip_line - y[:, 54],
        mean_y(31, 33, 35) - mean_y(50, 51, 52),
        mean_y(7, 8, 9) - mean_y(31, 33, 35),
    )
    return np.asarray(np.stack(measures, axis=1) / _TYPICAL)
