"""Folder names: as people see them, as the server wants them, and which folder serves for drafts, sent, junk, trash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from imap_tools import BaseMailBox
from imap_tools.imap_utf7 import utf7_decode

from .imap_syntax import parse

# RFC 6154 uses, and the names under which servers without SPECIAL-USE (Microsoft 365) keep the same folders, in the
# languages and versions met in Mexico; the likeliest first.
_USES = {
    r"\drafts": "Drafts, Borradores, Borrador",
    r"\sent": "Sent, Sent Items, Sent Messages, Sent Mail, Enviados, Elementos enviados, Mensajes enviados, "
    "Correo enviado",
    r"\junk": "Junk, Junk Email, Junk E-mail, Spam, Bulk Mail, Correo no deseado, Correo electrónico no deseado, "
    "Correo basura, No deseado",
    r"\trash": "Trash, Deleted Items, Deleted Messages, Bin, Papelera, Elementos eliminados, Eliminados",
}
# Where providers keep such folders one level down.
_BELOW = re.compile(r"(INBOX|\[Gmail\]|\[Google Mail\])/", re.IGNORECASE)


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
        if not any(_USES.keys() & set(flags) for flags in self._flags.values()):
            self._flags |= {name: flags for name, flags in self._asked_for_uses() if name in self._flags}

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
        uses = ((flag, names.casefold().split(", ")) for flag, names in _USES.items())
        flag, names = next((use for use in uses if name.casefold() in use[1]), ("", []))
        flagged = next((folder for folder, flags in self._flags.items() if flag in flags), None)
        known = {_BELOW.sub("", folder, count=1).casefold(): folder for folder in sorted(self._flags, reverse=True)}
        return flagged or next((known[other] for other in names if other in known), name)

    def _asked_for_uses(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Some servers (Cyrus) tell what folders are for only when asked (RFC 6154 §3)."""
        client = self._box.client
        if not {"SPECIAL-USE", "LIST-EXTENDED"} <= set(client.capabilities):
            return
        _, data = client.list('""', '"*" RETURN (SPECIAL-USE)')
        for line in data:
            # A name that comes as a literal, in a tuple, is none that providers give such folders.
            with suppress(ValueError):
                if not isinstance(line, bytes):
                    continue
                flags, _, name = parse(b"(" + line + b")")
                yield self._plain(utf7_decode(name)), tuple(flag.decode("ascii").lower() for flag in flags)

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
