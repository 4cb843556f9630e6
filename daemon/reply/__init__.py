"""What do we write? Templates and values to drafts, data sheets and notices; bytes identical for the same input."""

from .compose import compose
from .ficha import compose_ficha
from .internal import compose_notice

__all__ = ["compose", "compose_ficha", "compose_notice"]
