"""The one error family: every message names what is wrong, where, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Role = Literal["response", "reference", "initiator", "portrait", "voice"]
"""The part a media file plays for a sample: the answer under test, or one of the test set's own files."""

ReasonCode = Literal[
    "missing",
    "unreadable",
    "no_video",
    "no_audio",
    "no_face",
    "no_subject",
    "no_speech",
    "mono_mix",
    "too_short",
    "low_fps",
    "timeout",
    "error",
]
"""Why a row has no statistics of its own. A closed list: leaderboards count by it."""


class VidChatBenchError(Exception):
    """A failure that a person can act on.

    Attributes:
        cause: What is wrong, in one sentence.
        where: The file, folder or option concerned, if there is one.
        remedy: What to do or type next, if that is known.
    """

    exit_code = 1

    def __init__(self, cause: str, *, where: Path | str | None = None, remedy: str | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.where = None if where is None else str(where)
        self.remedy = remedy

    def __str__(self) -> str:
        """`where: cause` with the remedy on a line of its own."""
        head = f"{self.where}: {self.cause}" if self.where else self.cause
        return f"{head}\n  -> {self.remedy}" if self.remedy else head

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the keyword arguments when the error crosses a process boundary."""
        return _rebuild, (type(self), self.cause, self.where, self.remedy)


def _rebuild(cls: type[VidChatBenchError], cause: str, where: str | None, remedy: str | None) -> VidChatBenchError:
    error = cls.__new__(cls)
    VidChatBenchError.__init__(error, cause, where=where, remedy=remedy)
    return error


class UsageError(VidChatBenchError):
    """The command or call asks for something that cannot be: unknown name, contradicting options."""

    exit_code = 2


class DataError(VidChatBenchError):
    """A test set, an outputs folder or a results file as a whole is not usable."""

    exit_code = 2


class NotReady(VidChatBenchError):
    """A metric cannot run here: a package or a weights file is missing. The remedy says what to type."""

    exit_code = 3


class MediaError(VidChatBenchError):
    """One media file cannot be used; `code` says in which way. The rest of the run goes on."""

    def __init__(
        self, code: ReasonCode, cause: str, *, where: Path | str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(cause, where=where, remedy=remedy)
        self.code: ReasonCode = code

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the code when the error crosses a process boundary."""
        return _rebuild_media, (self.code, self.cause, self.where, self.remedy)


def _rebuild_media(code: ReasonCode, cause: str, where: str | None, remedy: str | None) -> MediaError:
    return MediaError(code, cause, where=where, remedy=remedy)


class Unscored(Exception):
    """Raised by `Metric.item` where a sample has no statistics, with the reason and whose file is to blame.

    `Metric.total` raises it where there are rows, but they do not determine a value.

    Blame on the `response` is charged to the model (the declared worst value in a per-item mean). Blame on one of
    the test set's own files excludes the sample: it is counted, and never charged to the model.
    """

    def __init__(self, code: ReasonCode, detail: str, *, role: Role = "response") -> None:
        super().__init__(code, detail, role)
        self.code: ReasonCode = code
        self.detail = detail
        self.role: Role = role

    def __str__(self) -> str:
        """`code: detail (role)`."""
        return f"{self.code}: {self.detail} ({self.role})"

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the role when the exception crosses a process boundary."""
        return _rebuild_unscored, (self.code, self.detail, self.role)


def _rebuild_unscored(code: ReasonCode, detail: str, role: Role) -> Unscored:
    return Unscored(code, detail, role=role)
