"""Metrics: Sync-C, Sync-D and the offset with a quick face detector."""

from __future__ import annotations

from dataclasses import replace

from vidchatbench.metric import Card
from vidchatbench_metrics.perception.yunet_tracks import YuNetTracks
from vidchatbench_metrics.sync.sync_c import SyncC
from vidchatbench_metrics.sync.sync_d import SyncD
from vidchatbench_metrics.sync.sync_offset import SyncOffset
from vidchatbench_metrics.sync.sync_score import S3FD, SyncScore
from vidchatbench_metrics.sync.syncnet import SyncNetScores

YUNET = (
    "YuNet with the long side at 640 pixels, boxes as they are: like S3FD it was trained on those of WIDER FACE, but "
    "how far the two differ was not measured, for want of S3FD's weights (docs/sync.md)"
)


def _fast(card: Card) -> Card:
    return replace(
        card,
        id=f"{card.id}_fast",
        title=f"{card.title} (YuNet)",
        meaning=f"{card.id} with a quick face detector: not the published pipeline, never to be mixed with it. "
        + card.meaning,
        unspecified_by_paper=card.unspecified_by_paper.replace(S3FD, YUNET),
        profiles=frozenset(),
        licence="SyncNet's weights: for research (CC BY, robots.ox.ac.uk/~vgg)",
    )


class _Fast(SyncScore):
    def feature(self) -> SyncNetScores:
        """The scores of a track by YuNet."""
        return SyncNetScores(tracks=YuNetTracks())


class SyncCFast(_Fast, SyncC):
    """`SyncC` on tracks of YuNet."""

    card = _fast(SyncC.card)


class SyncDFast(_Fast, SyncD):
    """`SyncD` on tracks of YuNet."""

    card = _fast(SyncD.card)


class SyncOffsetFast(_Fast, SyncOffset):
    """`SyncOffset` on tracks of YuNet."""

    card = _fast(SyncOffset.card)
