"""Reading: the bytes of a message become a Reading. Pure, apart from the PDF reader that is handed in."""

from __future__ import annotations

from .message import keys, read
from .plain import plain

__all__ = ["keys", "plain", "read"]
