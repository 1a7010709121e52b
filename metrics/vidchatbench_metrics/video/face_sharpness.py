"""`video.face_sharpness`: how sharp the subject's face is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import NamedArrays, Sample
from vidchatbench_metrics.perception.dlib_face import NON_COMMERCIAL
from vidchatbench_metrics.perception.faces import Faces
from vidchatbench_metrics.video.face_detail import FaceDetail


class FaceSharpness(MeanMetric):
    """Variance of the Laplacian over the face, 0 and more, higher is sharper."""

    card = Card(
        id="video.face_sharpness",
        version=1,
        family="video",
        title="Face sharpness",
        unit="",
        range=(0.0, None),
        direction="higher",
        meaning=(
            "How much fine detail the face shows; real clips have 7 to 130. A slight blur halves it, but noise and "
            "sharpening raise it: a value far above the real clips' own is a defect, not a merit. It depends on "
            "lighting, skin and beard, so it compares systems on the same items, never one item with another."
        ),
        source=(
            "Variance of the Laplacian (Pech-Pacheco et al., ICPR 2000), as the sharpness of faces and hands is "
            "annotated in SpeakerVid-5M (`l_score`)."
        ),
        unspecified_by_paper=(
            "The data set's crop, size and code are not published, so its thresholds do not carry over. Here: dlib's "
            "face box five times a second, cut from pictures of the clip's own size, grey, brought to 256 x 256; "
            "median over the frames."
        ),
        responds_to=("blur", "low resolution", "strong compression", "noise (upwards)"),
        ignores=("sound", "re-muxing", "place of the face", "background"),
        fail_value=0.0,
        tolerance=2.0,
        profiles=frozenset({"bundled"}),
        real="same_item",
        licence=NON_COMMERCIAL,
    )

    def needs(self) -> Mapping[str, On]:
        """The detail of the response's face; the reference's face, to know whether the item can be seen at all."""
        return {"detail": FaceDetail().on("response"), "reference": Faces(subject="box").on("reference")}

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """`value`: the median over the clip."""
        if not inputs["reference"]["found"].any():
            raise Unscored(
                "no_face", "no frontal face was found in the reference: this item cannot be judged", role="reference"
            )
        laplacian = inputs["detail"]["laplacian"]
        if not len(laplacian):
            raise Unscored("no_face", "no frontal face was found in the response")
        return {"value": np.array(np.median(laplacian))}
