"""Templates as data: their source, what they are for and where their facts come from; loaded at the edge."""

from __future__ import annotations

from dataclasses import dataclass, field

from .petition import Clase


@dataclass(frozen=True, slots=True)
class Hecho:
    """One fact that a template states, its source, and whether that source could be checked here."""

    dice: str
    fuente: str
    verificada: bool


@dataclass(frozen=True, slots=True)
class Template:
    """One mail text: `body` is Markdown with Jinja2, `asunto` a Jinja2 line; `anexo` the annex it stands for."""

    name: str
    clase: Clase
    anexo: str
    numeral: str
    asunto: str
    body: str
    hechos: tuple[Hecho, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """All templates by name ("datos_complementarios", "orientacion/semanas_cotizadas"), and the HTML layout.

    `formats` are the Órganos' own forms by file name, as they are sent to be filled in (P 5.27).
    """

    templates: dict[str, Template]
    layout_html: str
    version: str
    formats: dict[str, bytes] = field(default_factory=dict)

    def get(self, name: str) -> Template | None:
        return self.templates.get(name)
