"""What each alarm means to people, which alarms are worth a mail now, and what that mail says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model.figures import AlarmFact
from ..model.report import BusinessCalendar
from .words import moment, sentence

# An alarm that comes and goes is told so often in a day, and then only shown by `acuse status`.
OFTEN = 3
DAY = timedelta(days=1)
# Between two mails, unless something grave begins.
APART = timedelta(minutes=10)
# Even a grave alarm lasts so long before it is told: what befalls three mailboxes at once then fits into one mail.
AT_LEAST = timedelta(minutes=1)
# Whatever would be told within this time is told along with what is told now.
_ALONG = timedelta(minutes=2)
# Of one kind of alarm a mail lists so many, and counts the others.
_LISTED = 8


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of alarm: its name for people, what to do, what goes on meanwhile, whether it can wait."""

    title: str
    cure: str
    meanwhile: str
    grave: bool = False


_UNREAD = "Los buzones que responden se siguen atendiendo. Nada se pierde: el correo espera en su servidor."
_UNSENT = "El correo se sigue leyendo y los borradores se preparan; lo que debe salir espera en su orden."
_OTHERS = "Todo lo demás sigue su curso."

# By the first word of an alarm's key. What raises each: `daemon/flow/alarms.py` asks each minute; the rest is raised
# where it happens.
KINDS = {
    "acceso": Kind(
        "El servidor no admite la contraseña de un buzón",
        "Compruebe la contraseña o el permiso de la cuenta y ponga el bueno en su secreto. Se vuelve a probar una vez "
        "por hora, para que la cuenta no se bloquee; con «systemctl restart acuse», enseguida.",
        _UNREAD,
        grave=True,
    ),
    "buzon": Kind(
        "Un buzón no se puede leer",
        "Vea si el servidor de correo responde. Se intenta de nuevo cada pocos minutos; no hay que reiniciar nada.",
        _UNREAD,
    ),
    "silencio": Kind(
        "Un buzón lleva demasiado sin revisarse",
        "Vea con «acuse status» qué lo detiene y, si no hay otra causa, reinicie el servicio.",
        _UNREAD,
    ),
    "envio": Kind(
        "Una cuenta no puede enviar",
        "Compruebe su contraseña y que el servidor de salida responda.",
        _UNSENT,
        grave=True,
    ),
    "bcc": Kind(
        "El servidor rechaza la copia oculta de conteo (P 5.65)",
        "Compruebe que la cuenta que cuenta exista y acepte correo. Los correos salidos sin copia están en «acuse "
        "status».",
        "El correo a las personas sale; lo que falta es su copia, y por eso no se cuenta.",
        grave=True,
    ),
    "incierto": Kind(
        "No se sabe si un correo salió",
        "Búsquelo en Enviados y dígalo con «acuse peticion FOLIO --incierto salio» o «no_salio».",
        "Ese correo no se envía otra vez por sí solo, para que nadie lo reciba dos veces. " + _OTHERS,
    ),
    "copias": Kind(
        "Faltan copias de conteo (P 5.65)",
        "Véalas por folio con «acuse status»; busque en la cuenta que cuenta si alguien las movió o una regla del "
        "servidor las aparta.",
        "El correo sale y se recibe; la cuenta del día no cuadra.",
    ),
    "cuarentena": Kind(
        "Hay correo que no se pudo procesar",
        "Vea cuál con «acuse quarantine list»; léalo una persona en el buzón y, cuando proceda, «acuse quarantine "
        "retry NÚMERO».",
        "El mensaje sigue en su carpeta y los demás se atienden. Nada se concluye solo si pudiera ser la respuesta.",
    ),
    "reglas": Kind(
        "Unas reglas o plantillas nuevas no se admitieron",
        "Vea todas las faltas con «acuse check» y guarde el archivo corregido; entra en vigor solo.",
        "Se trabaja con las últimas reglas que eran buenas.",
    ),
    "riesgo": Kind(
        "Hay plazos que podrían no cumplirse",
        "Atienda primero lo que detiene al buzón; las próximas peticiones con plazo están en «acuse status».",
        "Mientras un buzón no se lea, nada vencido se concluye: la respuesta podría estar ahí sin leer.",
        grave=True,
    ),
    "plazo": Kind(
        "Un plazo llegó y su correo no se pudo redactar",
        "Corrija la plantilla que se nombra; se intenta de nuevo por sí solo.",
        _OTHERS,
    ),
    "disco": Kind(
        "Queda poco espacio en disco, o no se puede escribir",
        "Libere espacio o amplíe el disco. Si está montado solo para lectura, revise el sistema de archivos.",
        "Mientras quepa algo, todo sigue; con el disco lleno se deja de leer y de enviar, sin perder nada.",
        grave=True,
    ),
    "almacen": Kind(
        "La base de datos no responde",
        "Compruebe el disco y sus permisos o, con PostgreSQL, que el servidor esté en marcha.",
        "No se lee ni se envía nada hasta que vuelva. El correo espera en su servidor y nada se pierde.",
        grave=True,
    ),
    "reloj": Kind(
        "El reloj de esta máquina retrocedió",
        "Compruebe la hora con «timedatectl» y que se sincronice.",
        "Se sigue atendiendo, pero los plazos y las fechas de los correos dependen de esa hora.",
        grave=True,
    ),
    "metricas": Kind(
        "No se pueden ofrecer las cifras para Prometheus",
        "Elija otro «puerto» en [acuse.metricas] y reinicie el servicio.",
        "El correo se atiende como siempre.",
    ),
    "siade_registro": Kind(
        "Hay registros sin entregar a SIADE en su día (P 5.19)",
        "Entréguelos con «acuse siade export»; si SIADE no funciona, «acuse siade contingencia start».",
        _OTHERS,
    ),
    "agenda": Kind(
        "Un trabajo del día no se pudo hacer",
        "Atienda la causa que se nombra (suele ser una carpeta o un disco); se intenta de nuevo cada minuto.",
        _OTHERS,
    ),
    "tarea": Kind(
        "Algo no se pudo hacer en un buzón",
        "Atienda la causa que se nombra (suele ser una carpeta que falta o un permiso); se intenta de nuevo solo.",
        _OTHERS,
    ),
    "vacia": Kind(
        "Desaparecieron borradores que esperaban revisión",
        "Devuelva la carpeta o los borradores a su sitio; pregunte a quienes revisan.",
        "Ninguno se da por borrado. " + _OTHERS,
    ),
    "aprobado": Kind(
        "Un borrador aprobado no puede salir",
        "Avise a quien lo aprobó; su ficha dice por qué.",
        _OTHERS,
    ),
    "aprobadas": Kind(
        "En la carpeta de aprobados hay algo que no es un borrador",
        "Pida a quien revisa que lo saque de ahí y, si hace falta, escriba a la persona.",
        _OTHERS,
    ),
    "supervivencia": Kind(
        "Una solicitud de supervivencia necesita a alguien",
        "Véala con «acuse show FOLIO».",
        _OTHERS,
    ),
}
_UNKNOWN = Kind("Algo necesita a una persona", "Vea «acuse status» y el registro del servicio.", _OTHERS)


def word_of(key: str) -> str:
    """The kind's word in an alarm's key, which names nobody: `acceso:x@y` → `acceso`."""
    return key.partition(":")[0]


def kind_of(key: str) -> Kind:
    return KINDS.get(word_of(key), _UNKNOWN)


def to_tell(
    alarms: Sequence[AlarmFact], now: datetime, wait: timedelta
) -> tuple[tuple[AlarmFact, ...], tuple[AlarmFact, ...]]:
    """Which beginnings and ends are to be told by a mail at `now`; nothing when there is no reason for one yet.

    `alarms` are those that are on or ended within the last day. What ended before it was worth a mail is never told.
    """
    told = Counter(each.key for each in alarms if each.told and each.told > now - DAY)
    waiting = [each for each in alarms if each.told is None and each.until is None and told[each.key] < OFTEN]
    ended = tuple(each for each in alarms if each.told and each.until and each.told_over is None)
    last = max((at for each in alarms for at in (each.told, each.told_over) if at), default=None)

    def ripe(alarm: AlarmFact, slack: timedelta) -> bool:
        lasts = AT_LEAST if kind_of(alarm.key).grave else max(wait, AT_LEAST)
        return now - alarm.since >= lasts - slack

    due = [each for each in waiting if ripe(each, timedelta(0))]
    if last and last <= now < last + APART and not any(kind_of(each.key).grave for each in due):
        return (), ()
    if not due and not ended:
        return (), ()
    return tuple(each for each in waiting if ripe(each, _ALONG)), ended


def mail_about(
    began: Sequence[AlarmFact],
    ended: Sequence[AlarmFact],
    calendar: BusinessCalendar,
    hide: Callable[[str], str],
    often: frozenset[str] = frozenset(),
) -> tuple[str, str]:
    """Subject and text (plain, in paragraphs) of one mail about these alarms.

    `hide` takes what names a person out of texts; `often` are the keys that are told for the last time today.
    """
    parts = []
    for kind, alarms in _by_kind(began):
        lines = [f"{kind.title.upper()}"]
        lines += [f"• {sentence(hide(each.text))} Desde el {_at(each.since, calendar)}." for each in alarms[:_LISTED]]
        lines += [f"• … y {len(alarms) - _LISTED} más."] if len(alarms) > _LISTED else []
        parts += ["\n".join(lines), f"Qué hacer: {kind.cure}", f"Mientras tanto: {kind.meanwhile}"]
        if any(each.key in often for each in alarms):
            parts.append("Esto va y viene: hoy ya no se avisará más de ello. Cómo sigue se ve con «acuse status».")
    if ended:
        lines = ["YA TERMINÓ"]
        for kind, alarms in _by_kind(ended):
            for each in alarms[:_LISTED]:
                lines.append(
                    f"• {kind.title}: {sentence(hide(each.text.partition(' → ')[0]))} Duró {lasted(each)}, desde el "
                    f"{_at(each.since, calendar)} hasta el {_at(each.until or each.since, calendar)}."
                )
            lines += [f"• {kind.title}: … y {len(alarms) - _LISTED} más."] if len(alarms) > _LISTED else []
        parts.append("\n".join(lines))
        if not began:
            parts.append("No hay que hacer nada más por esto.")
    return _subject(began, ended), "\n\n".join(parts)


def _subject(began: Sequence[AlarmFact], ended: Sequence[AlarmFact]) -> str:
    sign, alarms = ("Alarma", began) if began else ("Terminó", ended)
    (first, same), *others = _by_kind(alarms)
    number = f" ({len(same)})" if len(same) > 1 else ""
    return f"{sign}: {first.title[:1].lower()}{first.title[1:]}{number}" + (" y más" if others else "")


def _by_kind(alarms: Sequence[AlarmFact]) -> list[tuple[Kind, list[AlarmFact]]]:
    """The alarms by their kind, the grave ones first, then the older ones."""
    groups: dict[str, list[AlarmFact]] = {}
    for each in sorted(alarms, key=lambda each: (not kind_of(each.key).grave, each.since, each.key)):
        groups.setdefault(word_of(each.key), []).append(each)
    return [(kind_of(word), group) for word, group in groups.items()]


def _at(instant: datetime, calendar: BusinessCalendar) -> str:
    return moment(calendar.local(instant))


def lasted(alarm: AlarmFact) -> str:
    """How long an alarm was on, as people say it: «25 minutos», «3 horas y 5 minutos», «2 días y 4 horas»."""
    minutes = max(1, round(((alarm.until or alarm.since) - alarm.since).total_seconds() / 60))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    units = ((days, "día"), (hours, "hora"), (rest, "minuto"))
    said = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in units if number]
    return " y ".join(said[:2])
