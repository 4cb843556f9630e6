"""What do we write? Templates and values to drafts, data sheets and notices; bytes identical for the same input."""

from .compose import compose

__all__ = ["compose"]
