"""IDLE that loses no wake-up which Python already holds (RFC 2177)."""

from __future__ import annotations

import ssl
from typing import Any, cast

from imap_tools import BaseMailBox


def wait_for_mail(box: BaseMailBox, seconds: float) -> bool:
    """Wait for a word of the server about the selected folder, at most `seconds` (< 29 min); True means: go and look.

    A line that came in the same read as the server's "+ idling" lies in Python's buffer, where polling the socket
    does not see it; so the buffer is looked at first.
    """
    idle = cast(Any, box.idle)
    idle.start()
    try:
        client = cast(Any, box.client)
        stream = getattr(client, "_file", None) or client.file
        before = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            pending = bool(stream.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            pending = False
        finally:
            client.sock.settimeout(before)
        return pending or bool(idle.poll(seconds))
    finally:
        idle.stop()
