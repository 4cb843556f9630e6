"""The base of whatever people write for us in YAML, and the words that its values are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

Clave = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Dominio = Annotated[str, StringConstraints(to_lower=True)]
Correo = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", to_lower=True)]


def _yes_or_no(value: object) -> bool:
    words = {"sí": True, "si": True, "no": False}
    answer = value if isinstance(value, bool) else words.get(str(value).lower())
    if answer is None:
        raise ValueError("sí o no")
    return answer


# YAML 1.2 reads «no» as a word and knows no «sí»: both are what people write.
SiNo = Annotated[bool, BeforeValidator(_yes_or_no)]


class Strict(BaseModel):
    """Base of whatever people write for us: unknown keys are faults, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
