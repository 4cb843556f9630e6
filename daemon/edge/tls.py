"""The one TLS context: every server proves its name by certificate."""

from __future__ import annotations

import ssl


def context(ca_file: str | None = None) -> ssl.SSLContext:
    """A context that verifies certificate and host name, against `ca_file` (PEM) or the system's authorities."""
    return ssl.create_default_context(cafile=ca_file)
