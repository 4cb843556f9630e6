"""Folder names: as people see them, as the server wants them, and which folder serves for drafts, sent, junk, trash."""

from __future__ import annotations

import re

from imap_tools import BaseMailBox

# RFC 6154 uses, and the names under which servers without SPECIAL-USE (Microsoft 365) keep the same folders.
_USES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Drafts": (r"\drafts", ("Drafts", "Borradores")),
    "Sent": (r"\sent", ("Sent", "Sent Items", "Sent Messages", "Enviados", "Elementos enviados")),
    "Junk": (r"\junk", ("Junk", "Junk Email", "Junk E-mail", "Spam", "Correo no deseado", "Correo basura")),
    "Trash": (r"\trash", ("Trash", "Deleted Items", "Papelera", "Elementos eliminados")),
}


class FolderNames:
    """What folders an account has, learnt once a connection and again on `refresh`."""

    def __init__(self, box: BaseMailBox) -> None:
        self._box = box
        self._prefix, self._separator = _namespace(box)
        self._flags: dict[str, tuple[str, ...]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Ask the server anew."""
        found = self._box.folder.list()
        if found and not self._separator:
            self._separator = next((info.delim for info in found if info.delim and info.delim != "NIL"), "")
        self._flags = {
            self._plain(info.name): tuple(flag.lower() for flag in info.flags)
            for info in found
            if not {r"\noselect", r"\nonexistent"} & {flag.lower() for flag in info.flags}
        }

    def wire(self, name: str) -> str:
        """A name as the server wants it. A level's own separators become "-": "consultora.uno" must not part there."""
        if name.upper() == "INBOX":
            return "INBOX"
        levels = name.split("/")
        if not self._separator:
            return self._prefix + " - ".join(levels)
        return self._prefix + self._separator.join(level.replace(self._separator, "-") for level in levels)

    def exists(self, name: str) -> bool:
        return self._plain(self.wire(name)) in self._flags

    def below(self, name: str) -> list[str]:
        """Folders below this one, sorted."""
        start = self._plain(self.wire(name)) + "/"
        return sorted(folder for folder in self._flags if folder.startswith(start))

    def resolve(self, name: str) -> str:
        """The name itself when such a folder exists or no use is known for it, else the folder of that use."""
        if self.exists(name):
            return name
        use = next((use for use in _USES.values() if name in use[1]), None)
        if use is None:
            return name
        flagged = next((folder for folder, flags in self._flags.items() if use[0] in flags), None)
        return flagged or next((other for other in use[1] if self.exists(other)), name)

    def _plain(self, wire: str) -> str:
        if wire.upper() == "INBOX":
            return "INBOX"
        bare = wire.removeprefix(self._prefix)
        return bare.replace(self._separator, "/") if self._separator else bare


def _namespace(box: BaseMailBox) -> tuple[str, str]:
    """Prefix and separator of the personal folders (RFC 9051 §6.3.10); none when the server does not tell."""
    if "NAMESPACE" not in box.client.capabilities:
        return "", ""
    status, data = box.client.namespace()
    match = re.match(rb'\(\("([^"]*)" (?:"(\\?.)"|NIL)', data[-1] or b"") if status == "OK" else None
    if not match:
        return "", ""
    return match[1].decode("ascii", "replace"), (match[2] or b"").decode("ascii").removeprefix("\\") or ""
