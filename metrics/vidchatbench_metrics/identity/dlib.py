"""Metric: distance of the face to the portrait, by dlib's descriptor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.dlib_face import NON_COMMERCIAL
from vidchatbench_metrics.perception.faces import Faces
from vidchatbench_metrics.valid_mean import valid_means

CUT = 1.0


class DlibIdentity(MeanMetric):
    """Mean distance of the face to the portrait, 0 to 1, lower is more the same person."""

    card = Card(
        id="identity.dlib",
        version=1,
        family="identity",
        title="Identity distance (dlib)",
        unit="",
        range=(0.0, CUT),
        direction="lower",
        meaning=(
            "Whether the person on screen is the one of the portrait: the distance of face descriptors, 5 times a "
            "second. Frames of one real clip are about 0.3 to 0.45 from their portrait, other people 0.7 and more; "
            "0.6 is the usual limit. A frame without a frontal face counts 1, so hiding the face never helps. It does "
            "not see profiles, and a frozen portrait has about 0 by nature: read it beside a metric of motion."
        ),
        source=(
            "Euclidean distance of dlib's 128-d face descriptors (dlib_face_recognition_resnet_model_v1, limit 0.6)."
        ),
        unspecified_by_paper=(
            "Sampling, misses and bounds. Here: every fifth frame at 25 fps, aligned by 68 landmarks; a frame without "
            "the face counts 1 and distances are cut at 1, so that a miss is never better than a wrong face."
        ),
        responds_to=("another person", "blur of the face", "frames without the face"),
        ignores=("sound", "re-muxing", "the background", "frame rate"),
        fail_value=CUT,
        tolerance=0.01,
        profiles=frozenset({"bundled"}),
        real="same_item",
        licence=NON_COMMERCIAL,
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Where distances are cut."""
        return {"cut": CUT}

    def needs(self) -> Mapping[str, On]:
        """The response's face and the portrait's; and the reference's, to know whether the item can be seen at all."""
        return {
            "response": Faces().on("response"),
            "portrait": Faces(subject="largest").on("portrait"),
            "reference": Faces(subject="box").on("reference"),
        }

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Mean over the sampled frames, those without a face at 1; `detected` is the share that have one."""
        if not len(inputs["portrait"]["descriptors"]):
            raise Unscored("no_face", "no frontal face was found in the portrait: give a frontal one", role="portrait")
        if not len(inputs["reference"]["descriptors"]):
            raise Unscored(
                "no_face", "no frontal face was found in the reference: this item cannot be judged", role="reference"
            )
        faces = inputs["response"]
        if not len(faces["descriptors"]):
            raise Unscored("no_face", "no frontal face was found in any sampled frame of the response")
        apart = faces["descriptors"].astype(np.float64) - inputs["portrait"]["descriptors"][0]
        distances = np.minimum(np.linalg.norm(apart, axis=1), CUT)
        sampled = int(faces["sampled"])
        missed = sampled - len(distances)
        return {
            "value": np.array((distances.sum() + missed * CUT) / sampled),
            "over_detected": np.array(distances.mean()),
            "detected": np.array(len(distances) / sampled),
        }

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Mean over frames with a face, and their share, over the responses that have any."""
        return valid_means(rows, weights, over_detected="over_detected", detection_rate="detected")
