"""Media seen through one decode layer (PyAV): presentation times, rotation, colour and sound as a viewer gets them."""

from vidchatbench.media.clip import Clip
from vidchatbench.media.info import AudioInfo, MediaInfo, VideoInfo
from vidchatbench.media.presentation import Frame, Presentation



def ffmpeg_version() -> str:
    """PROVISIONAL."""
    import av

    return f"av {av.__version__}"


__all__ = ["ffmpeg_version", "AudioInfo", "Clip", "Frame", "MediaInfo", "Presentation", "VideoInfo"]
