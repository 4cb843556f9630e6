"""What IMSS tells a consular office (C): requests confirmed or refused, connectivity tests; and who may say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice

from daemon.model.mail import Kind
from daemon.model.survival import Notice, Said
from daemon.model.survival_rules import Palabras, SurvivalHouse

from . import kind
from .dates import days
from .forward import domain_is_ours
from .kind import Seen, Verdict
from .plain import fold
from .requests import Named, requests, tramites
from .statements import Sense, Statement, has, statements

_RECEIVED = re.compile(
    r"(?:fecha(?: y hora)? de (?:la )?recepcion|\brecibid[oa]s? el(?: dia)?|\bse recibio el(?: dia)?)\s*:?\s*"
)
_NEXT = re.compile(
    r"(?:proxim[oa]|siguiente)s?\s+(?:comprobacion|pase|revista|presentacion|fecha|verificacion)|"
    r"(?:debera|debe|tendra que)\s+(?:volver a\s+)?(?:presentar|acudir|comprobar|acreditar|pasar|realizar)|"
    r"vigencia|vigente hasta|valid[oa] hasta|nueva comprobacion|fecha limite"
)
_LIMIT = re.compile(
    r"a mas tardar|antes del?\b|fecha limite|limite|hasta el|plazo|vence|no despues del?|no mas tarde|ultimo dia|"
    r"tiene hasta"
)
_ASKS_ACUSE = re.compile(
    r"\bacus(?:ar|e|en)\b[^.\n]{0,30}\brecib|\bacusar\b|"
    r"\bconfirm(?:ar|e|en|acion)\b[^.\n]{0,40}(?:recepcion|recibid|recibo)|"
    r"\b(?:respond|contest)(?:er|ar|a|e|an|en)\b[^.\n]{0,30}(?:este|presente|mismo)"
)
# Such a mail thanks for an acknowledgement: it asks for none, and what was received is no request.
_ACUSE_CAME = re.compile(
    r"(?:gracias por|agradec\w+|(?<!no )se recibio|recibimos|(?<!no )hemos recibido|(?<!no )se ha recibido)\s+su "
    r"(?:amable )?acuse"
)
_REASON = re.compile(
    r"\b(?:motivos?|causas?|razon(?:es)?|observacion(?:es)?|inconsistencias?|errores|error)"
    r"(?: (?:del?|de la) (?:rechazo|error|devolucion))?(?: detectad[oa]s?| encontrad[oa]s?)?\s*:"
)
_BECAUSE = re.compile(
    r"\b(?:debido a(?: que)?|toda vez que|en virtud de que|ya que|puesto que|por lo siguiente:?|porque)\s+"
)
_AFTER_STATUS = re.compile(r"\b(?:rechazad[oa]|no (?:recibid|procesad|aceptad|registrad|exitos)[oa])\s*[:(|–-]\s*")
_LABEL = re.compile(r"^[ \t*]*[^\W\d][^:\n]{1,45}:")
_BULLET = re.compile(r"^\s*(?:[-*•·–]|\d{1,2}[.)])\s+")
_NEXT_ITEM = re.compile(r";|\n(?=\s*(?:[-*•·–]|\d{1,2}[.)])\s)|\n\s*\n")
# A request of a list that is said to be neither taken nor refused.
_OPEN = re.compile(r"\b(?:pendientes?|en (?:revision|proceso|tramite|validacion)|sin procesar)\b")
_PASSWORD = re.compile(r"\b(?:contrasenas?|password|clave de (?:acceso|correo)|credenciales)\b")
_CHANGE = re.compile(
    r"\b(?:cambi|actuali[cz]|verifi(?:c|q)|confirm|restable[cz]|ren(?:ov|uev)|modifi(?:c|q)|caduc|venc|expir|suspend|"
    r"desactiv|bloque)\w*"
)
_FEW = 8
# More reasons than any refusal has: what follows in an endless list is not looked at.
_MOST = 200
_ANY_DAY = date(2000, 1, 1)
_NOTHING = Notice(Said.DUDOSO)
_KINDS = {
    Said.RECHAZO: (Kind.RECHAZO_SUPERVIVENCIA, "rechaza una solicitud"),
    Said.CONFIRMACION: (Kind.CONFIRMACION_SUPERVIVENCIA, "confirma una solicitud"),
    Said.PRUEBA: (Kind.PRUEBA_CONECTIVIDAD, "pide acusar recibo de una prueba"),
}
_KEPT = (Kind.REBOTE, Kind.RESPUESTA_AUTOMATICA, Kind.LISTA, Kind.NO_SOLICITADO, Kind.SOSPECHOSO)
_FIELDS = ("id_tramite", "nss", "nombre", "receipt", "received", "next_due", "reasons")


@dataclass(slots=True)
class _Heard:
    """One request with everything that is said of it: the senses, the words that carry them, the rest of its Notice."""

    named: Named | None
    senses: set[Sense] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notice: Notice = _NOTHING

    def hears(self, spoken: Iterable[Statement]) -> None:
        for statement in spoken:
            self.senses.add(statement.sense)
            self.words.append(statement.words)


# --- what a mail says ------------------------------------------------------------------------------------------------


def texts_of(seen: Seen) -> tuple[str, ...]:
    """The texts that may speak for the sender: the own words without what they quote, then each attached PDF's."""
    return (seen.own, *(pdf.text for _, pdf in seen.content.pdfs if pdf.text.strip()))


def read_notices(subject: str, texts: Sequence[str], palabras: Palabras, received_on: date) -> tuple[Notice, ...]:
    """Each request that a mail confirms or refuses, or the connectivity test that it is; () when it is neither.

    `texts` are the sender's own words and then those of attached PDFs; `received_on` tells the year of a day written
    without it. Where a mail speaks both ways of one request, or calls something an NSS that is none, the Notice says
    DUDOSO, with the words in `reasons`: that is never a confirmation. What only the subject confirms and the text
    refuses is refused.
    """
    heard = [(text, _heard_in(text, palabras, received_on)) for text in texts]
    told = [(text, each) for text, requests_in in heard for each in requests_in]
    tests = [text for text in texts if _is_test(subject, text, palabras)]
    if tests and not any(each.named and each.senses for text, each in told if text not in tests or text == texts[0]):
        return (Notice(Said.PRUEBA, deadline=_deadline(f"{subject}\n{tests[0]}", received_on)),)
    named = _joined([each for _, each in told if each.named])
    general = [each for _, each in told if not each.named]
    if not named:
        named = [_Heard(None, notice=next((each.notice for each in general), _NOTHING))]
    for each in named:
        own = set(each.senses)
        for other in general:
            # A covering letter speaks for requests of which their own page says nothing, and may contradict one.
            if not own or each.named is None or other.senses - own:
                each.senses |= other.senses
                each.words += other.words
    title = statements(subject, palabras)
    ids = tramites(subject)
    if len(named) == 1 and not named[0].notice.id_tramite and len(ids) == 1:
        named[0].notice = replace(named[0].notice, id_tramite=ids[0])
    # The subject of a mail about several requests fits none of them; it speaks for those of which nothing else does.
    judged = (_judged(each, title if len(named) == 1 or not each.senses else ()) for each in named)
    return tuple(notice for notice in judged if notice is not None)


def _judged(heard: _Heard, title: Sequence[Statement]) -> Notice | None:
    """The Notice about one request; None when nothing was said of it."""
    titled = {statement.sense for statement in title}
    senses = heard.senses or titled
    if Sense.YES in senses:
        senses = senses | (titled - {Sense.YES})
    words = [*heard.words, *(statement.words for statement in title)]
    doubts = list(heard.doubts)
    if Sense.YES not in senses:
        senses = senses - {Sense.BUT}
    if len(senses) > 1 or Sense.UNSURE in senses:
        doubts.append("no queda claro si la confirma o la rechaza: «" + "», «".join(dict.fromkeys(words)) + "»")
    if heard.named and heard.named.bad_nss and Sense.YES in senses:
        doubts.append("el NSS que da no es válido: su dígito verificador no corresponde")
    if heard.named and heard.named.unpaired:
        doubts.append("no queda claro qué ID Trámite corresponde a qué NSS")
    if not senses:
        return None
    if doubts:
        return replace(heard.notice, said=Said.DUDOSO, reasons=tuple(doubts))
    if Sense.NO in senses:
        return replace(heard.notice, said=Said.RECHAZO)
    return replace(heard.notice, said=Said.CONFIRMACION, reasons=())


def _joined(found: Sequence[_Heard]) -> list[_Heard]:
    """The same request in the body and in a PDF is one: what one of them lacks the other gives."""
    joined: list[_Heard] = []
    for each in found:
        same = next((other for other in joined if _same(each.notice, other.notice)), None)
        if same is None:
            joined.append(each)
            continue
        if _contradict(each.notice, same.notice):
            same.doubts.append("el mismo trámite o NSS aparece con datos distintos")
        same.senses |= each.senses
        same.words += each.words
        given = {name: getattr(same.notice, name) or getattr(each.notice, name) for name in _FIELDS}
        same.notice = replace(same.notice, **given)
        if same.named and each.named:
            same.named.bad_nss = same.named.bad_nss or each.named.bad_nss
    return joined


def _same(one: Notice, other: Notice) -> bool:
    return bool((one.id_tramite and one.id_tramite == other.id_tramite) or (one.nss and one.nss == other.nss))


def _contradict(one: Notice, other: Notice) -> bool:
    pairs = ((one.id_tramite, other.id_tramite), (one.nss, other.nss))
    return any(a and b and a != b for a, b in pairs)


# --- one text --------------------------------------------------------------------------------------------------------


def _heard_in(text: str, palabras: Palabras, near: date) -> list[_Heard]:
    """The requests of one text with what is said of each; a text that names none speaks as a whole."""
    named = requests(text)
    spoken = _without_reasons(text, statements(text, palabras))
    if not named and _ACUSE_CAME.search(fold(text)):
        return []
    if len(named) < 2:
        one = _Heard(next(iter(named), None), notice=_details(text, next(iter(named), None), near))
        one.hears(spoken)
        return [one]
    if _OPEN.search(fold(text)):
        spoken = [*spoken, *(Statement(Sense.UNSURE, m.start(), m[0]) for m in _OPEN.finditer(fold(text)))]
    heard = [_Heard(each, notice=_details(text[each.start : each.end], each, near)) for each in named]
    one_sense = len({statement.sense for statement in spoken}) == 1
    for each in heard:
        each.hears(spoken if one_sense else _said_of(each.named, text, spoken))
        if spoken and not each.senses:
            each.senses.add(Sense.UNSURE)
            each.words.append("otras solicitudes del mismo correo")
    return heard


def _said_of(named: Named | None, text: str, spoken: Sequence[Statement]) -> list[Statement]:
    """In a list of requests of which some are confirmed and others refused: what its own rows say, and its heading.

    Its rows begin with the line of its first number, or the lines above it that no other request can claim, and end
    at the next request, the next heading or an empty line.
    """
    if named is None:
        return []
    start = text.rfind("\n", 0, named.start) + 1
    blank = text.find("\n\n", named.last)
    end = min(named.end, blank if blank >= 0 else len(text))
    headings = [statement for statement in spoken if _is_heading(text, statement.start)]
    own = [s for s in spoken if start <= s.start < end and s not in headings]
    above = [statement for statement in headings if statement.start < start]
    line = text.rfind("\n", 0, above[-1].start) if above else -1
    return [*own, *(statement for statement in above if text.rfind("\n", 0, statement.start) == line)]


def _is_heading(text: str, place: int) -> bool:
    """Whether the line at this place only announces the requests below: it names none, and ends with a colon or
    begins a paragraph."""
    start = text.rfind("\n", 0, place) + 1
    line = text[start:].split("\n", 1)[0].strip()
    if re.search(r"\d{3}", line):
        return False
    begins = not text[:start].strip() or not text[:start].split("\n")[-2].strip()
    return line.endswith(":") or (begins and len(line.split()) <= _FEW and ":" not in line)


def _without_reasons(text: str, spoken: Sequence[Statement]) -> list[Statement]:
    """What a refusal gives as its reason («ya fue recibida antes») confirms nothing."""
    spans = [(start, end) for start, end, certain in _reason_spans(text) if certain]
    return [s for s in spoken if s.sense is not Sense.YES or not any(start <= s.start < end for start, end in spans)]


def _details(text: str, named: Named | None, near: date) -> Notice:
    """What else a text says of its request: name, receipt, dates, reasons."""
    folded = fold(text)
    return Notice(
        Said.DUDOSO,
        id_tramite=named.tramite if named else None,
        nss=named.nss if named else None,
        nombre=named.nombre if named else None,
        receipt=named.receipt if named else None,
        received=_received(text, folded),
        next_due=_day_after(text, _NEXT, near, 120),
        reasons=_reasons(text, folded),
    )


def _received(text: str, folded: str) -> str | None:
    for match in _RECEIVED.finditer(folded):
        found = days(text[match.end() : match.end() + 60], _ANY_DAY)
        if found and not re.search(r"[a-z]:|\n\s*\n", folded[match.end() : match.end() + found[0][0]]):
            written = text[match.end() + found[0][0] : match.end() + 80]
            return re.split(r"\n|\t|\||  | \(|\. |\.$|;", written)[0].strip(" .,:")
    return None


def _day_after(text: str, label: re.Pattern[str], near: date, width: int) -> date | None:
    """The first day from `near` on that follows such a label within so many characters."""
    folded = fold(text)
    for match in label.finditer(folded):
        for _, day in days(text[match.end() : match.end() + width], near):
            if day >= near:
                return day
    return None


def _deadline(text: str, near: date) -> date | None:
    """Until when a test must be acknowledged: the day behind «a más tardar» and its like, else the last day named."""
    folded = fold(text)
    for match in _LIMIT.finditer(folded):
        if found := days(text[match.end() : match.end() + 60], near):
            return found[0][1]
    return max((day for _, day in days(text, near)), default=None)


def _reason_spans(text: str) -> list[tuple[int, int, bool]]:
    """Where reasons stand, and whether their label can only announce those of a refusal."""
    return [
        (match.end(), _end_of_reasons(text, match.end()), not match[0].strip().startswith("observacion"))
        for match in islice(_REASON.finditer(fold(text)), _MOST)
    ]


def _end_of_reasons(text: str, start: int) -> int:
    """Behind a label: its line with what was wrapped and the list below, or else all lines up to an empty one."""
    first, *lines = text[start:].split("\n")
    end, inline = start + len(first), bool(first.strip())
    for line in lines:
        opening = not inline and not text[start:end].strip()
        listed = bool(_BULLET.match(line)) or line[:1].islower() or line[:1] in " \t"
        if not line.strip():
            if not opening:
                break
        elif not listed and (inline or _LABEL.match(line)):
            break
        end += len(line) + 1
    return end


def _reasons(text: str, folded: str) -> tuple[str, ...]:
    """Why a request was refused, as written: behind «Motivo:» and its like, as a list or a clause, or behind the
    status itself."""
    found: list[str] = []
    for start, end, _ in _reason_spans(text):
        found += [" ".join(_BULLET.sub("", item).split()) for item in _NEXT_ITEM.split(text[start:end])]
    if not found:
        for pattern in (_BECAUSE, _AFTER_STATUS):
            for match in pattern.finditer(folded):
                found.append(" ".join(re.split(r"\.\s|\.$|\n\s*\n|\n|\)", text[match.end() :])[0].split()))
            if found:
                break
    return tuple(dict.fromkeys(reason.strip(" .;") for reason in found if reason.strip(" .;")))


def _is_test(subject: str, text: str, palabras: Palabras) -> bool:
    """Whether a text asks for the acknowledgement of a test."""
    whole = f"{subject}\n{text}"
    folded = fold(whole)
    return has(whole, palabras.prueba) and bool(_ASKS_ACUSE.search(folded)) and not _ACUSE_CAME.search(folded)


# --- who may say so --------------------------------------------------------------------------------------------------


def judge_office(seen: Seen, notices: Sequence[Notice], told: SurvivalHouse) -> Verdict:
    """The kind of a message at a consular office's mailbox (C).

    Only the account that requests go to confirms, refuses and tests. With its words, a foreign or lookalike address
    is suspicious; another account of IMSS or SRE goes to a person. When the receiving server says nothing of the
    sender the kind is as read, and `decide.consular` asks `authentic` before it acts. What only asks (a pensioner,
    a colleague) is `otro`; machines, lists and forgeries are told as in any mailbox.
    """
    author = seen.author
    if author is None:
        return kind.judge(seen)
    if author.email == seen.mailbox:
        if seen.authentic == "fail":
            return Verdict(Kind.SOSPECHOSO, f"dice venir de la propia cuenta {author.email} y la autenticación falló")
        return Verdict(Kind.COPIA_DE_CONTEO, f"correo de la propia cuenta {author.email}", automatic=True)
    # Here the other side's mail is no copy of our own, even where one daemon serves both.
    here = frozenset({seen.mailbox})
    usual = kind.judge(replace(seen, house=replace(seen.house, own=here, counting=here)))
    if usual.kind is Kind.REBOTE:
        return usual
    if author.email == told.recepcion and notices and seen.authentic != "fail":
        return _of_reception(seen, notices)
    ours = domain_is_ours(author, seen.house) or told.es_de_la_secretaria(author.email)
    if ours and seen.authentic == "fail":
        return Verdict(Kind.SOSPECHOSO, f"dice venir de {author.email} y la autenticación falló")
    if notices and not ours and not seen.asks:
        what = "una prueba" if notices[0].said is Said.PRUEBA else "una confirmación o un rechazo"
        return Verdict(Kind.SOSPECHOSO, f"parece {what} del IMSS y viene de {author.email}")
    if _wants_password(seen) and (not ours or seen.authentic != "pass"):
        return Verdict(Kind.SOSPECHOSO, "pide cambiar o confirmar la contraseña, que no debe modificarse (C)")
    if usual.kind in _KEPT or (usual.kind is Kind.PERSONAL and author.email in seen.house.staff):
        return usual
    if notices:
        reason = f"habla de una solicitud o prueba, pero {author.email} no es la cuenta que las confirma"
        return Verdict(Kind.OTRO, reason)
    return Verdict(Kind.OTRO, f"escribe {author.email}; lo ve una persona")


def _of_reception(seen: Seen, notices: Sequence[Notice]) -> Verdict:
    """What the reception account says, in the order in which a mistake would do most harm."""
    proof = "" if seen.authentic == "pass" else ", pero el servidor de recepción no acreditó a quien escribe"
    said = {notice.said for notice in notices}
    for each, (name, words) in _KINDS.items():
        if each in said:
            return Verdict(name, f"la cuenta de recepción del IMSS {words}{proof}")
    return Verdict(Kind.OTRO, f"la cuenta de recepción del IMSS escribe, y {notices[0].reasons[0]}{proof}")


def _wants_password(seen: Seen) -> bool:
    said = fold(f"{seen.subject}\n{seen.own}")
    return bool(_PASSWORD.search(said) and _CHANGE.search(said))
