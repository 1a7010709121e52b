"""The contract of a feature: something expensive, computed once from declared inputs, cached and shared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from vidchatbench.types import NamedArrays

if TYPE_CHECKING:
    from vidchatbench.media import Clip, Frame, MediaInfo, Presentation
    from vidchatbench.weights import WeightsFile


@dataclass(frozen=True)
class On:
    """A feature bound to names: roles (`response`, `reference`, ...) in a metric, own slots in another feature."""

    feature: Feature
    names: tuple[str, ...]


@dataclass(frozen=True)
class Inputs:
    """What a feature computes from."""

    clips: Mapping[str, Clip]
    """One clip for each of the feature's slots."""
    needs: Mapping[str, NamedArrays] = field(default_factory=dict)
    """The results of the features that this one needs."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the turn that the feature declared in `turn_fields`, as plain values (a candidate is a dict)."""


class Feature(ABC):
    """Identity of a feature. Derive from `ClipFeature` or `FrameFeature`.

    Two features with equal `signature()` give the same numbers; `computation()` tells how they were computed, is part
    of the cache key, and may move a value by no more than the cards' tolerance. Instances are cheap to make, can be
    pickled until `setup` has run, and load nothing before it.
    """

    id: ClassVar[str]
    """Dotted name such as `faces.dlib`."""
    version: ClassVar[int]
    """Raised whenever the numbers change for another reason than parameters or weights."""
    slots: ClassVar[tuple[str, ...]] = ("clip",)
    """Names of the clips that it looks at."""
    turn_fields: ClassVar[tuple[str, ...]] = ()
    """Fields of the turn that it reads, such as `subject_box`."""
    requires: ClassVar[tuple[str, ...]] = ()
    """Importable modules that must be installed."""
    extra: ClassVar[str | None] = None
    """The pip extra that brings `requires` and the weights: `bundled` for `pip install 'vidchatbench[bundled]'`."""

    def params(self) -> Mapping[str, str | int | float | bool]:
        """All that defines the number apart from version and weights."""
        return {}

    def weights(self) -> Mapping[str, WeightsFile]:
        """The weights files, by short name."""
        return {}

    def needs(self) -> Mapping[str, On]:
        """The features that this one is computed from, bound to its own slots."""
        return {}

    def computation(self) -> Mapping[str, str]:
        """How it is computed: backend and its version, device, precision, batch shape, threads."""
        return {}

    def on(self, *names: str) -> On:
        """Bind the slots, in order, to roles or to another feature's slots."""
        if len(names) != len(self.slots):
            raise TypeError(f"{self.id} looks at {len(self.slots)} clip(s) {self.slots}, was given {names}")
        return On(self, names)

    def signature(self) -> str:
        """One line that names all that defines the number: `faces.dlib(v1,every:5,w.det:ab12cd34)`."""
        parts = [f"v{self.version}"]
        parts += [f"{name}:{value}" for name, value in sorted(self.params().items())]
        parts += [f"w.{name}:{file.label}" for name, file in sorted(self.weights().items())]
        parts += [f"{name}={on.feature.signature()}" for name, on in sorted(self.needs().items())]
        return f"{self.id}({','.join(parts)})"

    def place(self, device: str) -> None:  # noqa: B027 - most features run on the CPU whatever is asked
        """Take note of where to run (`cpu`, `cuda`, `cuda:1`), before `setup`; it belongs into `computation`."""

    def setup(self) -> None:  # noqa: B027 - a feature without a model has nothing to load
        """Load models, once per worker process, before the first clip."""


class ClipFeature(Feature):
    """A feature that reads whole clips: sound, probes, or the results of other features."""

    @abstractmethod
    def compute(self, inputs: Inputs) -> NamedArrays:
        """Compute the feature.

        Raises:
            MediaError: Where a clip cannot be used (no audio track, unreadable).
        """


class FrameFeature(Feature):
    """A feature of the pictures. The engine decodes each clip once and hands every frame to all who want it."""

    @abstractmethod
    def presentations(self, infos: Mapping[str, MediaInfo]) -> Mapping[str, Presentation]:
        """The frames it wants, for each slot, given what the clips are."""

    @abstractmethod
    def start(self, inputs: Inputs) -> FramePass:
        """Begin a pass over the clips."""


class FramePass(ABC):
    """One pass of a `FrameFeature`: frames go in, in order of time, and arrays come out."""

    @abstractmethod
    def update(self, slot: str, frame: Frame) -> None:
        """Take the next frame of a slot. Two slots advance together: neither runs ahead by more than a tick."""

    @abstractmethod
    def result(self) -> NamedArrays:
        """The feature, after the last frame."""
