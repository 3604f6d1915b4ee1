"""Pictures of spectra, maps and results; what plugins that draw may use.

Imports `raman_xp.components`, `raman_xp.results` and below. Begin with `style.py`: `figure` gives every
picture the same look.

- ``style.py``: colours, sizes, titles; writes the file
- ``rows.py``: spectra one above the other, with keys to their lines
- ``choice.py``, ``examples.py``: which of many classes and spectra are shown
- ``maps.py``, ``results.py``, ``sweeps.py``: the pictures of every run
"""
