"""Finding, loading and watching plugins.

Imports `raman_xp.components` and below. Finding reads metadata only; a plugin is imported when a spec uses
one of its components. Begin with `hookspecs.py`, then `registry.py`.

- ``hookspecs.py``: every hook, with an example that runs
- ``providers.py``: which distribution provides which component, by metadata
- ``loading.py``: import → register → hook → class; each fault names plugin, version and cause
- ``registry.py``: the components that are installed
- ``events.py``: observers
- ``checkup.py``: the state of all plugins, for ``raman-xp plugins --check``
- ``installed.py``, ``editable.py``: the installed code of a distribution
- ``scaffold.py``: ``raman-xp new``
- ``templates/``: real code about a component ``this_one``, which ``raman-xp new`` renames
"""
