"""The door for metrics: what is picked by which name, and what is refused at registration, with its field."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.plain import Brightness, Grey

from vidchatbench.errors import UsageError
from vidchatbench.registry import entries, families, features, from_file, ready, select, validate


def test_every_built_in_metric_loads_and_is_valid():
    assert len(entries()) >= 20
    for entry in entries().values():
        assert entry.metric is not None, entry.error
        validate(entry.metric)
        assert entry.metric.signature().startswith(f"{entry.id}|v")


def test_each_of_our_families_says_what_its_numbers_mean_in_a_sentence():
    ours = {entry.metric.card.family for entry in entries().values() if entry.source.startswith("vidchatbench ")}
    assert ours == families().keys()
    for said in families().values():
        assert said.endswith(".") and ". " not in said and len(said) < 240


def test_a_profile_a_family_an_id():
    whole = set(select("bundled", None, (), ()))
    assert {"turn.fto_w1", "check.coverage", "video.ssim"} <= whole and "check.face" not in whole
    family = {id for id in entries() if id.startswith("turn.")}
    assert set(select("bundled", ["turn", "video.ssim"], ["turn.pause_w1"], ())) == family - {"turn.pause_w1"} | {
        "video.ssim"
    }
    assert set(select("bundled", ["turn.*"], (), ())) == family >= {id for id in whole if id.startswith("turn.")}


def test_a_family_leaves_out_what_needs_extra_weights_and_an_id_does_not():
    assert "check.face" not in select("bundled", ["check"], (), ())
    assert "check.face" in select("bundled", ["check.face"], (), ())


def test_an_object_joins_the_profile_or_the_picked():
    assert "plain.brightness" in select("bundled", None, (), [Brightness()])
    assert set(select("bundled", ["plain"], (), [Brightness()])) == {"plain.brightness"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nope", None, (), ()), "there is no profile 'nope'"),
        (("bundled", ["video.sim"], (), ()), "did you mean video.ssim"),
        (("bundled", None, ["zzz"], ()), "there is no metric 'zzz'"),
        (("bundled", ["video.ssim"], ["video"], ()), "no metric is left"),
    ],
)
def test_wrong_names_are_answered(arguments, says):
    with pytest.raises(UsageError) as caught:
        select(*arguments)
    assert says in str(caught.value)


def changed(**fields):
    class Changed(Brightness):
        card = replace(Brightness.card, **fields)

    return Changed()


class NoRole(Brightness):
    def needs(self):
        return {"grey": Grey().on("audience")}


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        (changed(id="Brightness"), "card.id"),
        (changed(direction="up"), "card.direction"),
        (changed(fail_value=300.0), "card.fail_value"),
        (changed(compared="level"), "card.compared"),
        (NoRole(), "audience"),
        (object(), "does not derive"),
    ],
)
def test_a_wrong_metric_is_refused_when_it_is_registered(metric, says):
    with pytest.raises(UsageError, match=says):
        validate(metric)


def test_an_id_that_is_taken_is_refused():
    with pytest.raises(UsageError, match=r"the id 'video\.ssim' is taken"):
        select("bundled", None, (), [changed(id="video.ssim")])


def test_a_feature_bound_to_too_many_clips_is_refused_where_it_is_bound():
    with pytest.raises(TypeError, match="looks at 1 clip"):
        Grey().on("response", "reference")


def test_features_are_listed_once_and_a_plain_metric_is_ready():
    assert [feature.id for feature in features(Brightness())] == ["plain.grey"]
    assert ready(Brightness()) is None


def test_a_missing_package_says_what_to_install():
    class Needy(Grey):
        requires = ("a_package_that_is_not_there",)
        extra = "bundled"

    class Wants(Brightness):
        def needs(self):
            return {"grey": Needy().on("response")}

    why = ready(Wants())
    assert why is not None and "a_package_that_is_not_there" in why.cause
    assert why.remedy == "pip install 'vidchatbench[bundled]'"


def test_a_file_that_is_no_plugin(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("1 / 0\n")
    with pytest.raises(UsageError, match="ZeroDivisionError"):
        from_file(f"{file}:X")
