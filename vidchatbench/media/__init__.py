"""Media seen through one decode layer (PyAV): presentation times, rotation, colour and sound as a viewer gets them."""

from vidchatbench.media.clip import Clip
from vidchatbench.media.info import AudioInfo, MediaInfo, VideoInfo
from vidchatbench.media.presentation import Frame, Presentation
from vidchatbench.media.versions import ffmpeg_version

__all__ = ["AudioInfo", "Clip", "Frame", "MediaInfo", "Presentation", "VideoInfo", "ffmpeg_version"]
