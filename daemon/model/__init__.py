"""Nouns: frozen dataclasses and enums that the six steps share; no behaviour that needs a clock, a file or a socket."""
