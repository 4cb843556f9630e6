"""The Store port on SQLAlchemy: what must survive, in SQLite (WAL) by default and PostgreSQL by its URL."""

from .engine import store_file
from .sole import at_work, sole
from .store import SqlStore, open_store

__all__ = ["SqlStore", "at_work", "open_store", "sole", "store_file"]
