"""Who may be spoken to in clear: nobody but this very machine; everybody else proves their name by certificate."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from typing import Literal

Security = Literal["tls", "starttls", "ninguna"]


def context(ca_file: str | None = None) -> ssl.SSLContext:
    """A context that verifies certificate and host name, against `ca_file` (PEM) or the system's authorities."""
    return ssl.create_default_context(cafile=ca_file)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, so that nothing can be overheard."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
