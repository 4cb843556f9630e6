"""The base of whatever people write for us in YAML, and the words that its values are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Clave = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Correo = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", to_lower=True)]


class Strict(BaseModel):
    """Base of whatever people write for us: unknown keys are faults, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
