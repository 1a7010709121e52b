import cv2
import numpy as np
import pytest
from helpers.astronaut import moved, portrait
from helpers.film import film
from helpers.score import item_stats, sample
from skimage.data import lfw_subset
from vidchatbench_metrics.identity.dlib import DlibIdentity

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip

pytest.importorskip("dlib")
GREY = np.full((400, 400, 3), 90, np.uint8)


def inputs(descriptors, sampled, portrait_has_face=True, reference_has_face=True):
    """Features as `Faces` gives them, of which the metric reads only these."""
    face = {"descriptors": np.zeros((1, 128), np.float32)}
    none = {"descriptors": np.zeros((0, 128), np.float32)}
    return {
        "response": {"descriptors": np.asarray(descriptors, np.float32).reshape(-1, 128), "sampled": np.array(sampled)},
        "portrait": face if portrait_has_face else none,
        "reference": face if reference_has_face else none,
    }


def at(distance):
    return np.eye(1, 128)[0] * distance


def test_misses_count_1_and_distances_are_cut_there():
    stats = DlibIdentity().item(sample(), inputs([at(0.4), at(1.3)], sampled=4))
    assert stats["value"] == pytest.approx((0.4 + 1 + 1 + 1) / 4)
    assert stats["over_detected"] == pytest.approx(0.7)
    assert stats["detected"] == 0.5


def test_hiding_the_face_never_helps():
    metric = DlibIdentity()
    whole = metric.item(sample(), inputs([at(0.9)] * 4, sampled=4))["value"]
    hidden = metric.item(sample(), inputs([at(0.9)] * 2, sampled=4))["value"]
    assert hidden > whole


@pytest.mark.parametrize(
    ("given", "role"),
    [
        (inputs([], 4), "response"),
        (inputs([at(0.1)], 1, portrait_has_face=False), "portrait"),
        (inputs([at(0.1)], 1, reference_has_face=False), "reference"),
    ],
)
def test_who_is_blamed_where_no_face_is_found(given, role):
    with pytest.raises(Unscored) as raised:
        DlibIdentity().item(sample(), given)
    assert (raised.value.code, raised.value.role) == ("no_face", role)


def test_a_failed_sample_counts_1():
    metric = DlibIdentity()
    rows = [metric.item(sample(), inputs([at(0.4)], sampled=1)), {"value": np.array(metric.card.fail_value)}]
    assert metric.total(rows, np.ones(2)) == pytest.approx(0.7)
    assert metric.beside(rows, np.ones(2)) == pytest.approx({"over_detected": 0.4, "detection_rate": 1.0})


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identity")
    picture = folder / "portrait.png"
    cv2.imwrite(str(picture), portrait()[..., ::-1])
    frames = [moved(portrait(), 2.0 * k, k, 1 + 0.005 * k) for k in range(15)]
    return folder, Clip(picture), film(folder / "her.mkv", frames), frames


def value(studio, response):
    _, picture, reference, _ = studio
    return float(
        item_stats(DlibIdentity(), sample(), response=response, portrait=picture, reference=reference)["value"]
    )


def test_the_same_person_is_near_and_sound_does_not_matter(studio):
    folder, _, reference, frames = studio
    near = value(studio, reference)
    assert near < 0.2
    assert value(studio, film(folder / "sound.mkv", frames, sound=np.zeros(9600))) == pytest.approx(near, abs=0.01)
    assert value(studio, film(folder / "crf28.mkv", frames, crf=28)) < 0.35


def test_blur_and_another_person_are_farther(studio):
    folder, _, reference, frames = studio
    near = value(studio, reference)
    blurred = film(folder / "blur.mkv", [cv2.GaussianBlur(f, (0, 0), 2.5) for f in frames])
    # Somebody else's head: a 25 x 25 face of the LFW subset, enlarged.
    small = np.repeat((lfw_subset()[0] * 255).astype(np.uint8)[..., None], 3, axis=2)
    head = cv2.resize(small, (300, 300), interpolation=cv2.INTER_CUBIC)
    other = [cv2.copyMakeBorder(head, 50, 50, 50, 50, cv2.BORDER_REPLICATE)] * 6
    assert value(studio, blurred) > near + 0.05
    assert value(studio, film(folder / "other.mkv", other)) > 0.6


def test_half_the_frames_without_a_face_cost_half(studio):
    folder, _, _, frames = studio
    half = film(folder / "half.mkv", [*frames[:5], *[GREY] * 5])
    assert value(studio, half) == pytest.approx((value(studio, film(folder / "all.mkv", frames[:5])) + 1) / 2, abs=0.03)


def test_a_response_without_a_face_or_file_is_said_so(studio):
    folder, picture, reference, _ = studio
    with pytest.raises(Unscored, match="no_face"):
        value(studio, film(folder / "grey.mkv", [GREY] * 3))
    with pytest.raises(MediaError, match=r"gone\.mp4"):
        value(studio, Clip(folder / "gone.mp4"))
    with pytest.raises(Unscored) as raised:
        item_stats(
            DlibIdentity(), sample(), response=reference, portrait=picture, reference=film(folder / "g.mkv", [GREY] * 3)
        )
    assert raised.value.role == "reference"
