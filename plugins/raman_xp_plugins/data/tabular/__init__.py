"""Spectra in tables of text: bytes → records → dialect → table → layout → spectra.

Each step is a module of its own and knows only those before it, so that a further layout or dialect is
one more module.
"""
