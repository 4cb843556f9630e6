"""Promises of the storage package that are not part of its port."""
