"""One request at the reception (C): each of its documents judged, and whatever holds its answer back for a person."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ...model.decision import Reason
from ...model.ledger import History
from ...model.petition import Petition
from ...model.survival import Check, CheckState, Form, FormFault
from ...model.survival_rules import OficinaConsular, Supervivencia
from ...model.words import comparable
from ..course import Arrival
from .faults import form_faults, is_test, known_check, told

# A picture of so many bytes is no logo or signature any more.
_PHOTOGRAPH = 40_000


@dataclass(frozen=True, slots=True)
class Judged:
    """One document of a request: what is wrong with it, and the check that it is, was before, or is not."""

    form: Form
    faults: tuple[FormFault, ...]
    check: Check | None = None
    before: Check | None = None

    @property
    def good(self) -> bool:
        return not self.faults


def _no_form(survival: Supervivencia) -> Form:
    return Form("", None, "no", faults=(told(survival, "sin_formulario"),))


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: from which office, unless `sender` says why it is none, and on which office day."""

    arrival: Arrival
    petition: Petition
    oficina: OficinaConsular | None
    sender: FormFault | None
    survival: Supervivencia
    today: date


def judge(request: Request) -> list[Judged]:
    """Every document of a request on its own, and no two under one ID Trámite."""
    forms = request.arrival.reading.forms or (_no_form(request.survival),)
    return _without_twins([_judge(form, n, request) for n, form in enumerate(forms, start=1)], request.survival)


def _judge(form: Form, number: int, request: Request) -> Judged:
    arrival, oficina = request.arrival, request.oficina
    faults = form_faults(form, oficina, arrival.policy.rules, arrival.history, request.today)
    faults = (request.sender, *faults) if request.sender else faults
    if faults or oficina is None or is_test(form):
        return Judged(form, faults)
    before = known_check(form, arrival.history, request.petition.account)
    if before is not None:
        return Judged(form, (), replace(before, repeats=before.repeats + 1), before)
    return Judged(form, (), _check(form, number, request, oficina))


def _without_twins(judged: Sequence[Judged], survival: Supervivencia) -> list[Judged]:
    """Several forms of one mail under one ID Trámite: at most one can be right, and nobody knows which."""
    numbers = Counter(each.check.id_tramite for each in judged if each.check)
    twice = {number for number, times in numbers.items() if times > 1}
    return [
        Judged(each.form, (told(survival, "id_tramite_repetido", "id_tramite", each.check.id_tramite),))
        if each.check and each.check.id_tramite in twice
        else each
        for each in judged
    ]


def _check(form: Form, number: int, request: Request, oficina: OficinaConsular) -> Check:
    arrival, petition = request.arrival, request.petition
    return Check(
        id=f"CS{petition.folio.removeprefix('AC')}-{number}",
        folio=petition.folio,
        account=petition.account,
        office=oficina.cuenta,
        id_tramite=form.fields.get("id_tramite") or "",
        nss=form.fields.get("nss") or "",
        state=CheckState.RECIBIDA,
        received_at=arrival.reading.received_at,
        fields=dict(form.fields),
        message_id=arrival.reading.message_id,
        next_due=months_after(request.today, request.survival.meses),
        verified=any(row.nss == form.fields.get("nss") for row in arrival.history.pensioners or ()),
    )


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def holds(arrival: Arrival, judged: Sequence[Judged], survival: Supervivencia) -> tuple[Reason, ...]:
    """Why a person looks before anything is confirmed. Guards only hold mail back."""
    reading = arrival.reading
    held = [("guarda_dudas", doubt) for doubt in reading.doubts]
    for each in judged:
        form, name = each.form, each.form.file or "el correo"
        held += [("guarda_lectura", f"{name}: {doubt}") for doubt in form.unsure]
        if form.readable == "ocr":
            held.append(("guarda_ocr", f"{name}: leído de una imagen; compare cada dato con el original"))
        if form.form and is_test(form) and each.good:
            held.append(("guarda_prueba", f"{name}: es el formulario de prueba; no se registra"))
        if each.before:
            held += [("guarda_repetida", f"{name}: {why}") for why in _unlike_a_repetition(each.before, arrival)]
        if each.check and not each.before and (other := _other_person(each.check, arrival.history)):
            held.append(("guarda_nss", f"{name}: con este NSS se recibió {other.id} con otro nombre o nacimiento"))
        if each.check and not each.before and (same := _other_number(each.check, arrival.history)):
            evidence = f"{name}: con este NSS y esta fecha de solicitud se recibió {same.id}, con otro ID Trámite"
            held.append(("guarda_repetida", evidence))
        row_missing = arrival.history.pensioners is not None and each.check and not each.check.verified
        if row_missing and each.good:
            held.append(("guarda_padron", f"{name}: el NSS no está en el padrón"))
    others = len(reading.attachments) - len({form.file for form in reading.forms})
    # A logo is no news; a photograph may be another form.
    logos = sum(a.content_type.startswith("image/") and a.size < _PHOTOGRAPH for a in reading.attachments)
    if others - logos > 0:
        held.append(("guarda_adjunto", "el correo trae además otros archivos"))
    if said := alert(arrival, survival):
        held.append(("guarda_texto", said))
    return tuple(Reason(rule, "C", evidence) for rule, evidence in dict.fromkeys(held))


def _other_person(check: Check, history: History) -> Check | None:
    """A check of the same NSS that gives another name or birth date: one of the two is wrong."""
    keys = ("nombre", "apellido_paterno", "apellido_materno", "fecha_nacimiento")
    mine = [comparable(check.fields.get(key) or "") for key in keys]
    same_number = (each for each in history.checks if each.nss == check.nss and each.state is CheckState.CONFIRMADA)
    return next((e for e in same_number if [comparable(e.fields.get(key) or "") for key in keys] != mine), None)


def _unlike_a_repetition(before: Check, arrival: Arrival) -> Iterator[str]:
    """Why a request that was received before is not just confirmed once more (Spanish)."""
    reading, most = arrival.reading, arrival.policy.rules.topes.por_peticion
    if before.state is not CheckState.CONFIRMADA:
        yield f"la primera solicitud ({before.id}) aún no se ha contestado"
    if reading.author is None or before.office != reading.author.email:
        yield f"{before.id} se recibió de otra oficina ({before.office})"
    if before.repeats >= most:
        yield f"{before.id} se ha repetido ya {before.repeats} veces"


def _other_number(check: Check, history: History) -> Check | None:
    """A check of the same NSS and request date under another ID Trámite (or the same, with zeros before it)."""
    alive = (e for e in history.checks if e.account == check.account and e.state is not CheckState.RECHAZADA)
    date_ = check.fields.get("fecha_solicitud")
    return next((e for e in alive if e.nss == check.nss and e.fields.get("fecha_solicitud") == date_), None)


def alert(arrival: Arrival, survival: Supervivencia, *, but: str | None = None) -> str:
    """Words in the mail itself that no machine should answer: a death, a request to stop, something urgent.

    Phrases with the word `but` do not count.
    """
    reading = arrival.reading
    said = f" {comparable(f'{reading.subject} {reading.fresh}')} "
    phrases = (phrase for phrase in map(comparable, survival.palabras.alerta) if not (but and but in phrase))
    word = next((phrase for phrase in phrases if f" {phrase} " in said), None)
    return f"el correo dice «{word}»" if word else ""
