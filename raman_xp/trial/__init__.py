"""One trial, from its data to its results. Everything here is a function of the trial and of earlier results.

Imports `raman_xp.spec`, `raman_xp.figures` and below; neither trackers nor processes. Begin with `plan.py`,
then `fit.py`.

- ``preparation.py``: data and split;  ``preprocessing.py``: from measured spectra to one axis
- ``suspicions.py``: what looks wrong in the spectra
- ``plan.py``: all trials, checked before anything runs
- ``keys.py``: two runs with the same key have the same result;  ``provenance.py``: distributions and versions
- ``fit.py``: fit, explain, draw
- ``explain.py``: from a model to maps;  ``evaluate.py``: from logits and maps to numbers
- ``artifacts.py``: tables and arrays;  ``pictures.py``: which pictures a trial has, and what draws each
"""
