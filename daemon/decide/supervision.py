"""Second eyes (P a87–a90): which drafts pass the supervisor before they leave, what they are told, what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ..model.decision import Effect, Notify, Plan
from ..model.outgoing import Draft
from ..model.petition import Clase, HistoryEntry, Petition
from ..model.rules import Carpetas, RuleSet
from .assignment import on_duty, supervisor_of, supervisors
from .outcomes import name_of

# What the history calls a draft that somebody approved too early, and one that came back from the supervisor.
STOPPED, RETURNED = "detenido_sin_supervision", "devuelto"


@dataclass(frozen=True, slots=True)
class Seen:
    """A draft at the moment when somebody moved it: its petition and what the office wants of it."""

    draft: Draft
    petition: Petition
    rules: RuleSet
    now: datetime

    @property
    def supervisor(self) -> str | None:
        """Who looks at it a second time: never the consultant whose draft it is."""
        candidates = (supervisor_of(self.petition, self.rules), *supervisors(self.rules))
        return next((each for each in candidates if each and each != self.petition.consultor), None)

    @property
    def ruled(self) -> str:
        """The numeral under which the rules want second eyes on it; '' when they do not."""
        return self.rules.supervisa(self.draft.clase, self.petition.sensitive)

    @property
    def too_early(self) -> bool:
        """Whether it may not leave yet. An office without a supervisor is not held up: nobody could let it leave."""
        return bool(self.ruled and self.supervisor) and self.draft.proposed_at is None

    @property
    def _folders(self) -> Carpetas:
        return self.rules.carpetas

    @property
    def _named(self) -> str:
        return f"{name_of(self.draft)} (petición {self.petition.folio})"

    @property
    def _draft_named(self) -> str:
        # Whatever is said of it afterwards agrees with «borrador», whichever mail it is.
        return f"el borrador de {self._named}".replace(" de el ", " del ")

    @property
    def _number(self) -> str:
        return f"(borrador {self.draft.ordinal})"

    def told_to_wait(self, story: Sequence[HistoryEntry]) -> bool:
        """Whether it was told already that this draft was approved too early, and it did not come back since."""
        mine = [entry.action for entry in story if entry.action in (STOPPED, RETURNED) and self._number in entry.text]
        return mine[-1:] == [STOPPED]

    def proposed(self) -> Plan:
        """The consultant handed it to the supervisor (P a87), who looks into the folder; an urgent one is told."""
        text = f"Pasa a la supervisión {name_of(self.draft)}"
        effects = self._to_supervisor("Espera su revisión", "alguien propuso") if self.draft.urgent else ()
        return self._plan("propuesto", text, "P a87", effects)

    def stopped(self) -> Plan:
        """Somebody approved it before the supervisor saw it (P a88): it waits there, and both are told, kindly."""
        folders = self._folders
        told = (
            f"Movió a «{folders.aprobadas}» {self._draft_named}, y ese correo pasa antes por la "
            f"supervisión ({self.ruled}). No salió: quedó en «{folders.por_supervisar}», tal como usted lo dejó.\n\n"
            f"No tiene que hacer nada más: sale cuando la supervisión lo mueva a «{folders.aprobadas}»."
        )
        subject = f"Pasa antes por la supervisión: {self.petition.folio}"
        effects = (*self._to_consultant(subject, told), *self._to_supervisor("Espera su revisión", "alguien aprobó ya"))
        text = (
            f"Se aprobó {name_of(self.draft)} {self._number} antes de pasar por la supervisión: espera en "
            f"«{folders.por_supervisar}»"
        )
        return self._plan(STOPPED, text, self.ruled, effects)

    def returned(self, change: tuple[str, str] | None) -> Plan:
        """It lies among the pending again (P a89); `change` are its words as proposed and as they came back."""
        folders = self._folders
        told = (
            f"Volvió a «{folders.pendientes}» {self._draft_named}: la supervisión lo devolvió, o alguien lo retomó.\n\n"
            f"Corríjalo y muévalo otra vez a «{folders.por_supervisar}»; si ya no debe salir, a «{folders.rechazadas}»."
        )
        if change:
            told += "\n\nVolvió con estos cambios:"
        effects = self._to_consultant(f"Volvió de la supervisión: {self.petition.folio}", told, change)
        return self._plan(RETURNED, f"Vuelve de la supervisión {name_of(self.draft)} {self._number}", "P a89", effects)

    def approved(self, change: tuple[str, str] | None) -> Plan:
        """The supervisor let it leave (P a90); a correction, `change`, is fed back to the consultant (P a89)."""
        if change is None:
            return self._plan("supervisado", f"La supervisión aprobó {name_of(self.draft)} sin cambios", "P a88", ())
        told = (
            f"La supervisión corrigió {self._draft_named} antes de aprobarlo (P a89). Sale con el texto "
            "corregido; usted no tiene que hacer nada.\n\nEsto cambió:"
        )
        effects = self._to_consultant(f"La supervisión corrigió su propuesta: {self.petition.folio}", told, change)
        text = f"La supervisión corrigió y aprobó {name_of(self.draft)}; al consultor se le muestra qué cambió"
        return self._plan("corregido", text if effects else text.partition(";")[0], "P a89", effects)

    def unsupervised(self) -> Plan:
        """The rules want second eyes, and the office has none to give: it leaves, and the history says so."""
        text = f"Sale {name_of(self.draft)} sin pasar por la supervisión: las reglas no nombran a quién"
        return self._plan("sin_supervisor", text, self.ruled, ())

    def turned_down(self) -> tuple[Effect, ...]:
        """Who proposed what the supervisor rejected is told."""
        told = (
            f"La supervisión no dejó salir {self._draft_named}: lo rechazó o lo borró. La petición sigue con "
            "usted (P 5.66); si no sabe por qué, consúltelo con ella (P 5.24)."
        )
        return self._to_consultant(f"La supervisión rechazó su propuesta: {self.petition.folio}", told)

    def sent_around(self, actor: str) -> Plan:
        """A consultant sent it from the own client before the supervisor saw it: it has left, so it is only told."""
        text = f"{actor} envió {name_of(self.draft)} sin pasar por la supervisión"
        told = f"{actor} envió desde su programa de correo {self._named}, que pasa antes por la supervisión. Ya salió."
        supervisor = self.supervisor
        subject = f"Salió sin su revisión: {self.petition.folio}"
        effects = (Notify(Clase.AVISO_INTERNO, supervisor, subject, told),) if supervisor else ()
        return self._plan("enviado_sin_supervision", text, self.ruled, effects)

    def _plan(self, action: str, text: str, numeral: str, effects: tuple[Effect, ...]) -> Plan:
        entry = HistoryEntry(self.now, action, text, numeral, "acuse", self.petition.state)
        return Plan(petition=self.petition, history=(entry,), effects=effects)

    def _to_consultant(self, subject: str, text: str, change: tuple[str, str] | None = None) -> tuple[Effect, ...]:
        consultor, urgent = self.petition.consultor, self.draft.urgent
        if consultor is None:
            return ()
        return (Notify(Clase.AVISO_INTERNO, consultor, subject, text, urgent=urgent, change=change),)

    def _to_supervisor(self, heading: str, how: str) -> tuple[Effect, ...]:
        supervisor, folders = self.supervisor, self._folders
        if supervisor is None:
            return ()
        text = (
            f"En «{folders.por_supervisar}» hay un borrador que {how}: {self._named}.\n\n"
            f"Léalo y corríjalo si hace falta. Muévalo a «{folders.aprobadas}» para que salga (si usted ya lo había "
            f"revisado, muévalo otra vez), a «{folders.pendientes}» para devolverlo a quien lo propuso, o a "
            f"«{folders.rechazadas}» para que no salga."
        )
        subject = f"{heading}: {self.petition.folio}"
        return (Notify(Clase.AVISO_INTERNO, supervisor, subject, text, urgent=self.draft.urgent),)


def shelf(consultor: str, rules: RuleSet, today: date) -> str:
    """The name of the sub-folder of pending drafts for what is laid today: the consultant's, or that of whoever stands
    in (5.66); '' for the folder itself, when the office wants one for all or does not know this consultant."""
    names = {one.correo: one.nombre for one in rules.casa.personas} | {
        one.correo: one.nombre for one in rules.consultores
    }
    here = on_duty(consultor, rules, today)
    if here not in names or not rules.carpetas.por_consultor:
        return ""
    alike = [correo for correo, nombre in names.items() if nombre.casefold() == names[here].casefold()]
    return names[here] if len(alike) == 1 else f"{names[here]} ({here.partition('@')[0]})"
