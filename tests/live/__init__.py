"""Tests that speak to real servers on loopback."""
