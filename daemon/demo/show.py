"""What the demo's screen shows: each mail with what was decided and why, what waits, what leaves, and the summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from ..decide.profiles import MEDIOS, name_of_profile
from ..flow.siade import TakenFile
from ..model.decision import Disposition
from ..model.ledger import Event
from ..model.mail import Address
from ..model.outgoing import Draft, InternalMail
from ..model.petition import Clase, State, Term
from ..model.rules import RuleSet
from ..model.siade import RecordClase
from . import words
from .tale import Arrival, laid, printable

_LABEL = 9


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures that end the demo."""

    recibidos: int
    en_revision: int
    enviados: int
    contados: int
    fichas: int
    internos: int
    cuarentena: int
    sin_respuesta: int


class Screen:
    """Writes to one terminal, in Spanish, as wide as it is; colour only marks what a person should not overlook."""

    def __init__(self, console: Console, rules: RuleSet) -> None:
        self._console, self._rules = console, rules
        self._zone = ZoneInfo(rules.calendario.zona)
        self._sent = self._counted = 0
        self._access = ""

    # --- beginning and end -----------------------------------------------------------------------------------------

    def opening(self, host: str, imap: int, smtp: int, logins: Sequence[tuple[str, str, str]]) -> None:
        """How to open the mailboxes: host and ports, logins as (user, password, what is seen there)."""
        user, password, _ = logins[0]
        self._access = f"IMAP {host}:{imap}, SMTP {host}:{smtp}, sin cifrado; usuario {user}, contraseña {password}"
        self._console.print(Rule(Text("acuse · demostración", style="bold"), style="dim"))
        self._say(
            "El servicio de verdad, con servidores de correo de prueba dentro de este programa: una instalación es la "
            "del IMSS y otra la de una oficina consular. Las personas son inventadas y nada sale de esta máquina."
        )
        self._console.print()
        self._say("Abra los buzones con su programa de correo, sin cifrado (ni SSL/TLS ni STARTTLS):")
        self._console.print(Text(f"  IMAP  {host}  puerto {imap}\n  SMTP  {host}  puerto {smtp}", "bold"))
        table = Table(box=None, padding=(0, 2), pad_edge=False, header_style="dim", show_edge=False)
        table.add_column("  Usuario")
        table.add_column("Contraseña")
        table.add_column("Qué se ve ahí")
        for user, password, about in logins:
            table.add_row(f"  {user}", password, about)
        self._console.print(table)

    def invitation(self) -> None:
        """What a person can do from the first mail on."""
        carpetas = self._rules.carpetas
        self._console.print()
        self._say(
            f"Mueva un borrador de «{carpetas.pendientes}», o de la subcarpeta de su consultor, a "
            f"«{carpetas.aprobadas}» y verá salir el correo aquí.",
            style="bold",
        )
        self._say("Ctrl-C termina y muestra el resumen.")

    def your_turn(self, *, by_key: bool) -> None:
        """What a person can do now that all mail is there, and once more how to get at it."""
        self.invitation()
        self._say(f"Buzón: {self._access}.")
        if by_key:
            self._say("Sin programa de correo: pulse Intro y la demostración moverá un borrador por usted, por IMAP.")

    def note(self, text: str) -> None:
        """One sentence of the demo itself."""
        self._console.print()
        self._say(text, style="dim")

    def pending(self, drafts: Sequence[Draft]) -> None:
        """Which drafts wait for a person, and where."""
        if not drafts:
            self.note("Ningún borrador espera revisión.")
            return
        folder = self._rules.carpetas.pendientes
        if len(drafts) == 1:
            self.note(f"Espera en «{folder}» un borrador, con su ficha al lado:")
        else:
            self.note(f"Esperan en «{folder}» {len(drafts)} borradores, cada uno con su ficha al lado:")
        for draft in drafts:
            self._row("", Text(f"{words.clase(draft.clase)} para {draft.to} ({draft.account})"))

    def moved(self, draft: Draft, folder: str) -> None:
        """The demo did what a consultant or the supervisor would do."""
        who = "La supervisión" if draft.proposed_at else "Alguien de la oficina"
        self.note(f"{who} mueve a «{folder}», por IMAP, el borrador: {words.clase(draft.clase)} para {draft.to}")

    def captured(self, file: str) -> None:
        """The stand-in for SIADE has captured a batch."""
        self.note(f"Aquí SIADE es un sustituto: da un folio a cada petición y orientación, y los devuelve en {file}.")

    def taken(self, taken: TakenFile) -> None:
        """A file with folios was taken in."""
        told = f"filas con novedad: {taken.new}; sin novedad: {taken.same}; no tomadas: {len(taken.bad)}"
        self._say(f"Se toma como con «acuse siade import»; {told}.", style="dim")

    # --- as it happens ---------------------------------------------------------------------------------------------

    def arrival(self, arrival: Arrival) -> None:
        """One mail: who, about what, what was decided and why, what is left to do."""
        reading, decision = arrival.reading, arrival.decision
        self._console.print()
        who = _person(reading.sender or reading.author)
        if reading.origin != "propio" and reading.author and reading.author != reading.sender:
            who += f", por medio de {_person(reading.author)}"
        heading = Text.assemble(("LLEGA  ", "bold"), who, (f"  a {reading.mailbox}", "dim"))
        self._row(self._time(arrival.first.at), heading)
        self._row("", Text(f"«{reading.subject or 'sin asunto'}»", "bold"))
        if decision is not None:
            self._row("es", self._kind(arrival))
            self._row("paso", Text(words.step(decision)))
            for number, (numeral, evidence) in enumerate(words.why(decision, reading)):
                self._row("" if number else "porque", Text.assemble((f"{numeral}  ", "cyan"), evidence))
        for number, text in enumerate(self._left(arrival)):
            self._row("" if number else "queda", text)
        if arrival.error:
            self._row("error", Text(arrival.error, "bold red"))

    def event(self, event: Event) -> None:
        """One thing that happened later: sent, counted, approved, a term that runs, an alarm."""
        told = self._told(event)
        if told is not None:
            label, text = told
            if label.isupper():
                self._console.print()
                style = "bold red" if label == "ALARMA" else "bold"
                self._row(self._time(event.at), Text.assemble((f"{label}  ", style), text))
            else:
                self._row(label, text)

    def _told(self, event: Event) -> tuple[str, Text] | None:
        fields, folio = event.fields, event.petition or ""
        match event.action:
            case "decidido":
                told = "; ".join(words.requests(fields["decision"]))
                return ("ENVIADA", Text(f"{folio}, por la oficina consular: {told}")) if told else None
            case "enviado":
                self._sent += 1
                draft: Draft = fields["borrador"]
                by = "" if fields.get("por") == "acuse" else f" (lo envió {fields.get('por')})"
                text = Text(f"{words.clase(draft.clase)} para {draft.to}{by}", "green")
                return "SALE", text.append(f"; copia oculta a {draft.counting}", "default")
            case "contado":
                self._counted += 1
                told = f"llegó a {fields['por']} la copia oculta de {folio or 'un correo ajeno'} (P 5.65): "
                return "CUENTA", Text(f"{told}enviados {self._sent}, contados {self._counted}")
            case "siade_exportado":
                told = f"{fields['registros']} registros, {fields['archivos']} archivos"
                return "SIADE", Text(f"lote {fields['lote']} por capturar: {told} (P 5.19, 5.20)")
            case "interno" if not laid(fields["interno"]):
                return "INTERNO", self._mail(fields["interno"])
            case "estado":
                after = words.state(State(fields["a"]))
                return "queda", Text.assemble(f"{folio}: {after} ", (str(fields["numeral"]), "cyan"))
            case "plazo":
                return "plazo", self._term(fields["plazo"])
            case "alarma" | "error":
                return "ALARMA", Text(str(fields.get("detalle", "")), "red")
            case "alarma_fin":
                return "ALARMA", Text("terminó la anterior")
            case "incierto" | "aplazado" | "rechazado_por_servidor":
                return "ALARMA", Text(f"{words.plain(event.action)}: {fields.get('detalle', '')}")
        return self._reviewed(event)

    def _reviewed(self, event: Event) -> tuple[str, Text] | None:
        """What somebody did with a draft, told by its kind and petition."""
        carpetas = self._rules.carpetas
        told = {
            "aprobado": ("APRUEBA", f"estaba en «{carpetas.aprobadas}»"),
            "propuesto": ("SUPERVISA", f"está en «{carpetas.por_supervisar}»"),
            "detenido_sin_supervision": ("SUPERVISA", f"está en «{carpetas.por_supervisar}»"),
            "devuelto": ("SUPERVISA", f"está en «{carpetas.pendientes}»"),
            "rechazado_por_consultor": ("RECHAZA", "no se envía"),
            "borrado": ("RECHAZA", "no se envía"),
        }.get(event.action)
        if told is None:
            return None
        clase = words.clase(Clase(event.fields["clase"]))
        return told[0], Text(f"{clase} de {event.petition}: {told[1]}")

    @staticmethod
    def _mail(mail: InternalMail) -> Text:
        """A mail to one of our own people, which is not counted."""
        return Text(f"a {mail.to}: {mail.subject}")

    def _kind(self, arrival: Arrival) -> Text:
        decision = arrival.decision
        assert decision is not None
        parts = [words.KIND.get(decision.kind, words.plain(decision.kind))]
        if decision.type and decision.clear:
            parts.append(words.TYPE[decision.type])
        tema = self._rules.tema(decision.topic) if decision.clear else None
        if tema is not None:
            parts.append(tema.nombre)
        parts += words.requests(decision, arrival.reading)
        text = Text(" · ".join(parts))
        if decision.urgent:
            text.append(" · URGENTE", "bold red")
        if decision.sensitive:
            names = {rule.clave: rule.nombre for rule in self._rules.sensibles}
            named = names.get(decision.sensitive, words.plain(decision.sensitive))
            text.append(f" · SENSIBLE: {named.lower()}", "bold red")
        return text

    def _left(self, arrival: Arrival) -> Iterable[Text]:
        pending = self._rules.carpetas.pendientes
        decision = arrival.decision
        for draft in arrival.drafts:
            what = f"{words.clase(draft.clase)} para {draft.to}"
            if draft.disposition is Disposition.ENVIAR:
                text = Text(f"{what}, sin revisión")
            else:
                text = Text.assemble((f"{what}, borrador en «{pending}»", "yellow"))
            reason = words.held(decision, draft.clase) if decision else None
            if reason is not None:
                text.append(f" ({reason[0]}: {reason[1].rstrip('.')})", "dim")
            yield text
        for record in arrival.records:
            waits = ", y el acuse espera su folio" if record.clase is RecordClase.REGISTRO else ""
            yield Text(f"{record.clase} para SIADE{waits} ").append(record.numeral, "cyan")
        if arrival.consultor:
            yield Text(f"la atiende {arrival.consultor} ").append("P 5.66", "cyan")
        for mail in arrival.internals:
            if printable(mail):
                yield Text(f"comprobante en duplicado listo para imprimir en «{pending}»: «{mail.subject}»", "green")
            elif laid(mail):
                yield Text(f"ficha de {mail.folio} en «{pending}»")
            else:
                yield Text("correo interno ").append(self._mail(mail))
        if arrival.state and arrival.state.closed:
            yield Text(f"{arrival.folio}: {words.state(arrival.state)}")
        if arrival.quarantine:
            yield Text(f"apartado en cuarentena, entero y sin moverlo: {arrival.quarantine}")

    def _term(self, term: Term) -> Text:
        due = f"{term.due_at.astimezone(self._zone):%d/%m/%Y a las %H:%M}"
        text = Text.assemble(f"{words.TERM.get(term.name, words.plain(term.name))}: {due} ", (term.numeral, "cyan"))
        if term.skipped:
            text.append(" (no cuentan: " + ", ".join(f"{day:%d/%m} {why}" for day, why in term.skipped) + ")", "dim")
        return text

    # --- summary ---------------------------------------------------------------------------------------------------

    def summary(self, arrivals: Iterable[tuple[Arrival, State | None]], totals: Totals, faults: Sequence[str]) -> None:
        """A line for each mail, the figures, and what did not end as it should."""
        self._console.print()
        self._console.print(Rule(Text("Resumen", style="bold"), style="dim"))
        self._console.print()
        table = Table(
            box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim", expand=True
        )
        table.add_column("Asunto", ratio=1, overflow="ellipsis", no_wrap=True)
        roomy = self._console.width >= 110
        for title, width in (("Clase", 14), ("Paso", 9), ("Disposición", 11), ("Estado", 26 if roomy else 17)):
            table.add_column(title, width=width, overflow="fold")
        # What IMSS Digital did stands together, below the petitions.
        for digital, rows in groupby(sorted(arrivals, key=self._is_digital), self._is_digital):
            if digital:
                table.add_section()
            for arrival, state in rows:
                table.add_row(*self._summed_up(arrival, state))
        self._console.print(table)
        self._console.print()
        self._figures(totals)
        self._console.print()
        for fault in faults:
            self._say(f"No terminó como debía: {fault}", style="bold red")
        told = f"correos enviados: {totals.enviados}; copias contadas: {totals.contados} (P 5.65)."
        if totals.enviados != totals.contados:
            self._say(f"Quedó a medias al detenerse: {told}", "yellow")
        elif not faults:
            self._say(f"Todo cuadra: {told}", "green")

    def _is_digital(self, row: tuple[Arrival, State | None]) -> bool:
        return name_of_profile(self._rules, row[0].reading.mailbox) != MEDIOS

    def _summed_up(self, arrival: Arrival, state: State | None) -> tuple[str | Text, ...]:
        decision, subject = arrival.decision, arrival.reading.subject or "sin asunto"
        if decision is None:
            return Text(subject), words.KIND.get(arrival.reading.kind, "—"), "—", "—", arrival.quarantine or "—"
        marks = [word for word, on in (("sensible", decision.sensitive), ("urgente", decision.urgent)) if on]
        mark = " y ".join(marks)
        kind = words.TYPE[decision.type] if decision.type and decision.clear else words.KIND.get(decision.kind, "otro")
        return (
            Text(subject),
            kind,
            words.STEP.get(decision.step, words.plain(decision.step)),
            words.DISPOSITION[decision.disposition],
            Text.assemble(
                "cuarentena" if arrival.quarantine else words.state(state), (f", {mark}" if mark else "", "red")
            ),
        )

    def _figures(self, totals: Totals) -> None:
        table = Table.grid(padding=(0, 3))
        for _ in range(4):
            table.add_column(justify="left")
        cells = [
            ("Recibidos", totals.recibidos),
            ("Enviados", totals.enviados),
            ("En revisión", totals.en_revision),
            ("En cuarentena", totals.cuarentena),
            ("Sin respuesta", totals.sin_respuesta),
            ("Copias contadas", totals.contados),
            ("Fichas", totals.fichas),
            ("Correos internos", totals.internos),
        ]
        shown = [Text.assemble(f"{name}: ", (str(number), "bold")) for name, number in cells]
        for start in range(0, len(shown), 4):
            table.add_row(*shown[start : start + 4])
        self._console.print(table)

    # --- small helpers ---------------------------------------------------------------------------------------------

    def _row(self, label: str, text: Text) -> None:
        """A line with its label in a narrow first column; long texts go on below themselves, not below the label."""
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=_LABEL, style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(label if label[:1].isdigit() else f"  {label}", text)
        self._console.print(grid)

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style))

    def _time(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M:%S}"


def _person(address: Address | None) -> str:
    if address is None:
        return "alguien sin dirección"
    return f"{address.name} <{address.email}>" if address.name else address.email
