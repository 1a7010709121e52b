"""Draws one frame of a talking person: analytic 2.5D, shaded by a height field, no picture material from anywhere.

Every pixel is taken back through the head's pose to a place (u, v) on the face and coloured there, in float64 and
without random numbers but the seeded grain, so that equal calls give equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from people import RGB, Person

Plane = NDArray[np.float64]
LIGHT = np.array((-0.42, -0.55, 0.72)) / np.linalg.norm((-0.42, -0.55, 0.72))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """What the face does in one frame. Angles in radians, shifts in face units, shapes 0 to 1."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    dx: float = 0.0
    dy: float = 0.0
    open: float = 0.0
    """Opening of the lips."""
    wide: float = 0.0
    """-1 rounded and narrow, 0 at rest, 1 spread."""
    smile: float = 0.0
    lids: float = 1.0
    """1 open, 0 closed."""
    gaze: tuple[float, float] = (0.0, 0.0)
    brow: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """How the camera sees the person."""

    size: int = 256
    scale: float = 60.0
    """Pixels per face unit (half the face's width)."""
    centre: tuple[float, float] = (128.0, 128.0)
    light: float = 0.0
    """Turns the key light from left (-1) to right (1); 0 is the room's own."""
    warmth: float = 0.0
    grain_seed: int = field(default=0)


def _step(d: Plane, soft: float) -> Plane:
    """1 inside (d < 0), 0 outside, with an edge `soft` wide on both sides."""
    t = np.clip(0.5 - d / (2 * soft), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def _bump(u: Plane, v: Plane, cu: float, cv: float, ru: float, rv: float) -> Plane:
    return np.asarray(np.exp(-(((u - cu) / ru) ** 2) - ((v - cv) / rv) ** 2))


def _rgb(colour: RGB) -> Plane:
    """A colour that multiplies with planes: 3 x 1 x 1."""
    return np.array(colour)[:, None, None]


def _mix(image: Plane, colour: RGB | Plane, mask: Plane) -> None:
    """Lay a colour, one or a picture of them, over an image (3 x height x width) where the mask is."""
    paint = _rgb(colour) if isinstance(colour, tuple) else colour
    image += (paint - image) * mask


def _window(u: Plane, v: Plane, half: float, top: float, bottom: float) -> tuple[slice, slice]:
    """The rows and columns that hold all places with |u| < half and top < v < bottom."""
    inside = (abs(u) < half) & (v > top) & (v < bottom)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


@lru_cache(maxsize=8)
def _grain(seed: int, size: int) -> Plane:
    return np.random.default_rng(seed).standard_normal((size, size))


@lru_cache(maxsize=8)
def _smooth_noise(seed: int, size: int, cells: int) -> Plane:
    """Noise of `cells` cells over the picture, bilinear, about -1 to 1."""
    g = np.random.default_rng(seed).uniform(-1, 1, (cells + 1, cells + 1))
    t = np.linspace(0, cells, size, endpoint=False)
    i, f = t.astype(int), t % 1
    f = f * f * (3 - 2 * f)
    rows = g[i] * (1 - f)[:, None] + g[i + 1] * f[:, None]
    return np.asarray(rows[:, i] * (1 - f) + rows[:, i + 1] * f)


@lru_cache(maxsize=4)
def _room(p: Person, shot: Shot) -> Plane:
    """The wall behind, out of focus: a gradient, a soft window and a dark shelf."""
    n = shot.size
    y, x = np.mgrid[0:n, 0:n] / n
    top, bottom = (_rgb(c) for c in p.backdrop)
    image = top + (bottom - top) * y
    seed = sum(map(ord, p.name))
    image = image * (1 + 0.10 * _smooth_noise(seed, n, 5) + 0.05 * _smooth_noise(seed + 1, n, 11))
    side = 0.10 if seed % 2 else 0.90
    _mix(image, (0.86, 0.86, 0.82), 0.35 * _step(np.maximum(abs(x - side) - 0.12, abs(y - 0.3) - 0.24), 0.05))
    _mix(image, (0.16, 0.14, 0.13), 0.35 * _step(np.maximum(abs(x - (1 - side)) - 0.10, abs(y - 0.62) - 0.03), 0.03))
    return np.asarray(image)


def _body(image: Plane, p: Person, a: Plane, b: Plane, lean: float) -> None:
    """Neck and shoulders, in face units relative to a head at rest."""
    a = a - lean
    neck = _step(np.maximum(abs(a) - p.neck - 0.25 * np.clip(b - 1.45, 0, 1) ** 2, 0.8 - b), 0.03)
    shade = 0.80 - 0.22 * abs(a + 0.15) - 0.40 * np.exp(-(((b - p.chin + 0.1) / 0.30) ** 2))
    _mix(image, _rgb(p.skin) * np.clip(shade, 0.25, 1), neck)
    x = abs(a)
    top = 1.86 + 0.22 * np.clip(x - p.neck, 0, None) ** 1.4 + 0.5 * np.clip(x - 1.7, 0, None) ** 2
    top = top + 0.16 * np.clip(1 - (a / (p.neck + 0.08)) ** 2, 0, None) - 0.05
    cloth = _step(top - b, 0.03)
    fold = 0.90 + 0.07 * np.sin(4 * a + 3 * b) - 0.14 * abs(a + 0.7) + 0.10 * np.exp(-(((b - top) / 0.3) ** 2))
    _mix(image, _rgb(p.clothes) * np.clip(fold, 0.3, 1.2), cloth)
    collar = _step(np.maximum(abs(b - top - 0.05) - 0.05, x - p.neck - 0.08), 0.02)
    _mix(image, _rgb(p.clothes) * 0.60, collar * 0.8)


def _outline(p: Person, u: Plane, v: Plane) -> Plane:
    """Signed distance-like field of the face's outline, negative inside."""
    t = np.clip((v - 0.05) / p.chin, 0, 1)
    half = 1 - p.jaw * t * t * (3 - 2 * t) * 0.9
    height = np.where(v > 0, p.chin, p.crown)
    power = np.where(v > 0, 2.35, 2.15)
    return (abs(u / half) ** power + abs(v / height) ** power) ** (1 / power) - 1


def _height(p: Person, u: Plane, v: Plane, pose: Pose, jaw: float) -> Plane:
    """Relief of the face in face units, towards the viewer."""
    x, y = abs(u), v
    base = 1.05 * np.sqrt(np.clip(1 - (u / 1.12) ** 2 * 0.9 - (y / 1.75) ** 2 * 0.8, 0.02, None))
    tip = p.nose_y
    bridge = 0.17 * np.exp(-((u / (0.085 + 0.05 * np.clip((y + 0.3) / 0.8, 0, 1))) ** 2))
    bridge = (
        bridge * _step(-(y + 0.42), 0.25) * _step(y - tip - 0.02, 0.12) * (0.55 + 0.6 * np.clip((y + 0.3) / 0.7, 0, 1))
    )
    h = base + bridge
    h = h + 0.13 * _bump(u, y, 0, tip - 0.03, p.nose_w * 0.62, 0.13)
    h = h + 0.07 * _bump(x, y, p.nose_w * 0.86, tip + 0.02, 0.075, 0.075)
    h = h - 0.115 * _bump(x, y, p.eye_x, p.eye_y + 0.0, 0.25, 0.15)
    h = h + 0.06 * _bump(x, y, p.eye_x, p.eye_y, 0.14, 0.10)
    h = h + 0.055 * _bump(x, y, p.eye_x, p.brow_y + 0.03, 0.33, 0.11)
    h = h + (0.055 + 0.05 * pose.smile) * _bump(x, y, 0.60, 0.28 - 0.05 * pose.smile, 0.26, 0.22)
    h = h - (0.025 + 0.04 * pose.smile + 0.015 * p.wrinkles) * np.exp(
        -(((x - 0.34 - 0.38 * np.clip(y - 0.45, 0, None)) / 0.06) ** 2) - ((y - 0.64) / 0.22) ** 2
    )
    my = p.mouth_y + 0.3 * jaw
    h = h + 0.06 * _bump(u, y, 0, my, p.mouth_w * 0.95, 0.17)
    h = h - 0.022 * np.exp(-((u / 0.045) ** 2) - ((y - (tip + p.mouth_y) / 2 - 0.03) / 0.09) ** 2)
    h = h - 0.05 * _bump(u, y, 0, p.mouth_y + 0.24 + jaw * 0.8, 0.24, 0.06)
    h = h + 0.07 * _bump(u, y, 0, p.chin - 0.22 + jaw, 0.26, 0.15)
    if p.wrinkles:
        h = h + 0.008 * p.wrinkles * np.sin(52 * y + 3 * u * u) * _bump(u, y, 0, -0.72, 0.5, 0.16)
        h = h - 0.02 * p.wrinkles * _bump(x, y, p.eye_x, p.eye_y + 0.18, 0.2, 0.03)
    return h


def _eyes(image: Plane, p: Person, u: Plane, v: Plane, pose: Pose, px: float) -> None:
    """Both eyes: the ball, iris and pupil, lids, lashes and crease."""
    side = np.sign(u)
    x = (abs(u) - p.eye_x) / p.eye_w
    y = v - p.eye_y + 0.018 * x
    arch = np.clip(1 - x * x, 0, 1)
    squint = 1 - 0.18 * pose.smile
    upper = -p.eye_h * arch**0.75 * (2 * pose.lids - 0.92) * squint
    lower = p.eye_h * 0.62 * arch * (0.55 + 0.45 * squint)
    upper = np.minimum(upper, lower)
    slit = _step(np.maximum(upper - y, y - lower), px) * (abs(x) < 1)
    gx, gy = pose.gaze
    dx = x * p.eye_w - gx * 0.055 * side
    dy = y - gy * 0.045 + 0.012
    r = np.sqrt(dx * dx + dy * dy)
    ball = _rgb((0.93, 0.92, 0.90)) * (0.98 - 0.25 * x**2)
    iris_r = 0.095
    ring = (
        _rgb(p.iris) * (0.75 + 0.9 * np.clip(dy / iris_r, -0.5, 1)) * (1.15 - 0.45 * _step(-(r - iris_r * 0.8), 0.02))
    )
    eye = ball + (ring - ball) * _step(r - iris_r, px)
    _mix(eye, (0.02, 0.02, 0.02), _step(r - iris_r * 0.45, px))
    _mix(eye, (1.0, 1.0, 1.0), 0.9 * _step(np.hypot(u - side * p.eye_x - gx * 0.055 + 0.03, dy + 0.035) - 0.018, px))
    eye = eye * (1 - 0.45 * np.exp(-(((y - upper) / 0.035) ** 2)))
    crease = np.exp(-(((y - upper + 0.055 - 0.02 * pose.lids) / 0.018) ** 2)) * arch * 0.35
    _mix(image, _rgb(p.skin) * 0.45, crease)
    _mix(image, eye, slit)
    lash = np.exp(-(((y - upper + 0.006) / 0.020) ** 2)) * (abs(x) < 1.06) * np.clip(arch + 0.25, 0, 1)
    _mix(image, (0.06, 0.04, 0.04), np.clip(lash * 0.95, 0, 1))
    under = np.exp(-(((y - lower - 0.006) / 0.012) ** 2)) * arch * 0.4
    _mix(image, _rgb(p.skin) * 0.45, under)
    bow = (
        p.brow_y - 0.06 * pose.brow - p.brow_arch * np.clip(1 - ((abs(u) - p.eye_x - 0.06) / 0.26) ** 2, -0.6, 1) + 0.03
    )
    t = (abs(u) - (p.eye_x - 0.22)) / 0.48
    thick = p.brow_h * np.clip(1.15 - 0.75 * t, 0.2, 1) * np.clip(8 * t + 0.5, 0, 1)
    brow = _step(abs(v - bow) - thick, 0.025) * _step(np.maximum(-t, t - 1), 0.06)
    hairs = 0.90 + 0.10 * np.sin(130 * u + 70 * v)
    _mix(image, _rgb(p.hair) * 0.7, brow * hairs * 0.88)


def _mouth(image: Plane, p: Person, u: Plane, v: Plane, pose: Pose, shade: Plane, px: float) -> None:
    """Lips, and behind them teeth, tongue and dark."""
    w = p.mouth_w * (1 + 0.10 * pose.wide + 0.16 * pose.smile - 0.22 * max(-pose.wide, 0))
    gap = 0.30 * pose.open
    s = u / w
    arch = np.clip(1 - s * s, 0, 1)
    line = p.mouth_y - (0.02 + 0.085 * pose.smile) * (s * s - 0.3) - 0.012 * np.cos(6 * s) * arch
    inner_top = line - 0.22 * gap * arch**0.8
    inner_low = line + 0.78 * gap * arch**0.7
    pout = 1 + 0.25 * max(-pose.wide, 0)
    cupid = 1 + 0.16 * np.cos(9 * s) * np.exp(-((s / 0.4) ** 2)) - 0.34 * np.exp(-((s / 0.10) ** 2))
    top = inner_top - p.lip_h * pout * cupid * arch**0.85
    low = inner_low + p.lip_h * 1.25 * pout * arch**0.7
    inside = abs(s) < 1
    lips = _step(np.maximum(top - v, v - low), px * 1.2) * inside
    upper = v < (inner_top + inner_low) / 2
    tone = np.where(upper, 0.74 + 0.12 * (v - top) / 0.1, 1.08 - 0.9 * abs(v - inner_low - p.lip_h * 0.45))
    colour = _rgb(p.lips) * (tone * (0.45 + 0.55 * shade))
    gleam = 0.22 * _bump(u, v, -0.06, p.mouth_y + 0.78 * gap + p.lip_h * 0.5, 0.10, 0.022)
    _mix(image, np.clip(colour + gleam, 0, 1), lips * 0.92)
    hole = _step(np.maximum(inner_top - v, v - inner_low), px) * inside
    deep = np.broadcast_to(_rgb((0.13, 0.04, 0.04)), image.shape).copy()
    _mix(deep, (0.50, 0.20, 0.20), 0.8 * _step(((u / (w * 0.7)) ** 2 + ((v - inner_low - 0.02) / 0.10) ** 2) - 1, 0.4))
    teeth = _step(np.maximum(v - (p.mouth_y - 0.22 * gap + 0.065), abs(u) - w * 0.72), px)
    white = _rgb((0.90, 0.88, 0.83)) * (0.90 - 0.5 * s**2 - 0.06 * (np.cos(u * 62) > 0.93))
    _mix(deep, white, teeth * 0.92)
    _mix(deep, (0.08, 0.03, 0.03), 0.55 * np.exp(-(((v - inner_top) / 0.022) ** 2)))
    _mix(image, deep, hole)
    seam = np.exp(-(((v - (inner_top + inner_low) / 2) / 0.014) ** 2)) * inside * max(0.0, 1 - 5 * gap)
    _mix(image, _rgb(p.lips) * 0.28, seam * 0.85)
    corner = _bump(abs(u), v, w, p.mouth_y - 0.06 * pose.smile, 0.035, 0.035)
    _mix(image, _rgb(p.skin) * 0.42, corner * 0.55)


def _hair(image: Plane, p: Person, u: Plane, v: Plane, out: Plane, px: float) -> None:
    """Hair in front of the skull, with strands and a soft gloss."""
    fall = {"long": 0.62, "bun": 0.34, "short": 0.46, "receding": -0.30}[p.hair_style]
    line = p.hairline + fall * np.clip(abs(u), 0, 1.2) ** (2.4 if fall > 0 else 1.2) + 0.03 * np.sin(7 * u)
    sides = {"long": 0.20, "bun": 0.05, "short": 0.10, "receding": 0.0}[p.hair_style]
    edge = v - line - np.clip(abs(u) - 0.78, 0, None) * (6 * sides + 2.2)
    if p.hair_style == "long":
        edge = v - line - np.clip(abs(u) - 0.70, 0, None) * 9
    volume = {"long": 0.16, "bun": 0.07, "short": 0.09, "receding": 0.04}[p.hair_style]
    mask = _step(np.maximum(edge, out - volume), 0.045) * (1.0 if p.hair_style == "long" else _step(v - 0.28, 0.2))
    angle = np.arctan2(u, -(v - 0.4) + 1e-9)
    wave = angle + 0.03 * np.sin(9 * v + 5 * u) + 0.02 * np.sin(17 * v - 11 * u)
    strands = 0.84 + 0.07 * np.sin(83 * wave) + 0.06 * np.sin(51 * wave + 2) + 0.05 * np.sin(29 * wave)
    gloss = 0.55 * np.exp(-(((v + p.crown - 0.34 + 0.25 * u * u) / 0.16) ** 2)) * np.exp(-(((u + 0.35) / 0.6) ** 2))
    colour = _rgb(p.hair) * (strands * (1 - 0.22 * u)) + 0.28 * (gloss * strands) * (_rgb(p.hair) + 0.15)
    shadow = _step(np.maximum(edge - 0.10, out - volume), 0.12)
    image *= 1 - 0.30 * shadow * (1 - mask)
    _mix(image, np.clip(colour, 0, 1), mask)


def _back_hair(image: Plane, p: Person, u: Plane, v: Plane) -> None:
    """What is seen of the hair behind face and neck."""
    if p.hair_style == "long":
        shape = np.maximum(abs(u) - (1.16 + 0.10 * np.sin(1.5 * v) - 0.15 * np.clip(v - 1.5, 0, 1)), v - 2.15)
        shape = np.maximum(shape, -(v + 0.25))
        shape = np.minimum(shape, np.hypot(u / 1.13, v / (p.crown + 0.07)) - 1.04)
    elif p.hair_style == "bun":
        shape = np.hypot(u, (v + p.crown + 0.16) / 0.85) - 0.42
    else:
        return
    strands = 0.62 + 0.12 * np.sin(40 * u + 2 * np.sin(3 * v))
    _mix(image, _rgb(p.hair) * strands, _step(shape, 0.04))


def _glasses(image: Plane, p: Person, u: Plane, v: Plane, px: float) -> None:
    x = abs(u) - p.eye_x - 0.01
    y = v - p.eye_y - 0.03
    r = (abs(x / 0.31) ** 3 + abs(y / 0.24) ** 3) ** (1 / 3) - 1
    _mix(image, (1, 1, 1), 0.05 * _step(r, 0.05) + 0.10 * _step(r, 0.05) * np.exp(-(((x - y - 0.05) / 0.06) ** 2)))
    frame = np.maximum(
        _step(abs(r) - 0.075, px * 4), _step(np.maximum(abs(y + 0.08) - 0.022, abs(abs(u) - 0.06) - 0.09), px)
    )
    frame = np.maximum(frame, _step(np.maximum(abs(y + 0.10) - 0.022, abs(abs(u) - 0.85) - 0.13), px))
    _mix(image, p.glasses or (0, 0, 0), frame * 0.9)


def _skin(p: Person, u: Plane, v: Plane, pose: Pose, jaw: float) -> Plane:
    """Skin colour before light: blush, beard shadow, freckles, nostrils."""
    skin = np.broadcast_to(_rgb(p.skin), (3, *u.shape)).copy()
    x = abs(u)
    red = _rgb(p.skin) * _rgb((1.02, 0.80, 0.78))
    _mix(skin, red, 0.40 * _bump(x, v, 0.58, 0.36, 0.30, 0.25) + 0.30 * _bump(u, v, 0, p.nose_y - 0.02, 0.2, 0.15))
    _mix(skin, _rgb(p.skin) * 0.72, 0.40 * _bump(x, v, p.eye_x, p.eye_y + 0.02, 0.27, 0.17))
    _mix(skin, _rgb(p.skin) * 0.60, 0.5 * _bump(x, v, 0.14, p.eye_y - 0.02, 0.09, 0.18))
    if p.freckles:
        dots = np.sin(41 * u + 13 * np.sin(9 * v)) * np.sin(37 * v + 11 * np.sin(8 * u))
        spots = np.clip(dots - 0.55, 0, 1) * 1.6 * _bump(x, v, 0.36, 0.2, 0.5, 0.22)
        _mix(skin, _rgb(p.skin) * _rgb((0.78, 0.62, 0.50)), p.freckles * spots)
    if p.beard:
        field = _step(-(v - 0.52 + 0.55 * (x - 0.75)), 0.16) * _step(
            -(v - p.mouth_y + 0.13 - 0.4 * np.clip(x - 0.42, 0, None)), 0.06
        )
        field *= 1 - 0.85 * _step((u / (p.mouth_w * 0.95)) ** 2 + ((v - p.mouth_y - 0.35 * jaw) / 0.15) ** 2 - 1, 0.5)
        moustache = _bump(u, v, 0, p.mouth_y - 0.17, 0.34, 0.06)
        curl = 0.85 + 0.15 * np.sin(75 * u + 9 * np.sin(20 * v)) * np.sin(60 * v)
        _mix(skin, _rgb(p.hair) * 1.15 + 0.02, p.beard * 0.82 * np.clip(np.maximum(field, moustache), 0, 1) * curl)
    hole = _bump(x, v, p.nose_w * 0.46, p.nose_y + 0.095, 0.062, 0.030)
    _mix(skin, _rgb(p.skin) * 0.18, np.clip(hole * 1.15, 0, 0.95))
    under = _bump(u, v, 0, p.nose_y + 0.14, p.nose_w * 0.95, 0.055)
    _mix(skin, _rgb(p.skin) * 0.52, 0.55 * under)
    wing = np.exp(-(((x - p.nose_w * 1.12) / 0.028) ** 2) - ((v - p.nose_y - 0.03) / 0.085) ** 2)
    _mix(skin, _rgb(p.skin) * 0.50, 0.60 * wing)
    return skin


def draw(p: Person, pose: Pose, shot: Shot, frame: int = 0) -> NDArray[np.uint8]:
    """One picture: size x size x 3, RGB."""
    n, k = shot.size, shot.scale
    yy, xx = np.mgrid[0:n, 0:n].astype(np.float64)
    image = _room(p, shot).copy()
    a0, b0 = (xx - shot.centre[0]) / k, (yy - shot.centre[1]) / k
    _back_hair(image, p, a0 - pose.dx + 0.5 * pose.yaw, b0 - pose.dy)
    low = round(shot.centre[1] + 0.7 * k)
    _body(image[:, low:], p, a0[low:], b0[low:], 0.35 * pose.dx)
    # The rest lies within the head's box.
    left, right = (round(float(shot.centre[0] + k * (pose.dx + side))) for side in (-1.45, 1.45))
    upper, lower = (round(float(shot.centre[1] + k * (pose.dy + edge))) for edge in (-p.crown - 0.35, p.chin + 0.40))
    box = np.s_[max(upper, 0) : lower, max(left, 0) : right]
    _head(image[:, *box], p, pose, shot, a0[box], b0[box])
    image *= 1 + shot.warmth * _rgb((0.06, 0.0, -0.07))
    still, moving = _grain(shot.grain_seed, n), _grain(shot.grain_seed + 1, n)
    grain = 0.008 * still + 0.004 * np.roll(moving, (frame * 37, frame * 91), (0, 1))
    picture = np.clip((np.clip(image, 0, 1) + grain) * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(picture.transpose(1, 2, 0))


def _head(image: Plane, p: Person, pose: Pose, shot: Shot, a0: Plane, b0: Plane) -> None:
    """The head, in the pose's place, lit from the shot's side."""
    k = shot.scale
    px = 0.75 / k
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    a, b = a0 - pose.dx, b0 - pose.dy - 1.2
    a, b = cos * a + sin * b, -sin * a + cos * b + 1.2
    u, v = a / np.cos(pose.yaw), b / np.cos(pose.pitch)
    for _ in range(2):
        z = (
            np.sqrt(np.clip(1 - (u / 1.3) ** 2 - (v / 1.9) ** 2, 0, None))
            + 0.22 * _bump(u, v, 0, p.nose_y, 0.25, 0.35)
            - 0.5
        )
        u = a / np.cos(pose.yaw) - z * np.tan(pose.yaw)
        v = b / np.cos(pose.pitch) - z * np.tan(pose.pitch)
    jaw = 0.17 * pose.open
    ear = (abs(u + 0.25 * pose.yaw) - 1.02) / 0.13
    ears = _step(np.hypot(ear, (v - 0.02) / 0.27) - 1, 0.10)
    if p.hair_style != "long":
        _mix(
            image,
            _rgb(p.skin) * (0.80 - 0.22 * np.exp(-((ear / 0.5) ** 2 + ((v - 0.02) / 0.15) ** 2))),
            ears,
        )
    # Below the mouth the skin follows the jaw: look up where it was with the jaw closed.
    lowered = v - jaw * np.clip((v - p.mouth_y) / 0.30, 0, 1)
    out = _outline(p, u, lowered)
    height = _height(p, u, v, pose, jaw)
    gy, gx = np.gradient(height * k)
    length = np.sqrt(gx * gx + gy * gy + 1)
    light = LIGHT + np.array((0.55 * shot.light, 0, 0))
    light = light / np.linalg.norm(light)
    lambert = (-gx * light[0] - gy * light[1] + light[2]) / length
    fill = (gx * 0.6 + 0.5) / length
    shade = 0.34 + 0.72 * np.clip(lambert * 0.85 + 0.15, 0, None) + 0.10 * np.clip(fill, 0, None)
    half = light + np.array((0, 0, 1.0))
    half = half / np.linalg.norm(half)
    gloss = np.clip((-gx * half[0] - gy * half[1] + half[2]) / length, 0, None) ** 26
    face = _skin(p, u, lowered, pose, jaw)
    rim = np.clip(1 - np.clip(-out / 0.16, 0, 1), 0, 1) ** 2
    lit = face * (shade * (1 - 0.30 * rim))
    lit = lit * (1 + _rgb((0.05, -0.02, -0.05)) * np.clip(0.7 - shade, 0, 1)) + 0.11 * gloss * (
        1 - 0.8 * p.beard * (lowered > 0.6)
    )
    w = _window(u, v, 0.75, p.mouth_y - 0.35, p.mouth_y + 0.70)
    _mouth(lit[:, *w], p, u[w], v[w], pose, shade[w], px)
    w = _window(u, v, 1.0, p.brow_y - 0.35, p.eye_y + 0.35)
    _eyes(lit[:, *w], p, u[w], v[w], pose, px)
    if p.glasses:
        _glasses(lit, p, u, v, px)
    _mix(image, np.clip(lit, 0, 1), _step(out, px * 1.3))
    _hair(image, p, u, v, out, px)
    if p.glasses:
        arms = _step(np.maximum(abs(v - p.eye_y + 0.07) - 0.022, abs(abs(u) - 0.98) - 0.05), px)
        _mix(image, p.glasses, arms * 0.8 * _step(abs(u) - 1.04, px))
