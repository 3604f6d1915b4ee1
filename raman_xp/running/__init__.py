"""Runs trials: hands fits out, takes results back, records them.

Imports `raman_xp.trial` and below. Only the modules of this folder talk to trackers and observers. Begin with
`runner.py`.

- ``runner.py``: hands out units of work until none is left;  ``scheduler.py``: which one is next
- ``trial_run.py``: a trial on its way: recalled, begun, recorded, concluded
- ``trial_pictures.py``: its pictures
- ``work.py``: a unit of work as it travels to another process
- ``execution/``: where units are done: in this process, in processes beside it, on a Dask cluster
- ``sweeps.py``: the trials of a sweep together
- ``estimate.py``: time and memory, from a few steps
"""
