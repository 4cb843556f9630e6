"""Alembic's scripts; run by `storage.open_store`, never by hand."""
