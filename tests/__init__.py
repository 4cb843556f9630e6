"""Sentences about promises."""
