"""Invented people and the mails that they write: whole, with data missing, unclear, urgent, repeated, by machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from random import Random

from daemon.model.petition import Type
from daemon.model.rules import RuleSet

# Mexico City has kept one offset all year since 2022: the simulation needs no other calendar than this.
MEXICO = timezone(timedelta(hours=-6))
ATNDER, EMPLOYERS, PREGNANT = (f"{name}@imss.gob.mx" for name in ("atnder", "atn.contribuyente", "mujer.embarazada"))
VOUCHER = "mx1.imss.gob.mx"
_FIRST = (
    "Ana",
    "Lucía",
    "Rosa",
    "Elena",
    "Marta",
    "Silvia",
    "Norma",
    "Karla",
    "Josefina",
    "Esperanza",
    "Graciela",
    "Leticia",
    "Patricia",
    "Teresa",
    "Irma",
    "Laura",
    "Juan",
    "Pedro",
    "Luis",
    "Carlos",
    "Miguel",
    "Rubén",
    "Arturo",
    "Gerardo",
    "Ignacio",
    "Ramón",
    "Tomás",
    "Ernesto",
    "Fidel",
    "Saúl",
    "Héctor",
    "Óscar",
)
_LAST = (
    "Aguilar",
    "Álvarez",
    "Bautista",
    "Beltrán",
    "Cabrera",
    "Cárdenas",
    "Castañeda",
    "Cervantes",
    "Contreras",
    "Cortés",
    "Domínguez",
    "Escobar",
    "Espinoza",
    "Figueroa",
    "Galindo",
    "Guerrero",
    "Hernández",
    "Ibáñez",
    "Iturbe",
    "Jiménez",
    "Lara",
    "López",
    "Luna",
    "Maldonado",
    "Márquez",
    "Medina",
    "Mendoza",
    "Montes",
    "Morales",
    "Nájera",
    "Núñez",
    "Ochoa",
    "Olvera",
    "Ortega",
    "Pacheco",
    "Peña",
    "Pineda",
    "Quiroz",
    "Ramírez",
    "Rangel",
    "Rentería",
    "Ríos",
    "Robles",
    "Rosales",
    "Rueda",
    "Salazar",
    "Salinas",
    "Sandoval",
    "Santiago",
    "Serrano",
    "Solís",
    "Tapia",
    "Téllez",
    "Tovar",
    "Uribe",
    "Valdez",
    "Vargas",
    "Velasco",
    "Zamora",
    "Zepeda",
)
_HOSTS = ("correo.example", "mensajes.example", "buzon.example", "cartas.example")
# Names that stand in an example would be taken for the writer's: only examples without a second line are used.
_UNCLEAR = (
    "Buenas tardes, necesito ayuda por favor.",
    "Hola, quiero saber de mi trámite.",
    "Es sobre lo que platicamos la otra vez, quedo atento.",
    "Necesito que me ayuden, ya fui muchas veces y nada.",
)
THANKS = ("Muchas gracias.", "Gracias por su atención.", "Le agradezco mucho, saludos.")


@dataclass
class Citizen:
    """One person: `matters` maps a matter's number to its first mail's Message-ID. `reachable` is False when mail to
    the address comes back. `answers` says how a data request is answered."""

    name: str
    address: str
    nss: str
    phone: str
    reachable: bool = True
    answers: str = "completo"
    mails: list[Mail] = field(default_factory=list)


@dataclass
class Mail:
    """A mail as the world knows it: who wrote it when, to which accounts, what it is (`sort`), and about which matter.

    `sort` is one of apertura, respuesta, repite, agradece, automatica, rebote, ruido, enlace, copia, ficha.
    """

    message_id: str
    sort: str
    raw: bytes
    accounts: tuple[str, ...]
    citizen: Citizen | None = None
    matter: int = 0
    text: str = ""
    at: datetime | None = None


def nss(random: Random) -> str:
    """A number with a right check digit; the years are those of a person of working age."""
    year = random.randint(55, 99)
    ten = f"{random.randint(1, 97):02}{min(99, year + 18):02}{year:02}{random.randint(0, 9999):04}"
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(ten)]
    return ten + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


class Town:
    """Makes citizens and words, always the same for the same seed."""

    def __init__(self, rules: RuleSet, random: Random) -> None:
        self.random = random
        self.citizens: dict[str, list[Citizen]] = {}
        self._count = 0
        self._matters = 0
        plain = [(tema, e) for tema in rules.temas for e in tema.ejemplos if "\n" not in e.texto]
        clean = [(tema, e) for tema, e in plain if not any(c.isdigit() for c in e.texto) and len(e.texto) > 40]
        self._asking = [(tema, e) for tema, e in clean if e.tipo is Type.ORIENTACION]
        self._claiming = [(tema, e) for tema, e in clean if e.tipo is not Type.ORIENTACION]
        self._urgent = [text for text in rules.urgencia.ejemplos if "\n" not in text]
        self._sensitive = [text for each in rules.sensibles for text in each.ejemplos if "\n" not in text]

    def matter(self) -> int:
        self._matters += 1
        return self._matters

    def citizen(self, *, sharing: Citizen | None = None) -> Citizen:
        """Somebody new; `sharing` somebody else's address, as couples do."""
        pick = self.random.choice
        self._count += 1
        name = f"{pick(_FIRST)} {pick(_LAST)} {pick(_LAST)}"
        plain = name.lower().translate(str.maketrans("áéíóúñ ", "aeioun."))
        address = sharing.address if sharing else f"{plain}{self._count}@{pick(_HOSTS)}"
        phone = f"55{self.random.randint(10000000, 89999999)}"
        answers = self._pick(
            {"completo": 52, "parcial": 8, "foto": 6, "nunca": 24, "tarde": 6, "otra_cosa": 2, "dos_veces": 2}
        )
        made = Citizen(name, address, nss(self.random), phone, self.random.random() > 0.02, answers)
        self.citizens.setdefault(address, []).append(made)
        return made

    def opening(self, who: Citizen) -> tuple[str, str]:
        """(subject, text) of a first mail."""
        sort = self._pick(
            {"completa": 42, "incompleta": 30, "orientacion": 16, "no_clara": 5, "urgente": 3, "sensible": 2, "foto": 2}
        )
        pick = self.random.choice
        sign = f"\n\n{who.name}"
        match sort:
            case "completa":
                tema, example = pick(self._claiming)
                return tema.nombre, f"{example.texto}{sign}\nNSS {who.nss}\nTel. {who.phone}"
            case "incompleta":
                tema, example = pick(self._claiming)
                name = sign if self.random.random() < 0.8 else ""
                return tema.nombre, f"{example.texto}{name}"
            case "orientacion":
                tema, example = pick(self._asking)
                return "Pregunta", f"{example.texto}{sign}"
            case "no_clara":
                return pick(("Ayuda", "Trámite", "")), f"{pick(_UNCLEAR)}{sign}"
            case "urgente":
                return "URGENTE", f"{pick(self._urgent)}{sign}\nNSS {who.nss}"
            case "sensible":
                return "Solicito apoyo", f"{pick(self._sensitive)}{sign}\nNSS {who.nss}"
        return "Envío foto", f"Adjunto foto de mi solicitud.{sign}"

    def _pick(self, weights: dict[str, int]) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def written(
        self,
        who: Citizen,
        text: str,
        *,
        subject: str,
        sort: str,
        matter: int,
        at: datetime,
        accounts: tuple[str, ...] = (ATNDER,),
        answering: tuple[str, ...] = (),
        quoted: str = "",
        photo: bool = False,
    ) -> Mail:
        """A citizen's mail as our server took it in, with what that server says of its sender."""
        mail = EmailMessage(policy=SMTP)
        stamp(mail, who.address, accounts[0], at, self.random)
        mail["From"] = f"{who.name} <{who.address}>"
        mail["To"] = ", ".join(accounts)
        mail["Subject"] = subject
        thread(mail, answering)
        quote = "\n\nEl mensaje original decía:\n" + "\n".join(f"> {line}" for line in quoted.splitlines())
        mail.set_content(text + (quote if quoted else "") + "\n")
        if photo:
            noise = bytes([0xFF, 0xD8, 0xFF, 0xE0]) + self.random.randbytes(400)
            mail.add_attachment(noise, maintype="image", subtype="jpeg", filename="foto.jpg")
        made = Mail(str(mail["Message-ID"]), sort, mail.as_bytes(), accounts, who, matter, text)
        who.mails.append(made)
        return made


def stamp(mail: EmailMessage, sender: str, account: str, at: datetime, random: Random) -> None:
    """The headers that the way leaves: who brought it, when, and that its sender was vouched for."""
    domain = sender.rpartition("@")[2] or "servidor.example"
    local = at.astimezone(MEXICO)
    mail["Received"] = f"from mail.{domain} by {VOUCHER} with ESMTPS; {local:%a, %d %b %Y %H:%M:%S -0600}"
    mail["Authentication-Results"] = f"{VOUCHER}; spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}"
    mail["Delivered-To"] = account
    mail["Date"] = local
    mail["Message-ID"] = f"<{random.getrandbits(64):016x}@{domain}>"


def thread(mail: EmailMessage, answering: tuple[str, ...]) -> None:
    if answering:
        mail["In-Reply-To"] = answering[-1]
        mail["References"] = " ".join(answering)
