"""The display matrix: how a picture that was filmed sideways is turned upright."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import av
import cv2
import numpy as np

from vidchatbench.types import Array

_CODES = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True)
class Orientation:
    """What is done to a stored picture before it is shown: a mirroring, then a turn."""

    degrees: int = 0
    """Clockwise: 0, 90, 180 or 270."""
    mirrored: bool = False
    """Whether left and right are swapped first."""

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Orientation:
        """The frame's own; turns between the right angles go to the nearest one.

        Not seen: the mirroring of a jpg's EXIF orientations 2, 4, 5 and 7, which PyAV does not hand out.
        """
        try:
            data = cast("Mapping[str, Any]", frame.side_data).get("DISPLAYMATRIX")
        except ValueError:  # PyAV knows no name for another side data of the frame, such as EXIF
            return cls(round(-frame.rotation / 90) * 90 % 360)
        if data is None:
            return cls()
        # Shown x = a*x + c*y and y = b*x + d*y, with y downwards; 16.16 fixed point.
        a, b, _, c, d = np.frombuffer(bytes(data), np.int32, 5).astype(float)
        mirrored = a * d - b * c < 0
        angle = np.arctan2(-b, -a) if mirrored else np.arctan2(b, a)
        return cls(round(float(np.degrees(angle)) / 90) * 90 % 360, mirrored)

    @property
    def swaps(self) -> bool:
        """Whether width and height change places."""
        return self.degrees in (90, 270)

    def apply(self, image: Array) -> Array:
        """The picture upright."""
        image = cv2.flip(image, 1) if self.mirrored else image
        return cv2.rotate(image, _CODES[self.degrees]) if self.degrees else image
