"""The metrics of SyncNet: the real networks on clips of dots that speak, and what cannot be scored."""

from __future__ import annotations

import av
import numpy as np
import pytest
from helpers.film import film
from helpers.score import features, item_stats, sample
from hypothesis import given
from hypothesis import strategies as st

from vidchatbench.errors import MediaError, Unscored
from vidchatbench.media import Clip
from vidchatbench.registry import validate
from vidchatbench_metrics.sync.sync_c import SyncC
from vidchatbench_metrics.sync.sync_d import SyncD
from vidchatbench_metrics.sync.sync_fast import SyncCFast, SyncDFast, SyncOffsetFast
from vidchatbench_metrics.sync.sync_offset import SyncOffset

METRICS = (SyncC(), SyncD(), SyncOffset())
FAST = (SyncCFast(), SyncDFast(), SyncOffsetFast())
FACES = {"track": np.zeros(1, int), "box": np.array([[10.0, 10, 50, 60]]), "size": np.array([100, 100])}
COUNT = 37


def scores(**changed):
    """What `sync.syncnet` gives for a clip that can be scored."""
    found = {"windows": 60, "ticks": (0, 65), "seen": 1.0, "fresh": 1.0, "side": 120.0, "level": 0.1,
             "confidence": 3.5, "distance": 9.0, "offset": -2}  # fmt: skip
    return {name: np.array(value) for name, value in {**found, **changed}.items()}


def stats(metric, response, reference=None, faces=FACES, **turn):
    inputs = {"scores": response, "reference": scores() if reference is None else reference, "faces": faces}
    return metric.item(sample(**turn), inputs)


@pytest.mark.parametrize("metric", METRICS + FAST)
def test_the_card_holds(metric):
    validate(metric)
    assert f"({'YuNet with' if metric in FAST else 'S3FD at'}" in metric.card.unspecified_by_paper
    assert metric.card.profiles == (set() if metric in FAST else {"paper"})
    assert float(metric.failed(sample(), None, {})["value"]) == metric.card.fail_value
    assert ",vshift:15," in metric.signature() and "|tracks:subject|" in metric.signature()


@pytest.mark.parametrize("three", [METRICS, FAST])
def test_all_three_share_their_features(three):
    assert len({tuple((k, on.names, on.feature.signature()) for k, on in m.needs().items()) for m in three}) == 1
    assert ("=faces.yunet_tracks(" in three[0].signature()) == (three is FAST)
    assert ("=faces.s3fd(" in three[0].signature()) == (three is METRICS)


def test_each_has_its_own_number():
    assert [float(stats(metric, scores())["value"]) for metric in METRICS] == [3.5, 9.0, 2.0]
    assert stats(SyncC(), scores())["short"] == 1
    assert stats(SyncC(), scores(ticks=(5, 106)))["short"] == 0


@given(st.integers(-15, 15))
def test_the_offset_counts_either_way(offset):
    row = stats(SyncOffset(), scores(offset=offset))
    assert (row["value"], row["signed"], row["edge"]) == (abs(offset), offset, abs(offset) == 15)


FAULTS = {
    "no_face": {"ticks": (0, 0), "windows": 0},
    "too_short": {"windows": 30},
    "low_fps": {"fresh": 8 / 25},
    "no_speech": {"level": 0.001},
}


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("metric", METRICS)
def test_what_cannot_be_scored_is_said_and_whose_it_is(metric, code):
    bad = {k: v for k, v in scores(**FAULTS[code]).items() if code != "no_face" or k not in {"confidence", "offset"}}
    for response, reference, role in ((bad, None, "response"), (scores(), bad, "reference"), (bad, bad, "reference")):
        with pytest.raises(Unscored) as caught:
            stats(metric, response, reference)
        assert (caught.value.code, caught.value.role) == (code, role)


def test_a_reference_without_its_subject_judges_nobody():
    with pytest.raises(Unscored) as caught:
        stats(SyncC(), scores(), subject_box=(0.8, 0.8, 0.9, 0.9))
    assert (caught.value.code, caught.value.role) == ("no_face", "reference")


def test_beside_the_mean_stand_only_scored_items():
    rows = [stats(SyncOffset(), scores(offset=o, seen=s)) for o, s in ((-3, 1.0), (15, 0.5))]
    rows.append({"value": np.array(15.0)})
    assert SyncOffset().total(rows, np.ones(3)) == 11
    beside = SyncOffset().beside(rows, np.ones(3))
    assert (beside["signed"], beside["edge"], beside["seen"], beside["side"]) == (6, 0.5, 0.75, 120)
    assert "edge" not in SyncC().beside(rows, np.ones(3))


# What follows runs the networks, which read levels from the mouth of a dot and from noise.
torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")

from helpers.dots import dot_finder, lip_reader, speaker, voice, write_weights

LEVELS = np.random.default_rng(11).uniform(0, 1, COUNT + 30)
OTHER = np.random.default_rng(12).uniform(0, 1, COUNT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = write_weights(tmp_path_factory.mktemp("weights"), "s3fd", dot_finder())
    return write_weights(folder, "syncnet-v2", lip_reader())


@pytest.fixture
def measured(folder, monkeypatch, tmp_path):
    """The features of a clip of the speaker, with the sound of given levels."""
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(folder))

    def measure(sound=None, lips=LEVELS[15 : 15 + COUNT], **how):
        heard = voice(LEVELS[15 : 15 + COUNT]) if sound is None else sound
        clip = film(tmp_path / f"{len(list(tmp_path.iterdir()))}.mkv", speaker(lips), sound=heard, crf=0, **how)
        return of(clip)

    def of(clip):
        return features({"scores": SyncC().feature().on("response")}, {"response": clip}, sample().turn)["scores"]

    measure.of = of
    return measure


def values(found):
    return [float(stats(metric, found)["value"]) for metric in METRICS]


def test_lips_and_sound_of_one_speaker_fit(measured, tmp_path):
    own = measured()
    assert values(own) == pytest.approx([0.12, 0.085, 0], abs=0.02)
    again = tmp_path / "again.mkv"
    with av.open(str(tmp_path / "0.mkv")) as before, av.open(str(again), "w") as after:
        pairs = {stream: after.add_stream_from_template(stream) for stream in before.streams}
        for packet in before.demux():
            if packet.dts is not None:
                packet.stream = pairs[packet.stream]
                after.mux(packet)
    assert values(measured.of(Clip(again))) == values(own)

    confidence, distance, _ = values(own)
    other, still = measured(voice(OTHER)), measured(lips=np.full(COUNT, 0.5))
    assert values(other)[0] < 0.75 * confidence and values(other)[1] > 1.5 * distance
    assert values(still)[0] < 0.75 * confidence


@pytest.mark.parametrize("shift", [-15, 7, *(pytest.param(k, marks=pytest.mark.slow) for k in (-4, -1, 1, 15))])
def test_sound_that_is_shifted_is_found_where_it_is(measured, shift):
    """Sound that is early by `shift` frames, wherever in the window: the offset is exactly that."""
    found = measured(voice(LEVELS[15 + shift : 15 + shift + COUNT]))
    assert found["offset"] == shift
    assert stats(SyncOffset(), found)["value"] == abs(shift)


def reason(found):
    with pytest.raises(Unscored) as caught:
        stats(SyncC(), found)
    return caught.value.code


def test_clips_that_cannot_be_scored(measured, tmp_path):
    slow = measured(np.zeros(COUNT * 640), lips=LEVELS[: COUNT * 8 // 25 + 1], fps=8)
    assert slow["windows"] >= 31 and slow["fresh"] == pytest.approx(8 / 25, abs=0.03)
    assert reason(slow) == "low_fps"
    assert slow["level"] == 0 and reason({**slow, "fresh": np.array(1.0)}) == "no_speech"
    assert reason(measured(lips=LEVELS[:9])) == "too_short"
    assert reason(measured(voice(LEVELS[:9]))) == "too_short"
    clip = Clip(tmp_path / "0.mkv")
    with pytest.raises(MediaError) as caught:
        item_stats(SyncC(), sample(), response=film(tmp_path / "mute.mkv", speaker(LEVELS[:9])), reference=clip)
    assert caught.value.code == "no_audio"
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(MediaError) as caught:
        item_stats(SyncC(), sample(), response=Clip(tmp_path / "broken.mp4"), reference=clip)
    assert caught.value.code == "unreadable"


def test_the_quick_detector_finds_a_real_face_and_scores_it(folder, face_weights, monkeypatch, tmp_path):
    """YuNet's real weights on a photograph; the first frames only."""
    import shutil

    from helpers.astronaut import FACE, speaking

    shutil.copytree(folder, tmp_path / "weights")
    for file in face_weights.glob("face_detection_yunet*"):
        shutil.copy(file, tmp_path / "weights")
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS", str(tmp_path / "weights"))
    clip = film(tmp_path / "face.mkv", [speaking(k % 5) for k in range(9)], sound=voice(LEVELS[:9]))
    found = features({"s": SyncCFast().feature().on("response")}, {"response": clip}, sample().turn)["s"]
    assert (found["windows"], found["ticks"].tolist(), found["seen"], found["fresh"]) == (4, [0, 9], 1, 1)
    assert found["side"] == pytest.approx((FACE[3] - FACE[1]) * 400, rel=0.3)
    assert reason(found) == "too_short"


@pytest.mark.slow
def test_shifting_a_real_clips_sound_shifts_what_is_designed_and_what_is_measured(clips):
    """By the real network with random weights; beyond the sound's ends there is nothing to compare."""
    from fractions import Fraction

    from helpers.nets import _alive

    from vidchatbench.media import Presentation
    from vidchatbench_metrics.perception.ready_network import ready_network
    from vidchatbench_metrics.perception.torch_net import TorchNet
    from vidchatbench_metrics.sync.sync_distance import sync_distance
    from vidchatbench_metrics.sync.sync_embeddings import SyncEmbeddings
    from vidchatbench_metrics.sync.syncnet_net import SyncNet

    most, count = 15, 60
    clip = Clip(clips / "branch/dialogue/case1/2.mp4")
    shown = Presentation(
        width=224, height=224, fps=Fraction(25), fit="crop", ticks=frozenset(range(most, most + count))
    )
    faces = [frame.image for _, frame in clip.frames([shown])]
    sound = np.round(clip.audio(16000) * 32768).clip(-32768, 32767).astype(np.int16)
    net = ready_network(SyncNet(), _alive(SyncNet()))

    def hears(lips, mfcc):
        return torch.stack([torch.zeros(len(mfcc), 1024), net.netfcaud(net.netcnnaud(mfcc).flatten(1))], 1)

    def embedded(shift, how, pictures):
        embeddings = SyncEmbeddings(sound[(most + shift) * 640 :], TorchNet(how, device="cpu", batch=8))
        for face in pictures:
            embeddings.add(face)
        return embeddings.result()

    class Ear(torch.nn.Module):
        forward = staticmethod(hears)

    lips, heard = embedded(0, net, faces)
    inner = slice(most, len(lips) - most)
    mean = heard.mean(axis=0)
    own = sync_distance(lips, heard)
    for shift in (-15, -6, 3, 15):
        _, moved = embedded(shift, Ear(), [np.zeros((224, 224, 3), np.uint8)] * count)
        # Designed: lips that say exactly what was heard.
        assert sync_distance(heard - mean, moved - mean).offset == shift
        # Measured: where both have the sound, the distances are the same ones, and so is the least of them.
        found = sync_distance(lips, moved)
        here = [j for j in range(31) if 0 <= j + shift < 31]
        a = found.distances[inner][:, here].mean(axis=0)
        b = own.distances[inner][:, [j + shift for j in here]].mean(axis=0)
        assert a == pytest.approx(b, rel=1e-4)  # the cut's first sample lacks the emphasis of the one before
        assert a.argmin() == b.argmin()
