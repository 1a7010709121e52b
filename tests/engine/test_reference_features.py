"""Stored features of a test set's own files: the same results to a bit, the videos there or not; never a wrong one."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest
from helpers import tiny
from helpers.plain import Brightness, Grey
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import vidchatbench
from vidchatbench import Card, ClipFeature, FrameFeature, FramePass, Metric
from vidchatbench.engine.reference_features import store_features
from vidchatbench.errors import DataError, MediaError, UsageError
from vidchatbench.media import Clip, Presentation
from vidchatbench.testset import load_testset
from vidchatbench.testset.check import check_outputs
from vidchatbench.testset.outputs import read_outputs
from vidchatbench.testset.reference_features import FOLDER, ReferenceFeatures, StoredHead, entry_id, pack
from vidchatbench.testset.verify import wrong_files


class Framed(ClipFeature):
    """Twice the levels, computed from another feature, with a field of the turn; a clip must have sound."""

    id = "stored.framed"
    version = 1
    turn_fields = ("subject_box",)

    def needs(self):
        return {"grey": Grey().on("clip")}

    def compute(self, inputs):
        if inputs.clips["clip"].info.audio is None:
            raise MediaError("no_audio", "it has no sound", where=inputs.clips["clip"].video)
        levels = inputs.needs["grey"]["levels"]
        box = inputs.fields["subject_box"] or (0.0,)
        return {"levels": 2 * levels + box[0], "none": np.zeros((0, 3), np.float32)}


class Spread(Metric):
    """A set metric: the distance between the standard deviations of all responses and of all references."""

    card = Card(
        id="stored.spread", version=1, family="stored", title="Spread", unit="", range=(0.0, None), direction="lower",
        meaning="Distance of spreads.", source="none", responds_to=("motion",), ignores=("sound",), fail_value=None,
        tolerance=0.01, real="none",
    )  # fmt: skip

    def needs(self):
        return {
            "response": Framed().on("response"),
            "reference": Framed().on("reference"),
            "portrait": Grey().on("portrait"),
        }

    def item(self, sample, inputs):
        base = inputs["portrait"]["levels"][0]
        return {role: np.float32(inputs[role]["levels"] + base) for role in ("response", "reference")}

    def total(self, rows, weights):
        one, other = (np.concatenate([row[role] for row in rows]).std() for role in ("response", "reference"))
        return float(abs(one - other))


class Apart(FrameFeature):
    """Looks at two clips at once."""

    id = "stored.apart"
    version = 1
    slots = ("a", "b")

    def presentations(self, infos):
        return dict.fromkeys(infos, Presentation(width=16, height=16))

    def start(self, inputs):
        return _ApartPass()


class _ApartPass(FramePass):
    def __init__(self):
        self.sums = {"a": 0.0, "b": 0.0}

    def update(self, slot, frame):
        self.sums[slot] += float(frame.image.mean())

    def result(self):
        return {"value": np.array(abs(self.sums["a"] - self.sums["b"]))}


class Pair(Brightness):
    """Needs the response and the reference side by side."""

    card = Card(
        id="stored.pair", version=1, family="stored", title="Pair", unit="", range=(0.0, None), direction="lower",
        meaning="Distance.", source="none", responds_to=("brightness",), ignores=("sound",), fail_value=1e6,
        tolerance=0.01, real="none",
    )  # fmt: skip

    def needs(self):
        return {"apart": Apart().on("response", "reference")}

    def item(self, sample, inputs):
        return inputs["apart"]


METRICS = {metric.card.id: metric for metric in (Brightness(), Spread())}


def lock(root, *metrics):
    """Write a lock of the media; `metrics` are known to it, and x3 is excluded from them: its reference is silent."""
    lines = []
    for metric in metrics:
        lines.append({"kind": "metric", "metric": metric.card.id, "signature": metric.signature()})
        if isinstance(metric, Spread):
            lines.append(lines[-1] | {"kind": "exclusion", "item_id": "x3", "code": "no_audio", "detail": "silent"})
    return tiny.write_lock(root, *lines)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two dialogue items, one of two turns, one whose reference is silent; answers with two seeds, one absent."""
    root = tmp_path_factory.mktemp("world")
    testset = tiny.write_testset(root / "tiny", 5)
    tiny.write_clip(testset / "media" / "r3.mp4", level=130, tone_hz=None)
    lines = [json.loads(line) for line in (testset / "items.jsonl").read_text().splitlines()]
    lines[2]["task"], lines[0]["turns"][0]["subject_box"] = "multi_turn", [0.25, 0, 1, 1]
    lines[2]["turns"] += lines.pop(4)["turns"]
    (testset / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    outputs = tiny.write_outputs(root / "outputs", 4)
    for k in range(4):
        tiny.write_clip(outputs / f"x{k}.s1.mp4", level=50 + 25 * k)
    tiny.write_clip(outputs / "x2.t1.mp4", level=200)
    return lock(testset), outputs


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def own(world, tmp_path):
    return shutil.copytree(world[0], tmp_path / "tiny")


def score(world, testset, out=None, *metrics):
    extra = metrics or tuple(METRICS.values())
    families = {metric.card.family for metric in extra}
    return vidchatbench.evaluate(
        world[1], testset=testset, metrics=families, extra_metrics=extra, out=out, workers=0, overwrite=True
    )


def without_media(testset):
    shutil.rmtree(testset / "media")
    return testset


def numbers(out):
    """All that a run writes of its numbers; `computation` aside."""
    results = json.loads((out / "results.json").read_text())
    for metric in results["metrics"].values():
        metric.pop("computation")
    return json.dumps(results), (out / "items.jsonl.gz").read_bytes(), (out / "stats.npz").read_bytes()


@pytest.mark.parametrize("known", [(), tuple(METRICS.values())], ids=["lock does not know", "lock knows"])
def test_results_are_those_of_the_videos_to_a_bit(world, own, tmp_path, known, monkeypatch):
    lock(own, *known)
    score(world, own, tmp_path / "videos")
    store_features(load_testset(own), METRICS, workers=0)
    score(world, own, tmp_path / "cached")  # the cache has what was computed from the videos
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "other"))
    score(world, own, tmp_path / "stored")
    without_media(own)
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(tmp_path / "third"))
    absent = score(world, own, tmp_path / "absent")
    assert len({numbers(tmp_path / name) for name in ("videos", "cached", "stored", "absent")}) == 1
    texts = {(tmp_path / name / "results.json").read_bytes() for name in ("cached", "stored", "absent")}
    assert len(texts) == 1  # also of how it was computed
    spread = absent.results.metrics["stored.spread"]
    assert spread.value > 1 and (spread.expected, spread.excluded, spread.failed) == (8, 2, 1)
    bright = absent.results.metrics["plain.brightness"]
    assert bright.real is not None and (bright.n, bright.failed) == (10, 1)


def test_what_is_stored_counts_whatever_the_cache_holds(world, own, monkeypatch):
    """Whoever stored them may have computed on another machine, where numbers differ within the tolerance."""
    here = score(world, own).results.metrics["stored.spread"].value
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(own.parent / "elsewhere"))
    with monkeypatch.context() as elsewhere:
        compute = Framed.compute
        elsewhere.setattr(
            Framed, "compute", lambda self, inputs: {n: a * 1.001 for n, a in compute(self, inputs).items()}
        )
        store_features(load_testset(own), METRICS, workers=0)
    found = []
    for cache in ("cache", "third"):  # the first holds what was computed here
        monkeypatch.setenv("VIDCHATBENCH_CACHE", str(own.parent / cache))
        found.append(score(world, own).results.metrics["stored.spread"].value)
    assert found[0] == found[1] != here


def test_stored_features_are_named_with_how_they_were_computed_and_no_reference_is_decoded(world, own, monkeypatch):
    store_features(load_testset(own), METRICS, workers=0)
    opened = []
    frames = Clip.frames
    monkeypatch.setattr(Clip, "frames", lambda self, wanted: opened.append(self.video.name) or frames(self, wanted))
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(own.parent / "other"))
    said = score(world, own).results.metrics["stored.spread"].computation
    assert opened and not [name for name in opened if name.startswith("r")]
    names = sorted(f"{FOLDER}/{path.name}" for path in (own / FOLDER).iterdir())
    assert list(said) == ["plain.grey", *names, "stored.framed"]
    assert all("stored by vidchatbench" in said[name] and "decoder" in said[name] for name in names)
    assert "plain.grey: " in said[names[1]]  # what the feature was computed from


def test_a_metric_that_looks_at_an_absent_video_is_not_ready_and_the_others_are(world, own):
    store_features(load_testset(own), METRICS, workers=0)
    whole = score(world, own, None, Brightness(), Pair()).results.metrics
    assert whole["stored.pair"].value is not None
    (own / "media" / "r1.mp4").unlink()  # of one item only
    results = score(world, own, None, Brightness(), Pair()).results
    pair = results.metrics["stored.pair"]
    assert (pair.value, pair.excluded, pair.expected, results.complete) == (None, 0, 0, False)
    assert "needs r1.mp4, which is not here" in pair.reason and "get the media (here)" in pair.remedy
    assert results.metrics["plain.brightness"].value == whole["plain.brightness"].value


def test_features_of_another_signature_do_not_count(world, own, monkeypatch):
    monkeypatch.setattr(Grey, "version", 2)
    store_features(load_testset(own), METRICS, workers=0)
    monkeypatch.setattr(Grey, "version", 1)
    result = score(world, own).results.metrics["plain.brightness"]
    assert result.value is not None and list(result.computation) == ["plain.grey"]
    result = score(world, without_media(own)).results.metrics["plain.brightness"]
    assert result.value is None and "holds no plain.grey(v1)" in result.reason


def test_media_other_than_those_of_the_lock_are_refused_also_beside_stored_features(world, own):
    store_features(load_testset(own), METRICS, workers=0)
    shutil.copy(own / "media" / "r0.mp4", own / "media" / "r1.mp4")
    with pytest.raises(DataError, match=r"r1\.mp4 has another content|r1\.mp4 has \d+ bytes"):
        score(world, own)


def test_absent_media_stop_the_run_where_nothing_is_stored(world, own):
    with pytest.raises(DataError, match="is not there"):
        score(world, without_media(own))


def test_storing_needs_media_lock_and_something_to_store(world, own):
    with pytest.raises(UsageError, match="nothing to store"):
        store_features(load_testset(lock(own, Pair())), {"stored.pair": Pair()}, workers=0)
    (own / "media.lock.jsonl").unlink()
    with pytest.raises(DataError, match="testset lock"):
        store_features(load_testset(own), METRICS, workers=0)
    with pytest.raises(DataError, match="is not there"):
        store_features(load_testset(without_media(own)), METRICS, workers=0)


def test_a_defect_of_a_feature_is_not_stored(world, own, monkeypatch):
    monkeypatch.setattr(Framed, "compute", lambda self, inputs: 1 / 0)
    with pytest.raises(DataError, match="ZeroDivisionError"):
        store_features(load_testset(own), METRICS, workers=0)
    assert not (own / FOLDER).exists()


def test_the_folder_holds_what_was_asked_for_last_and_the_same_bytes_each_time(world, own, monkeypatch):
    first = store_features(load_testset(own), METRICS, workers=0)
    names = sorted(path.name for path in (own / FOLDER).iterdir())
    assert [name.rsplit(".", 2)[0] for name in names] == ["plain.grey", "stored.framed"]
    monkeypatch.setenv("VIDCHATBENCH_CACHE", str(own.parent / "other"))
    store_features(load_testset(own), dict(reversed(METRICS.items())), workers=0)
    assert sorted(path.name for path in (own / FOLDER).iterdir()) == names
    only = store_features(load_testset(own), {"plain.brightness": Brightness()}, workers=0)
    assert [path.name for path in (own / FOLDER).iterdir()] == names[:1]
    assert set(only.files) < set(first.files)


@pytest.fixture(scope="module")
def stored(world, tmp_path_factory):
    root = shutil.copytree(world[0], tmp_path_factory.mktemp("stored") / "tiny")
    store_features(load_testset(root), {"plain.brightness": Brightness()}, workers=0)
    return root


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_any_damage_is_noticed_and_names_the_file(stored, tmp_path_factory, data):
    (path,) = (stored / FOLDER).iterdir()
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), label="cut"):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    root = tmp_path_factory.mktemp("damaged")
    (root / FOLDER).mkdir()
    (root / FOLDER / path.name).write_bytes(content)
    with pytest.raises(DataError, match="it is damaged") as caught:
        ReferenceFeatures.of(root)
    assert path.name in str(caught.value) and "testset features" in str(caught.value)


def test_damage_stops_a_run_whose_cache_is_full(world, own):
    store_features(load_testset(own), METRICS, workers=0)
    score(world, own)
    path = next((own / FOLDER).iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="it is damaged"):
        score(world, own)


def write(root, head, arrays):
    name, content = pack(head, arrays)
    (root / FOLDER).mkdir(exist_ok=True)
    (root / FOLDER / name).write_bytes(content)
    return name


def head(*entries, **more):
    known = {"vidchatbench": "1", "feature": "a.b", "signature": "a.b(v1)", "computation": {}}
    return StoredHead(**{**known, "entries": dict.fromkeys(entries), **more})


ARRAYS = st.dictionaries(
    st.text(min_size=1, max_size=5),
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.uint8, np.int64, np.bool_]),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
    ),
    max_size=3,
)


@given(st.lists(ARRAYS, min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_arrays_come_back_as_they_went_in(tmp_path_factory, clips):
    root = tmp_path_factory.mktemp("root")
    digests = [hashlib.sha256(bytes([k])).hexdigest() for k in range(len(clips))]
    ids = [entry_id([digest], {}) for digest in digests]
    write(root, head(*ids), dict(zip(ids, clips, strict=True)))
    found = ReferenceFeatures.of(root)
    for digest, wanted in zip(digests, clips, strict=True):
        arrays = found.find("a.b(v1)", [digest], {}).read()
        assert set(arrays) == set(wanted)
        for name, array in wanted.items():
            assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)
            assert arrays[name].tobytes() == array.tobytes()
    assert found.find("a.b(v2)", digests[:1], {}) is None
    assert found.find("a.b(v1)", digests[:1], {"subject_box": None}) is None
    assert found.find("a.b(v1)", [digests[0]] * 2, {}) is None


def test_two_files_of_one_feature_are_refused_and_so_is_another_schema(tmp_path):
    write(tmp_path, head("aa"), {})
    second = write(tmp_path, head("bb"), {})
    with pytest.raises(DataError, match="same feature"):
        ReferenceFeatures.of(tmp_path)
    (tmp_path / FOLDER / second).unlink()
    write(tmp_path, head(schema="vidchatbench.reference_features/9", signature="c"), {})
    with pytest.raises(DataError, match=r"schema: .*reference_features/1"):
        ReferenceFeatures.of(tmp_path)


def test_who_lacks_the_media_can_check_outputs_and_verify_still_says_what_is_absent(world, own, tmp_path):
    store_features(load_testset(own), METRICS, workers=0)
    without_media(own)
    assert len(wrong_files(load_testset(own))) == len(load_testset(own).media())
    long = shutil.copytree(world[1], tmp_path / "outputs")
    tiny.write_clip(long / "x0.mp4", seconds=2.4)
    notes = [finding for finding in check_outputs(load_testset(own), read_outputs(long)) if finding.kind == "length"]
    assert [finding.where for finding in notes] == ["x0.mp4"]
