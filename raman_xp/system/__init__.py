"""The machine: memory, processes, signals, files.

Imports `raman_xp.text` and `raman_xp.errors`.

- ``memory.py``: how much memory arrays may take
- ``files.py``: files of a result, in memory or in a folder that processes hand over
- ``spawning.py``, ``importing.py``: how a process starts
- ``stopping.py``: a request to stop, by a signal
"""
