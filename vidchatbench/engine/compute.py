"""Computes features on clips: one decode of each clip, however many features want its frames."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vidchatbench.errors import MediaError
from vidchatbench.feature import ClipFeature, Feature, FrameFeature, FramePass, Inputs
from vidchatbench.media import Clip, Frame, Presentation

if TYPE_CHECKING:
    from vidchatbench.types import NamedArrays


@dataclass(frozen=True, eq=False)
class Job:
    """One feature to compute from given inputs."""

    feature: Feature
    inputs: Inputs


@dataclass(eq=False)
class _Stream:
    """One clip's decode, shared by the passes that watch it."""

    clip: Clip
    presentations: list[Presentation] = field(default_factory=list)
    viewers: list[list[tuple[Job, str]]] = field(default_factory=list)
    """For each presentation, who takes its frames, and as which slot."""
    error: MediaError | None = None

    def join(self, job: Job, slot: str, presentation: Presentation) -> None:
        if presentation not in self.presentations:
            self.presentations.append(presentation)
            self.viewers.append([])
        self.viewers[self.presentations.index(presentation)].append((job, slot))

    def frames(self) -> Iterator[tuple[float, list[tuple[Job, str]], Frame]]:
        """Frames in order of time; a decode error ends this stream only."""
        try:
            for index, frame in self.clip.frames(self.presentations):
                yield frame.time_s, self.viewers[index], frame
        except MediaError as error:
            self.error = error


def compute(jobs: Sequence[Job]) -> dict[Job, NamedArrays | Exception]:
    """Compute all jobs; a job that fails has its exception as its result, and the others go on.

    Clips that stand together in a job of two slots are decoded in step, so that memory does not grow with length.
    """
    results: dict[Job, NamedArrays | Exception] = {}
    _watch([job for job in jobs if isinstance(job.feature, FrameFeature)], results)
    for job in jobs:
        if isinstance(job.feature, ClipFeature):
            try:
                results[job] = job.feature.compute(job.inputs)
            except Exception as error:
                results[job] = error
    return results


def _watch(jobs: Sequence[Job], results: dict[Job, NamedArrays | Exception]) -> None:
    streams: dict[int, _Stream] = {}
    passes: dict[Job, FramePass] = {}
    for job in jobs:
        try:
            passes[job] = _join(job, streams)
        except Exception as error:
            results[job] = error
    live = [stream.frames() for stream in streams.values()]
    for _, viewers, frame in heapq.merge(*live, key=lambda entry: entry[0]):
        for job, slot in viewers:
            if job not in results and job in passes:
                try:
                    passes[job].update(slot, frame)
                except Exception as error:
                    results[job] = error
    broken: Mapping[int, MediaError] = {key: stream.error for key, stream in streams.items() if stream.error}
    for job, running in passes.items():
        errors = [broken[id(clip)] for clip in job.inputs.clips.values() if id(clip) in broken]
        if errors:
            results[job] = errors[0]
        elif job not in results:
            try:
                results[job] = running.result()
            except Exception as error:
                results[job] = error


def _join(job: Job, streams: dict[int, _Stream]) -> FramePass:
    assert isinstance(job.feature, FrameFeature)
    clips = job.inputs.clips
    wanted = job.feature.presentations({slot: clip.info for slot, clip in clips.items()})
    running = job.feature.start(job.inputs)
    for slot, clip in clips.items():
        streams.setdefault(id(clip), _Stream(clip)).join(job, slot, wanted[slot])
    return running
