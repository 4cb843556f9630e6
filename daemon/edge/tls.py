"""The one TLS context: every server proves its name by certificate; and what is wrong when it does not, in words."""

from __future__ import annotations

import ssl

# OpenSSL's reasons to distrust a certificate (X509_V_ERR_*), as far as an operator can do something about each.
_NOT_YET, _EXPIRED = 9, 10
_UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)
_OTHER_NAME = (62, 64)
_TOO_OLD = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"}
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}


def context(ca_file: str | None = None) -> ssl.SSLContext:
    """A context that verifies certificate and host name, against `ca_file` (PEM) or the system's authorities."""
    made = ssl.create_default_context(cafile=ca_file)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def trouble(error: BaseException) -> tuple[str, str] | None:
    """What kept a connection from being encrypted, and the cure; None when `error` has nothing to do with that."""
    while not isinstance(error, ssl.SSLError):
        cause = error.__cause__ or error.__context__
        if cause is None:
            return None
        error = cause
    if isinstance(error, ssl.SSLCertVerificationError):
        return _distrust(error)
    if error.reason in _TOO_OLD:
        return (
            "el servidor solo habla versiones de TLS que ya no son seguras",
            "pida a quien administra el servidor que admita TLS 1.2 o posterior",
        )
    if error.reason in _NO_TLS:
        return (
            "el servidor no responde con TLS en este puerto",
            "compruebe «puerto» y «seguridad» en service.toml: con «tls», 993 y 465; con «starttls», 143 y 587",
        )
    return None


def _distrust(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    told = "el certificado del servidor no es de fiar: "
    if error.verify_code == _EXPIRED:
        return told + "ya venció", "pida a quien administra el servidor que lo renueve"
    if error.verify_code == _NOT_YET:
        return told + "aún no es válido", "compruebe que el reloj de este equipo esté en hora"
    if error.verify_code in _OTHER_NAME:
        return told + "es de otro servidor", "escriba en «servidor» el nombre que lleva el certificado"
    if error.verify_code in _UNKNOWN_AUTHORITY:
        return (
            told + "lo firma una autoridad que este equipo no conoce",
            "si es la autoridad propia de la institución, indique su archivo en «ca»",
        )
    return (
        told + error.verify_message,
        "compruebe el nombre del servidor; si usa una autoridad propia, indíquela en «ca»",
    )
