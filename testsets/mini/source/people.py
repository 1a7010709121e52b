"""The six people of the test set: how they look and how they sound."""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A speaker made from one of flite's voices."""

    base: str
    """Name of the flite voice: slt, rms, awb or kal16."""
    pitch: float
    """Mean fundamental frequency in Hz, before `size`."""
    tempo: float = 1.0
    """Duration factor; above 1 is slower."""
    size: float = 1.0
    """Played faster by this factor: a shorter vocal tract, higher formants and pitch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A drawn face. Lengths are in units of half the face's width; colours are RGB, 0 to 1."""

    name: str
    voice: Voice
    skin: RGB
    hair: RGB
    iris: RGB
    lips: RGB
    clothes: RGB
    backdrop: tuple[RGB, RGB]
    """Colours of the room behind, top and bottom."""
    hair_style: str
    """`short`, `long`, `bun` or `receding`."""
    hairline: float = -0.92
    chin: float = 1.42
    """Where the chin ends, below the centre of the face."""
    crown: float = 1.42
    """Where the skull ends, above the centre of the face."""
    neck: float = 0.56
    """Half the neck's width."""
    jaw: float = 0.42
    """How much the face narrows to the chin: 0.3 square, 0.55 pointed."""
    eye_x: float = 0.43
    eye_y: float = -0.17
    eye_w: float = 0.205
    eye_h: float = 0.095
    brow_y: float = -0.45
    brow_h: float = 0.055
    brow_arch: float = 0.05
    nose_y: float = 0.43
    nose_w: float = 0.20
    mouth_y: float = 0.83
    mouth_w: float = 0.36
    lip_h: float = 0.075
    beard: float = 0.0
    """0 none, 0.3 stubble, 1 full."""
    glasses: RGB | None = None
    wrinkles: float = 0.0
    freckles: float = 0.0


PEOPLE: dict[str, Person] = {
    p.name: p
    for p in (
        Person(
            name="ada",
            voice=Voice(base="slt", pitch=175),
            skin=(0.93, 0.74, 0.64),
            hair=(0.30, 0.17, 0.09),
            iris=(0.25, 0.42, 0.55),
            lips=(0.78, 0.36, 0.36),
            clothes=(0.20, 0.36, 0.42),
            backdrop=((0.55, 0.62, 0.66), (0.36, 0.38, 0.42)),
            hair_style="long",
            jaw=0.46,
            chin=1.42,
            brow_h=0.04,
            brow_arch=0.08,
            eye_h=0.11,
            nose_w=0.17,
            lip_h=0.085,
            eye_x=0.44,
            eye_w=0.215,
            neck=0.5,
            nose_y=0.4,
            mouth_w=0.35,
            crown=1.45,
        ),
        Person(
            name="ben",
            voice=Voice(base="rms", pitch=100, tempo=0.92),
            skin=(0.45, 0.29, 0.2),
            hair=(0.07, 0.06, 0.06),
            iris=(0.20, 0.11, 0.07),
            lips=(0.56, 0.27, 0.26),
            clothes=(0.72, 0.66, 0.52),
            backdrop=((0.66, 0.58, 0.48), (0.46, 0.38, 0.32)),
            hair_style="short",
            hairline=-0.98,
            jaw=0.26,
            chin=1.42,
            brow_h=0.07,
            nose_w=0.27,
            lip_h=0.09,
            mouth_w=0.4,
            beard=0.85,
            eye_x=0.45,
            eye_w=0.2,
            eye_h=0.085,
            neck=0.7,
            nose_y=0.42,
            mouth_y=0.79,
            brow_y=-0.4,
        ),
        Person(
            name="chen",
            voice=Voice(base="kal16", pitch=112, tempo=1.0),
            skin=(0.9, 0.7, 0.56),
            hair=(0.06, 0.05, 0.06),
            iris=(0.16, 0.10, 0.07),
            lips=(0.70, 0.40, 0.36),
            clothes=(0.25, 0.25, 0.30),
            backdrop=((0.48, 0.55, 0.50), (0.30, 0.36, 0.34)),
            hair_style="short",
            hairline=-0.78,
            jaw=0.34,
            chin=1.3,
            eye_h=0.068,
            eye_w=0.21,
            eye_x=0.47,
            brow_arch=0.02,
            nose_w=0.22,
            glasses=(0.10, 0.10, 0.11),
            crown=1.38,
            brow_y=-0.47,
            nose_y=0.36,
            mouth_y=0.74,
            neck=0.58,
        ),
        Person(
            name="dora",
            voice=Voice(base="slt", pitch=165, tempo=1.12, size=0.92),
            skin=(0.92, 0.74, 0.66),
            hair=(0.74, 0.73, 0.72),
            iris=(0.36, 0.44, 0.42),
            lips=(0.68, 0.38, 0.37),
            clothes=(0.50, 0.22, 0.30),
            backdrop=((0.62, 0.55, 0.52), (0.44, 0.36, 0.34)),
            hair_style="bun",
            hairline=-0.98,
            jaw=0.34,
            chin=1.34,
            eye_h=0.075,
            brow_h=0.035,
            brow_y=-0.43,
            nose_w=0.23,
            nose_y=0.43,
            mouth_w=0.34,
            lip_h=0.075,
            glasses=(0.45, 0.22, 0.18),
            wrinkles=0.8,
            eye_x=0.415,
            eye_w=0.18,
            mouth_y=0.8,
            neck=0.52,
            crown=1.36,
        ),
        Person(
            name="eli",
            voice=Voice(base="awb", pitch=130),
            skin=(0.95, 0.76, 0.66),
            hair=(0.62, 0.30, 0.12),
            iris=(0.30, 0.45, 0.32),
            lips=(0.74, 0.42, 0.38),
            clothes=(0.26, 0.40, 0.26),
            backdrop=((0.42, 0.50, 0.60), (0.30, 0.33, 0.42)),
            hair_style="short",
            hairline=-1.02,
            jaw=0.3,
            chin=1.47,
            eye_x=0.4,
            eye_w=0.185,
            brow_h=0.06,
            nose_w=0.19,
            nose_y=0.46,
            mouth_y=0.86,
            mouth_w=0.33,
            lip_h=0.065,
            beard=0.35,
            freckles=0.6,
            eye_h=0.08,
            brow_y=-0.39,
            crown=1.45,
            neck=0.6,
        ),
        Person(
            name="fay",
            voice=Voice(base="slt", pitch=190, tempo=0.97, size=1.08),
            skin=(0.66, 0.45, 0.32),
            hair=(0.12, 0.07, 0.05),
            iris=(0.22, 0.13, 0.08),
            lips=(0.62, 0.26, 0.27),
            clothes=(0.78, 0.50, 0.22),
            backdrop=((0.58, 0.52, 0.60), (0.36, 0.33, 0.42)),
            hair_style="bun",
            hairline=-0.90,
            jaw=0.52,
            chin=1.34,
            eye_h=0.12,
            eye_w=0.225,
            brow_h=0.05,
            brow_arch=0.07,
            nose_w=0.23,
            mouth_w=0.4,
            lip_h=0.115,
            eye_x=0.42,
            eye_y=-0.14,
            brow_y=-0.5,
            nose_y=0.36,
            mouth_y=0.77,
            neck=0.47,
            crown=1.4,
        ),
    )
}
