"""The texts of one mail, each with its place and whose words they are."""

from __future__ import annotations

from dataclasses import dataclass

OWN, OTHERS, UNKNOWN = "propio", "ajeno", "desconocido"


@dataclass(frozen=True, slots=True)
class Source:
    """One text with its place: asunto, cuerpo, cita, adjunto. `letter` says that it is a mail, not a document.

    In a document only what is named counts: its other numbers are references and amounts. `author` says whose words
    they are: of what somebody else wrote nothing is taken.
    """

    text: str
    where: str
    letter: bool = True
    author: str = OWN

    @property
    def own(self) -> bool:
        """Whether these are the writer's own words, now or in an earlier mail that is quoted."""
        return self.author == OWN and self.where != "adjunto"
