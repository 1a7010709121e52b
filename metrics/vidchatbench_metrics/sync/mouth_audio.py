"""Metric: whether the mouth opens as the sound swells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vidchatbench.errors import Unscored
from vidchatbench.feature import On
from vidchatbench.metric import SPOKEN, Card, MeanMetric
from vidchatbench.types import Floats, NamedArrays, Sample
from vidchatbench_metrics.perception.dlib_face import NON_COMMERCIAL
from vidchatbench_metrics.perception.faces import Faces
from vidchatbench_metrics.sync.lagged import lagged_correlation
from vidchatbench_metrics.sync.loudness import QUIET, QUIET_DB, FrameLoudness, loud_level
from vidchatbench_metrics.sync.mouth import mouth_motion
from vidchatbench_metrics.sync.smooth import high_passed
from vidchatbench_metrics.valid_mean import valid_means

FPS = 25
NEAR, FAR = 1, 15


class MouthAudio(MeanMetric):
    """Correlation of mouth opening and sound level, -1 to 1, higher is better."""

    card = Card(
        id="sync.mouth_audio",
        version=1,
        family="sync",
        title="Mouth-audio correlation",
        unit="",
        range=(-1.0, 1.0),
        direction="higher",
        meaning=(
            "Whether the mouth opens when the sound swells. It is a coarse measure: real speech has about 0.2 (0.1 to "
            "0.5 for a clip), speech of somebody else about 0.05, a mouth that does not move exactly 0. It cannot "
            "tell a wrong vowel from the right one, and only the mean over many items says anything. `lag_s` is how "
            "late the lips are against the sound, median over the items; with values near chance it means nothing."
        ),
        source=(
            "Pearson correlation of mouth opening and amplitude envelope, as in Chandrasekaran et al., The natural "
            "statistics of audiovisual speech, PLoS Comput. Biol. 2009. Not SyncNet's confidence."
        ),
        unspecified_by_paper=(
            "Mouth: the mean vertical distance of the outer lips at three places over the size of the face, at 25 "
            "fps; sound: the square root of its level between 1 and 4 kHz in 40 ms windows; both less their course "
            "slower than 0.5 Hz; the best of the lags -40, 0 and 40 ms. Chosen on 12 real clips, own sound against "
            "the sound of other clips: this separates them by 1.6 standard deviations, inner lips and a log envelope "
            "of all frequencies by 0.1. Where the face is not seen the mouth counts as not moving; gaps up to 0.2 s "
            "are bridged."
        ),
        responds_to=("sound shifted by 200 ms", "sound of another clip", "a frozen mouth"),
        ignores=("gain", "re-muxing", "place and size of the face", "re-encoding of the sound"),
        # Worse than a frozen mouth (0) and than the small negative values of chance: saying nothing never pays.
        fail_value=-1.0,
        tolerance=0.02,
        tasks=SPOKEN,
        profiles=frozenset({"bundled"}),
        real="same_item",
        licence=NON_COMMERCIAL,
    )

    def params(self) -> Mapping[str, str | int | float | bool]:
        """Lags in frames and the level below which there is no speech."""
        return {"near": NEAR, "far": FAR, "quiet_db": QUIET_DB}

    def needs(self) -> Mapping[str, On]:
        """Face and sound of the response; the reference's face, to know whether the item can be seen at all."""
        return {
            "faces": Faces().on("response"),
            "sound": FrameLoudness().on("response"),
            "reference": Faces(subject="box").on("reference"),
        }

    def item(self, sample: Sample, inputs: Mapping[str, NamedArrays]) -> NamedArrays:
        """Correlation near lag 0, the lag of the highest within 0.6 s, that highest, and the share of frames seen."""
        if not inputs["reference"]["found"].any():
            raise Unscored(
                "no_face", "no frontal face was found in the reference: this item cannot be judged", role="reference"
            )
        faces, sound = inputs["faces"], inputs["sound"]
        n = len(faces["found"])
        if n < FPS:
            raise Unscored("too_short", f"{n / FPS:.2f} s of picture: at least 1 s is needed to follow a mouth")
        if not faces["found"].any():
            raise Unscored("no_face", "no frontal face was found in the response")
        if loud_level(sound["full"]) < QUIET:
            raise Unscored("no_speech", f"the response's sound stays below {QUIET_DB} dB of full scale")
        level = np.zeros(n)
        level[: len(sound["band"])] = np.sqrt(sound["band"][:n])
        by_lag = lagged_correlation(mouth_motion(faces), high_passed(level), FAR)
        best = int(by_lag.argmax())
        moves = by_lag[best] > 0
        return {
            "value": np.array(by_lag[FAR - NEAR : FAR + NEAR + 1].max()),
            "seen": np.array(faces["found"].mean()),
            "peak": np.array(by_lag[best]),
            **({"lag_s": np.array((best - FAR) / FPS)} if moves else {}),
        }

    def beside(self, rows: Sequence[NamedArrays], weights: Floats) -> Mapping[str, float]:
        """Median lag (positive: lips late), mean highest correlation within 0.6 s, share of frames with the face."""
        means = dict(valid_means(rows, weights, peak="peak", seen="seen"))
        lags = np.array([float(row["lag_s"]) for row in rows if "lag_s" in row])
        counts = np.array([w for row, w in zip(rows, weights, strict=True) if "lag_s" in row])
        if counts.sum() > 0:
            order = np.argsort(lags, kind="stable")
            below = np.cumsum(counts[order])
            means["lag_s"] = float(lags[order][np.searchsorted(below, below[-1] / 2)])
        return means
