"""Colour: matrix, range, subsampling, depth, transparency, orientation, judged by the standards' formulas."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageOps

from vidchatbench.errors import MediaError
from vidchatbench.media import Clip, Presentation

WEIGHTS = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114), "bt2020nc": (0.2627, 0.0593)}
PATCHES = np.random.default_rng(5).integers((40, 80, 80), (220, 180, 180), (6, 8, 3))
"""Y, U, V of 6 x 8 flat patches, inside the gamut of most matrices."""
SIDE = 16


def rgb(path):
    """The first frame at its own size."""
    info = Clip(path).info.video
    return next(f.image for _, f in Clip(path).frames([Presentation(width=info.width, height=info.height)]))


def standard(yuv, matrix, *, full=False, bits=8):
    """ITU-R BT.601/709/2020: from stored Y, U, V to R, G, B in 0 to 255."""
    kr, kb = WEIGHTS[matrix]
    stored = np.asarray(yuv, float) * 2 ** (bits - 8)
    top = 2**bits - 1
    luma = stored[..., 0] / top if full else (stored[..., 0] / 2 ** (bits - 8) - 16) / 219
    chroma = (stored[..., 1:] - 2 ** (bits - 1)) / (top if full else 224 * 2 ** (bits - 8))
    red = luma + 2 * (1 - kr) * chroma[..., 1]
    blue = luma + 2 * (1 - kb) * chroma[..., 0]
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return np.clip(np.stack([red, green, blue], -1) * 255, 0, 255)


def patches(ffmpeg, path, *arguments, pixels="yuv420p", size=None):
    """A file whose stored samples are `PATCHES`, whatever it is tagged as."""
    planes = np.kron(PATCHES, np.ones((SIDE, SIDE, 1), int)).astype(np.uint8)
    raw = path.with_suffix(".yuv")
    raw.write_bytes(planes.transpose(2, 0, 1).tobytes())
    source = ("-f", "rawvideo", "-pix_fmt", "yuv444p", "-s", f"{8 * SIDE}x{6 * SIDE}", "-i", raw)
    scale = () if size is None else ("-vf", f"scale={size}:flags=neighbor")
    ffmpeg(*source, *scale, "-frames:v", "1", "-pix_fmt", pixels, *arguments, path)
    return path


def centres(image):
    """Mean of the middle of each patch, away from the neighbours' colours."""
    height, width = image.shape[0] // 6, image.shape[1] // 8
    cells = image.reshape(6, height, 8, width, 3).astype(float)
    middle = cells[:, height // 4 : -height // 4, :, width // 4 : -width // 4]
    return middle.mean((1, 3))


LOSSLESS = ("-c:v", "libx264", "-qp", "0")


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le"])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("side", ["tv", "pc"])
def test_the_tagged_matrix_and_range_are_applied(pixels, matrix, side, ffmpeg, tmp_path):
    flags = f"colormatrix={matrix}:fullrange={'on' if side == 'pc' else 'off'}"
    path = patches(ffmpeg, tmp_path / "a.mp4", *LOSSLESS, "-x264-params", flags, pixels=pixels)
    bits = 10 if "10" in pixels else 8
    expected = standard(PATCHES, matrix, full=side == "pc", bits=bits)
    found = centres(rgb(path))
    assert np.abs(found - expected).max() < 1.0
    assert abs((found - expected).mean()) < 0.1


@pytest.mark.parametrize(("lines", "matrix"), [("718", "smpte170m"), ("720", "bt709")])
def test_untagged_video_is_bt601_below_720_lines_and_bt709_from_there_up(lines, matrix, ffmpeg, tmp_path):
    path = patches(ffmpeg, tmp_path / "a.mp4", *LOSSLESS, size=f"960:{lines}")
    image = rgb(path)
    expected = standard(PATCHES[0, 0], matrix)
    assert np.abs(image[20:80, 20:80] - expected).max() < 1.0


def test_chroma_is_interpolated_from_where_h264_has_it(ffmpeg, tmp_path):
    ramp = np.tile(np.arange(64, 192, dtype=np.uint8), (32, 1))
    for plane, name in ((1, "u"), (2, "v")):
        yuv = np.full((3, 32, 128), 128, np.uint8)
        yuv[plane] = ramp
        half = np.concatenate([yuv[0].ravel(), yuv[1, ::2, ::2].ravel(), yuv[2, ::2, ::2].ravel()])
        raw = tmp_path / f"{name}.yuv"
        raw.write_bytes(half.tobytes())
        path = raw.with_suffix(".mp4")
        source = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "128x32", "-i", raw)
        ffmpeg(*source, *LOSSLESS, "-x264-params", "colormatrix=smpte170m", path)
        expected = standard(yuv.transpose(1, 2, 0), "smpte170m")
        assert np.abs(rgb(path)[:, 4:-4] - expected[:, 4:-4]).max() <= 1.6  # a shift by half a pixel adds 0.9


@pytest.mark.parametrize("size", [(127, 95), (33, 1), (2, 35), (1, 1)])
def test_odd_sizes(size, tmp_path):
    width, height = size
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert np.array_equal(rgb(tmp_path / "a.png"), pixels)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95, subsampling=2)
    seen = np.asarray(Image.open(tmp_path / "a.jpg").convert("RGB")).astype(float)
    assert rgb(tmp_path / "a.jpg").shape == seen.shape


def test_a_jpeg_looks_as_pillow_shows_it(tmp_path):
    smooth = np.array(Image.fromarray(PATCHES.astype(np.uint8)).resize((160, 120), Image.Resampling.BICUBIC))
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95, subsampling=2)
    difference = rgb(tmp_path / "a.jpg") - np.asarray(Image.open(tmp_path / "a.jpg").convert("RGB")).astype(float)
    assert np.abs(difference).max() <= 4
    assert abs(difference.mean()) < 0.25


def test_pictures_grey_palette_and_transparent(tmp_path):
    rng = np.random.default_rng(4)
    grey = rng.integers(0, 256, (20, 30), dtype=np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(rgb(tmp_path / "grey.png"), np.repeat(grey[..., None], 3, 2))
    palette = Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)).quantize(16)
    palette.save(tmp_path / "palette.png")
    assert np.array_equal(rgb(tmp_path / "palette.png"), np.asarray(palette.convert("RGB")))
    rgba = rng.integers(0, 256, (20, 30, 4), dtype=np.uint8)
    Image.fromarray(rgba).save(tmp_path / "clear.png")
    expected = np.rint(rgba[..., :3] * (rgba[..., 3:] / 255.0))
    assert np.abs(rgb(tmp_path / "clear.png") - expected).max() <= 1
    deep = grey.astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert np.abs(rgb(tmp_path / "deep.png") - np.repeat(grey[..., None], 3, 2).astype(int)).max() <= 1


def test_transparent_video_is_composited_on_black(ffmpeg, tmp_path):
    path = tmp_path / "clear.mov"
    ffmpeg("-f", "lavfi", "-i", "color=white@0.5:s=64x48:d=0.2,format=yuva444p10le", "-c:v", "prores_ks", path)
    assert np.abs(rgb(path) - 128.0).max() <= 3


def test_a_picture_is_one_tick(tmp_path):
    Image.new("RGB", (40, 30), (10, 200, 30)).save(tmp_path / "a.png")
    clip = Clip(tmp_path / "a.png")
    for rate in (None, Fraction(1), Fraction(60)):
        frames = [f for _, f in clip.frames([Presentation(width=8, height=8, fps=rate)])]
        assert [(f.tick, f.time_s, f.repeat) for f in frames] == [(0, 0, False)]
        assert np.array_equal(frames[0].image[3, 3], (10, 200, 30))
    assert clip.info.video.duration_s == 0
    assert clip.info.audio is None


CORNERS = np.zeros((48, 64, 3), np.uint8)
CORNERS[:12, :16] = (250, 10, 10)  # red, top left
CORNERS[:12, -16:] = (10, 250, 10)  # green, top right
CORNERS[-12:, :16] = (10, 10, 250)  # blue, bottom left


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_exif_orientation(orientation, tmp_path):
    picture = Image.fromarray(CORNERS)
    exif = picture.getexif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "a.jpg", quality=95, subsampling=0, exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "a.jpg")))
    found = rgb(tmp_path / "a.jpg")
    assert found.shape == upright.shape
    assert np.abs(found - upright.astype(float)).max() < 12


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_the_display_matrix_turns_the_picture(degrees, ffmpeg, remux, tmp_path):
    Image.fromarray(CORNERS).save(tmp_path / "a.png")
    flat = tmp_path / "flat.mp4"
    ffmpeg("-loop", "1", "-i", tmp_path / "a.png", "-t", "0.2", "-c:v", "libx264", "-pix_fmt", "yuv444p", flat)
    turned = remux(f"turned{degrees}.mp4", "-i", flat, "-metadata:s:v:0", f"rotate={-degrees % 360}")
    seen = np.frombuffer(ffmpeg("-i", turned, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"), np.uint8)
    found = rgb(turned)
    info = Clip(turned).info.video
    assert info.rotation == degrees
    assert (info.width, info.height) == ((48, 64) if degrees in (90, 270) else (64, 48))
    assert np.abs(found - seen.reshape(found.shape).astype(float)).max() < 12


def test_wide_pixels_widen_the_picture(ffmpeg, tmp_path):
    path = tmp_path / "wide.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:d=0.2", "-vf", "setsar=3/2", "-c:v", "libx264", path)
    info = Clip(path).info.video
    assert (info.width, info.height) == (96, 48)


def test_crop_cuts_the_longer_side_evenly(tmp_path):
    image = np.zeros((40, 100, 3), np.uint8)
    image[:, 30:70] = 200
    Image.fromarray(image).save(tmp_path / "wide.png")
    crop = next(f for _, f in Clip(tmp_path / "wide.png").frames([Presentation(width=20, height=20, fit="crop")]))
    assert (crop.image == 200).all()
    Image.fromarray(image.transpose(1, 0, 2).copy()).save(tmp_path / "tall.png")
    same = Presentation(width=40, height=40, fit="crop", dtype="float32")
    crop = next(f for _, f in Clip(tmp_path / "tall.png").frames([same]))
    assert crop.image.dtype == np.float32
    assert (crop.image == 200).all()


def test_uint8_is_the_rounded_float_and_images_are_shared_and_read_only(tmp_path):
    pixels = np.random.default_rng(6).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    whole, exact, again = (
        f.image
        for _, f in Clip(tmp_path / "a.png").frames(
            [
                Presentation(width=13, height=17),
                Presentation(width=13, height=17, dtype="float32"),
                Presentation(width=13, height=17, fps=Fraction(5)),
            ]
        )
    )
    assert np.array_equal(whole, np.rint(exact))
    assert whole is again
    with pytest.raises(ValueError, match="read-only"):
        whole[0, 0] = 0


def test_an_unknown_matrix_is_refused(ffmpeg, tmp_path):
    path = patches(ffmpeg, tmp_path / "a.mp4", *LOSSLESS, "-x264-params", "colormatrix=YCgCo", pixels="yuv444p")
    with pytest.raises(MediaError, match="colour matrix") as caught:
        rgb(path)
    assert caught.value.code == "unreadable"
