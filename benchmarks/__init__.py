"""Measures raman-xp: ``python -m benchmarks``."""
