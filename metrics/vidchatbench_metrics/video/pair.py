"""Feature: PSNR and SSIM of a response against the reference, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from vidchatbench.errors import MediaError
from vidchatbench.feature import FrameFeature, FramePass, Inputs
from vidchatbench.media import Frame, MediaInfo, Presentation
from vidchatbench.types import Array, NamedArrays
from vidchatbench_metrics.video.image_psnr import image_psnr
from vidchatbench_metrics.video.image_ssim import image_ssim

CAP_DB = 100.0
"""What equal pictures have, and those whose mean squared error is below 1e-10: a mean needs a finite value."""


class FramePairs(FrameFeature):
    """PSNR and SSIM of each pair of frames that are shown at the same time.

    Both clips at 25 frames per second from their own first frame, tick by tick, as far as the shorter goes. The
    reference's short side becomes 256 pixels; the response is cut to the same shape and size. Colours are float32 in
    0..255, not rounded after the resize.

    Arrays: `psnr` (n,) dB, `ssim` (n,), and `overlap` (): n as a share of the longer clip.
    """

    id = "video.frame_pairs"
    version = 1
    slots = ("response", "reference")

    fps = 25
    short_side = 256

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Rate and size."""
        return {"fps": self.fps, "short": self.short_side, "fit": "crop"}

    def computation(self) -> Mapping[str, str]:
        """OpenCV's filter in float64."""
        import cv2

        return {"backend": f"opencv {cv2.__version__}", "device": "cpu", "precision": "fp64"}

    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """The same size for both, of the reference's shape."""
        for slot in self.slots:
            if infos[slot].video is None:
                raise MediaError("no_video", "there is no picture to compare", where=slot)
        video = infos["reference"].video
        assert video is not None
        scale = self.short_side / min(video.width, video.height)
        width, height = (2 * round(side * scale / 2) for side in (video.width, video.height))
        wanted = Presentation(width=width, height=height, fps=Fraction(self.fps), fit="crop", dtype="float32")
        return dict.fromkeys(self.slots, wanted)

    def start(self, inputs: Inputs) -> FramePass:
        """Begin with no pair."""
        return _Pass()


class _Pass(FramePass):
    def __init__(self) -> None:
        self.latest: dict[str, Frame] = {}
        self.shown = {"response": 0, "reference": 0}
        self.psnr: list[float] = []
        self.ssim: list[float] = []

    def update(self, slot: str, frame: Frame) -> None:
        # Neither slot runs ahead by more than a tick, so one frame of each is all that need be held.
        self.latest[slot] = frame
        self.shown[slot] = frame.tick + 1
        pair = [self.latest.get(name) for name in ("response", "reference")]
        a, b = pair
        if a is None or b is None or a.tick != b.tick:
            return
        if a.repeat and b.repeat and self.psnr:
            self.psnr.append(self.psnr[-1])
            self.ssim.append(self.ssim[-1])
        else:
            self.psnr.append(min(image_psnr(a.image, b.image), CAP_DB))
            self.ssim.append(image_ssim(a.image, b.image))

    def result(self) -> NamedArrays:
        both, longer = min(self.shown.values()), max(self.shown.values())
        if not both:
            raise MediaError("no_video", "one of the two clips shows no frame")
        if len(self.psnr) != both:
            raise RuntimeError(f"{len(self.psnr)} pairs of frames came in step, {both} should have")
        return {"psnr": _floats(self.psnr), "ssim": _floats(self.ssim), "overlap": np.array(both / longer)}


def _floats(values: list[float]) -> Array:
    return np.array(values, np.float64)
