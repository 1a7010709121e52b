"""Addresses that come from submissions."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

_KEPT = "%/:=&?~#+!$,;'@()*[]"


def web(url: str | None) -> str | None:
    """An address as a link may have it; None for anything but plain https."""
    if not url or any(ord(c) < 33 for c in url):
        return None
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.port != 0
    except ValueError:
        return None
    if parts.scheme != "https" or not named or parts.username is not None:
        return None
    return quote(url, safe=_KEPT)
