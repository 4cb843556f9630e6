"""Who acts in the month besides the daemon: citizens, consultants, supervisors, enlaces, SIADE and its people."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.policy import default as modern

from daemon.decide.assignment import on_duty
from daemon.decide.supervision import Seen
from daemon.flow.siade import end_contingencia, start_contingencia, take_row
from daemon.model.ledger import Event
from daemon.model.outgoing import Draft, DraftState, Lying, Place
from daemon.model.petition import Clase, Petition, State
from daemon.model.siade import Record, RecordClase, SiadeRow

from .office import ACCOUNTS, MEXICO, Month, is_open, utc
from .people import ATNDER, EMPLOYERS, PREGNANT, THANKS, Citizen, Mail, Town, stamp, thread

_TO_THE_PERSON_BY_HAND = (State.REVISION_CONSULTOR, State.CONTACTO_FALLIDO_CONSULTOR, State.ESPERA_SUPERVISOR)
_ACUSES = (Clase.ACUSE_CDAOD, Clase.ACUSE_ORGANO_NORMATIVO)


class Citizens:
    """They write, answer what they are asked, thank, come back, or never write again."""

    def __init__(self, month: Month, town: Town) -> None:
        self.month, self.town, self.random = month, town, month.random
        self._seen: set[str] = set()
        month.heard.append(self._hear)

    def plan(self, first: date, days: int, mails: int, closed: frozenset[date]) -> None:
        """Lay `mails` first mails over the days: most by day and on business days."""
        weights = []
        for number in range(days):
            day = first + timedelta(days=number)
            quiet = day.weekday() > 4 or day in closed
            weights.append(0.25 if quiet else 1.0)
        for number in self.random.choices(range(days), weights, k=mails):
            hour = min(23.9, max(0.1, self.random.gauss(13, 4)))
            self.month.at(utc(first + timedelta(days=number), hour), self._opens)

    def _opens(self) -> None:
        month, random = self.month, self.random
        chance = random.random()
        if chance < 0.04:
            return month.deliver(self._noise())
        everybody = [one for some in self.town.citizens.values() for one in some]
        if chance < 0.07 and everybody:
            who = random.choice(everybody)
        elif chance < 0.08 and everybody:
            who = self.town.citizen(sharing=random.choice(everybody))
        else:
            who = self.town.citizen()
        subject, text = self.town.opening(who)
        matter = self.town.matter()
        accounts: tuple[str, ...] = random.choices(
            [(ATNDER,), (EMPLOYERS,), (PREGNANT,), (ATNDER, EMPLOYERS)], [80, 12, 5, 3]
        )[0]
        mail = self._write(who, text, subject, "apertura", matter, accounts=accounts, photo=text.startswith("Adjunto"))
        if random.random() < 0.05:
            again = f"{text}\n\nSigo sin respuesta."
            self._later(
                random.uniform(4, 120), who, again, subject, "repite", matter, accounts=(random.choice(ACCOUNTS),)
            )
        return month.deliver(mail)

    def _hear(self, event: Event) -> None:
        if event.action != "enviado":
            return
        draft: Draft = event.fields["borrador"]
        people = self.town.citizens.get(draft.to)
        # A mail whose answer was lost may be told twice; a person gets it once.
        if not people or draft.message_id in self._seen:
            return
        self._seen.add(draft.message_id)
        self._got(people, draft)

    def _got(self, people: list[Citizen], draft: Draft) -> None:
        random = self.random
        who = next((one for one in people if any(m.message_id == draft.in_reply_to for m in one.mails)), people[0])
        if not who.reachable:
            return self.month.at(self.month.now + timedelta(minutes=3), lambda: self.month.deliver(self._bounce(draft)))
        if random.random() < 0.04:
            self.month.at(self.month.now + timedelta(seconds=20), lambda: self.month.deliver(self._away(who, draft)))
        match draft.clase:
            case Clase.DATOS_COMPLEMENTARIOS:
                self._answers(who, draft)
            case Clase.ACLARACION:
                if random.random() < 0.6:
                    _, text = self.town.opening(who)
                    self._reply(random.uniform(1, 60), who, text, draft)
            case Clase.CONCLUSION_DESINTERES:
                if random.random() < 0.15:
                    self._reply(random.uniform(5, 90), who, f"Perdón por la tardanza. Mi NSS es {who.nss}", draft)
            case _:
                if random.random() < 0.12:
                    self._reply(random.uniform(0.2, 30), who, random.choice(THANKS), draft, sort="agradece")
                elif random.random() < 0.04:
                    self._reply(random.uniform(10, 100), who, "¿Ya hay alguna novedad de mi caso?", draft)
        return None

    def _answers(self, who: Citizen, draft: Draft) -> None:
        random = self.random
        whole = f"{who.name}\nNSS: {who.nss}"
        match who.answers if draft.turn == 1 else random.choice(("completo", "nunca", "nunca")):
            case "completo":
                self._reply(random.expovariate(1 / 14), who, whole, draft)
            case "parcial":
                part = (
                    f"Mi nombre es {who.name}" if "nombre" in draft.asks and len(draft.asks) > 1 else "Lo busco y aviso"
                )
                self._reply(random.uniform(1, 20), who, part, draft)
                who.answers = random.choice(("completo", "nunca"))
            case "foto":
                self._reply(random.uniform(1, 40), who, "Le mando foto.", draft, photo=True)
            case "tarde":
                self._reply(random.uniform(70, 240), who, whole, draft)
            case "otra_cosa":
                self._reply(random.uniform(1, 30), who, "¿Para qué lo necesitan? Ya lo di en la clínica.", draft)
            case "dos_veces":
                self._reply(random.uniform(1, 20), who, whole, draft)
                self._reply(random.uniform(21, 40), who, whole, draft)

    # --- how mail comes about ---------------------------------------------------------------------------------

    def _reply(
        self, hours: float, who: Citizen, text: str, draft: Draft, *, sort: str = "respuesta", photo: bool = False
    ) -> None:
        subject = f"RE: {draft.subject}"
        answering = (draft.message_id,) if self.random.random() < 0.93 else ()
        matter = next((m.matter for m in who.mails if m.message_id == draft.in_reply_to), 0)
        quoted = draft.text if self.random.random() < 0.7 else ""
        self._later(hours, who, text, subject, sort, matter, answering=answering, quoted=quoted, photo=photo)

    def _later(
        self, hours: float, who: Citizen, text: str, subject: str, sort: str, matter: int, **more: object
    ) -> None:
        def write() -> None:
            self.month.deliver(self._write(who, text, subject, sort, matter, **more))

        self.month.at(self.month.now + timedelta(hours=hours), write)

    def _write(self, who: Citizen, text: str, subject: str, sort: str, matter: int, **more: object) -> Mail:
        return self.town.written(who, text, subject=subject, sort=sort, matter=matter, at=self.month.now, **more)  # type: ignore[arg-type]

    def _noise(self) -> Mail:
        mail = EmailMessage(policy=SMTP)
        stamp(mail, "boletin@noticias.example", ATNDER, self.month.now, self.random)
        mail["From"], mail["To"] = "Boletín <boletin@noticias.example>", ATNDER
        mail["Subject"], mail["List-Id"] = "Novedades de la semana", "<novedades.noticias.example>"
        mail["Precedence"] = "bulk"
        mail.set_content("Lea las novedades de la semana.\n")
        return Mail(str(mail["Message-ID"]), "ruido", mail.as_bytes(), (ATNDER,))

    def _away(self, who: Citizen, draft: Draft) -> Mail:
        mail = EmailMessage(policy=SMTP)
        stamp(mail, who.address, draft.account, self.month.now, self.random)
        mail["From"], mail["To"] = f"{who.name} <{who.address}>", draft.account
        mail["Subject"], mail["Auto-Submitted"] = "Respuesta automática: fuera de la oficina", "auto-replied"
        thread(mail, (draft.message_id,))
        mail.set_content("Estoy fuera de la oficina. Regreso el lunes.\n")
        return Mail(str(mail["Message-ID"]), "automatica", mail.as_bytes(), (draft.account,))

    def _bounce(self, draft: Draft) -> Mail:
        domain = draft.to.rpartition("@")[2]
        mail = EmailMessage(policy=SMTP)
        stamp(mail, f"mailer-daemon@{domain}", draft.account, self.month.now, self.random)
        mail["From"], mail["To"] = f"Mail Delivery System <mailer-daemon@{domain}>", draft.account
        mail["Subject"], mail["Auto-Submitted"] = "Undelivered Mail Returned to Sender", "auto-replied"
        mail["X-Failed-Recipients"] = draft.to
        thread(mail, (draft.message_id,))
        mail.set_content(f"<{draft.to}>: host mail.{domain} said: 550 5.1.1 User unknown\n")
        return Mail(str(mail["Message-ID"]), "rebote", mail.as_bytes(), (draft.account,))


class Staff:
    """Consultants and supervisors at their mail clients, each half hour that the office is open and they are there."""

    def __init__(self, month: Month, closed: frozenset[date]) -> None:
        self.month, self.random, self.closed = month, month.random, closed
        self.done: Counter[str] = Counter()
        self.by_hand: list[str] = []
        self.without_copy: list[str] = []
        self._told: set[str] = set()

    def plan(self, first: date, days: int) -> None:
        for number in range(days):
            day = first + timedelta(days=number)
            for half in range(18):
                self.month.at(utc(day, 9 + half / 2), self._work)

    def _work(self) -> None:
        month = self.month
        if not is_open(month.now, self.closed) or month.mail_is_down:
            return
        month.wake_all()
        today = month.now.astimezone(MEXICO).date()
        left = {one.correo: 4 for one in month.rules.consultores if one.away(today) is None}
        for account in ACCOUNTS:
            waiting = {d.id: d for d in month.store.waiting(account, (DraftState.EN_REVISION,))}
            review = month.world.review(account, month.rules.carpetas, month.desk.shelf)
            lying = review.survey()
            fichas = {self._folio(each): each for each in lying if each.ficha_id and each.place is Place.PENDIENTES}
            for each in lying:
                draft = waiting.get(each.draft_id or "")
                if draft and each.place is Place.POR_SUPERVISAR:
                    self._supervise(each, draft)
                if draft is None or each.place is not Place.PENDIENTES:
                    continue
                who = self._at_desk(draft.consultor, left, today)
                if who:
                    left[who] -= 1
                    self._judge(each, draft, who)
            drafted = {draft.folio for draft in waiting.values()}
            for folio, each in fichas.items():
                petition = month.store.petition(folio) if folio and folio not in drafted else None
                if petition is None or petition.state not in _TO_THE_PERSON_BY_HAND:
                    continue
                who = self._at_desk(petition.consultor, left, today)
                if who and each.message_id not in self._told:
                    left[who] -= 1
                    self._told.add(each.message_id)
                    self._attend(petition, each, who)

    def _folio(self, lying: Lying) -> str:
        return self.month.desk.folio_of(lying.message_id) or ""

    def _at_desk(self, consultor: str | None, left: dict[str, int], today: date) -> str | None:
        """Who takes it now: the consultant or the stand-in; what is nobody's, whoever is there."""
        who = on_duty(consultor, self.month.rules, today)
        if who not in left:
            free = [one for one, number in left.items() if number > 0]
            return self.random.choice(free) if free and (who is None or "supervision" in who) else None
        return who if left[who] > 0 else None

    def _judge(self, lying: Lying, draft: Draft, who: str) -> None:
        """One draft: mostly approved as it stands, sometimes edited, rejected, deleted or sent from the own client."""
        chance = self.random.random()
        store = self.month.world.mailbox(draft.account)
        folder, uidvalidity, uid = _place(lying)
        rules = self.month.rules.carpetas
        petition = self.month.store.petition(draft.folio)
        if petition and Seen(draft, petition, self.month.rules, self.month.now).too_early and chance < 0.80:
            # Now and then somebody forgets that the supervisor looks first.
            self.done["propone"] += 1
            store.move(folder, uid, rules.por_supervisar if self.random.random() < 0.9 else rules.aprobadas)
        elif chance < 0.80:
            self.done["aprueba"] += 1
            store.move(folder, uid, rules.aprobadas)
        elif chance < 0.90:
            self.done["edita"] += 1
            raw = _edited(store.whole(folder, uidvalidity, uid))
            store.remove(folder, uidvalidity, uid)
            store.append(rules.aprobadas, raw, [], self.month.now)
        elif chance < 0.93:
            self.done["rechaza"] += 1
            store.move(folder, uid, rules.rechazadas)
        elif chance < 0.94:
            self.done["borra"] += 1
            store.remove(folder, uidvalidity, uid)
        elif draft.clase is not Clase.DERIVACION_ORGANO_NORMATIVO:
            self.done["envía a mano"] += 1
            self._send(who, draft.account, draft.counting, draft.to, draft.subject, draft.text, draft.in_reply_to)

    def _supervise(self, lying: Lying, draft: Draft) -> None:
        """The supervisor's second eyes: let it leave, corrected or as it stands."""
        store, carpetas = self.month.world.mailbox(draft.account), self.month.rules.carpetas
        folder, uidvalidity, uid = _place(lying)
        if self.random.random() < 0.85:
            self.done["supervisa"] += 1
            store.move(folder, uid, carpetas.aprobadas)
        else:
            self.done["corrige"] += 1
            raw = _edited(store.whole(folder, uidvalidity, uid))
            store.remove(folder, uidvalidity, uid)
            store.append(carpetas.aprobadas, raw, [], self.month.now)

    def _attend(self, petition: Petition, ficha: Lying, who: str) -> None:
        """What has no draft: the consultant writes to the person, or tells the daemon what a photo shows."""
        chance = self.random.random()
        if chance < 0.25 and petition.missing:
            self.done["dice el dato"] += 1
            citizen = next((m.citizen for m in self.month.delivered if m.message_id == petition.first_message_id), None)
            words = f"NSS: {citizen.nss}\nnombre: {citizen.name}" if citizen else "nota: no se lee"
            return self._answer_ficha(ficha, who, petition.account, words)
        copied = chance < 0.96
        self.done["escribe a la persona" if copied else "escribe sin copia"] += 1
        survey = f"\n\nEncuesta: {self.month.rules.casa.encuesta}" if self.random.random() < 0.5 else ""
        text = f"Le informo que su asunto quedó atendido.{survey}\n\nConsultora"
        if petition.petitioner:
            to = petition.petitioner
            counting = petition.counting if copied else ""
            subject = f"RE: {petition.subject}"
            self._send(who, petition.account, counting, to, subject, text, petition.first_message_id)
        words = "nota: se contestó a la persona\nconcluir: sí"
        later = self.month.now + timedelta(minutes=10)
        return self.month.at(later, lambda: self._answer_ficha(ficha, who, petition.account, words))

    def _answer_ficha(self, ficha: Lying, who: str, account: str, words: str) -> None:
        mail = EmailMessage(policy=SMTP)
        stamp(mail, who, account, self.month.now, self.random)
        mail["From"], mail["To"], mail["Subject"] = who, account, f"RE: {ficha.subject}"
        thread(mail, (ficha.message_id,))
        mail.set_content(f"{words}\n")
        self.month.deliver(Mail(str(mail["Message-ID"]), "ficha", mail.as_bytes(), (account,)))

    def _send(
        self, who: str, account: str, counting: str, to: str, subject: str, text: str, answering: str | None
    ) -> None:
        """A mail from the consultant's own client; its blind copy reaches the counting account, or was forgotten."""
        mail = EmailMessage(policy=SMTP)
        stamp(mail, who, counting or account, self.month.now, self.random)
        mail["From"], mail["To"], mail["Subject"] = who if counting else account, to, subject
        thread(mail, (answering,) if answering else ())
        mail.set_content(f"{text}\n")
        if counting:
            made = Mail(str(mail["Message-ID"]), "copia", mail.as_bytes(), (counting,))
            self.by_hand.append(made.message_id)
            self.month.deliver(made)
        else:
            self.without_copy.append(str(mail["Message-ID"]))
            self.month.world.deliver(account, mail.as_bytes(), self.month.now, "Sent")


class Enlaces:
    """The Órganos' people: they answer what was derived to them, well or badly, late or never."""

    def __init__(self, month: Month) -> None:
        self.month, self.random = month, month.random
        self.done: Counter[str] = Counter()
        month.heard.append(self._hear)

    def _hear(self, event: Event) -> None:
        if event.action != "enviado":
            return
        draft: Draft = event.fields["borrador"]
        if not draft.to.startswith("enlace."):
            return
        how = self.random.choices(("concluyente", "no concluyente", "tarde", "nunca"), (70, 12, 10, 8))[0]
        self.done[how] += 1
        days = {"concluyente": (1, 6), "no concluyente": (1, 4), "tarde": (14, 18), "nunca": (0, 0)}[how]
        if how != "nunca":
            text = "Se revisó el caso: la solicitud procede y quedó aplicada en el sistema el día de hoy."
            if how == "no concluyente":
                text = "Se está revisando con el área. En cuanto tengamos algo se informa."
            when = self.month.now + timedelta(days=self.random.uniform(*days))
            self.month.at(when, lambda: self._answer(draft, text))

    def _answer(self, draft: Draft, text: str) -> None:
        mail = EmailMessage(policy=SMTP)
        stamp(mail, draft.to, draft.account, self.month.now, self.random)
        mail["From"], mail["To"], mail["Subject"] = draft.to, draft.account, f"RE: {draft.subject}"
        thread(mail, (draft.message_id,))
        quote = "\n".join(f"> {line}" for line in draft.text.splitlines())
        mail.set_content(f"{text}\n\n{quote}\n")
        self.month.deliver(Mail(str(mail["Message-ID"]), "enlace", mail.as_bytes(), (draft.account,)))


class Siade:
    """SIADE and its people: folios come back in hours, answers of the areas after days; nothing during the outage."""

    def __init__(self, month: Month, outage: tuple[datetime, datetime], closed: frozenset[date]) -> None:
        self.month, self.random, self.outage, self.closed = month, month.random, outage, closed
        self.done: Counter[str] = Counter()
        self._number = self._batches = 0

    @property
    def is_down(self) -> bool:
        return self.outage[0] <= self.month.now < self.outage[1]

    def plan(self, first: date, days: int) -> None:
        for number in range(days):
            for half in range(19):
                self.month.at(utc(first + timedelta(days=number), 9 + half / 2), self._exchange)

    def _exchange(self) -> None:
        """Captures the batches that were laid out; some rows of the answer belong to nobody."""
        if self.outage[0] <= self.month.now < self.outage[0] + timedelta(minutes=30):
            start_contingencia(self.month.desk, "SIADE no abre")
        if self.is_down or not is_open(self.month.now, self.closed):
            return
        end_contingencia(self.month.desk)
        while batch := self.month.store.exported_records(self._batches + 1):
            self._batches += 1
            for record in batch.records:
                self._capture(record)
        if self.random.random() < 0.05:
            self._later(1, SiadeRow(0, "AC-000000-NADIE", folio="SIADE0000000000"))

    def _capture(self, record: Record) -> None:
        self.done[f"registra {record.clase}"] += 1
        if record.clase is not RecordClase.REGISTRO:
            return
        self._number += 1
        folio = f"SIADE2025{self._number:06}"
        self._later(self.random.uniform(0.4, 5), SiadeRow(0, record.folio, folio=folio, estado="Registrada"))
        if self.random.random() < 0.6:
            answer = _AREA if self.random.random() < 0.85 else "En proceso."
            done = SiadeRow(0, record.folio, folio=folio, estado="Atendida", respuesta=answer, area="CDAOD")
            self._later(self.random.uniform(30, 260), done)

    def _later(self, hours: float, row: SiadeRow) -> None:
        self.month.at(self.month.now + timedelta(hours=hours), lambda: self._import(row))

    def _import(self, row: SiadeRow) -> None:
        if self.is_down:
            self.month.at(self.outage[1] + timedelta(minutes=self.random.uniform(10, 90)), lambda: self._import(row))
            return
        for _ in range(2 if self.random.random() < 0.05 else 1):
            found = take_row(self.month.desk, row)
            self.month.wake_all()
            self.done["fila que no casa" if found.misfit else "fila" if found.new else "fila repetida"] += 1


_AREA = "Se atendió: el medicamento se surtió y la persona fue notificada por la unidad."


def _place(lying: Lying) -> tuple[str, int, int]:
    _, uidvalidity, uid, folder = lying.handle.split("|", 3)
    return folder, int(uidvalidity), int(uid)


def _edited(raw: bytes) -> bytes:
    """The draft as a consultant's client stores it after a change in its words."""
    mail = message_from_bytes(raw, policy=modern)
    for part in mail.walk():
        if part.get_content_type() in ("text/plain", "text/html"):
            words = part.get_content()
            mark = "<p>Quedo a sus órdenes.</p>" if part.get_content_subtype() == "html" else "Quedo a sus órdenes.\n"
            part.set_content(words + mark, subtype=part.get_content_subtype())
    return mail.as_bytes(policy=SMTP)
