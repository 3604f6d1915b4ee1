"""Where units of work are done: in this process, in processes beside it, or on a cluster.

All three give futures of ``concurrent.futures``; the runner knows nothing else of them.
"""

from raman_xp.running.execution.backend import Backend
from raman_xp.running.execution.cluster import on_cluster
from raman_xp.running.execution.inline import Inline
from raman_xp.running.execution.processes import in_processes

__all__ = ["Backend", "Inline", "in_processes", "on_cluster"]
