"""Being stopped from outside: by Ctrl-C, or by whoever ends the process politely.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a library's native code it may
come out as that library's own error, so that what was a stop looks like a fault; hence the flag.
"""

from __future__ import annotations

import signal
from typing import Any

_asked = False


def stop_on_signals() -> None:
    """From now on SIGINT and SIGTERM raise KeyboardInterrupt, and are remembered."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)


def stop_was_asked() -> bool:
    """Whether a signal has asked this process to stop."""
    return _asked


def _stop(*_: Any) -> None:
    global _asked
    _asked = True
    raise KeyboardInterrupt
