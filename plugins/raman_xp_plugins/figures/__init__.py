"""Figures that a spec asks for."""
