"""Text that people read or programs parse, made of what strangers may have written.

Imports nothing of raman-xp. Begin with `plain_text.py`: one function each for text on a terminal, in a cell
of a table, and in a note.

- ``plain_text.py``: control characters made visible
- ``terminal.py``, ``streams.py``: where text is shown
- ``tables.py``: CSV
- ``file_names.py``: names that are safe on any system
- ``wording.py``: plurals, lists, "did you mean"
"""
