"""Being stopped from outside: by Ctrl-C, or by whoever ends the process politely.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a library's native code it may
come out as that library's own error, so that what was a stop looks like a fault; hence the flag.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_asked = False
_deferred = False


def stop_on_signals() -> None:
    """From now on SIGINT and SIGTERM raise KeyboardInterrupt, and are remembered."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)


def stop_was_asked() -> bool:
    """Whether a signal has asked this process to stop."""
    return _asked


@contextmanager
def stop_deferred() -> Iterator[None]:
    """Within, a first request to stop is only remembered: raised inside native code it may crash the process.

    Who works within looks at `stop_was_asked` now and then. A second request is obeyed at once.

    Raises:
        KeyboardInterrupt: at the end, where a stop was asked for.
    """
    global _deferred
    _deferred = True
    try:
        yield
    finally:
        _deferred = False
    if _asked:
        raise KeyboardInterrupt


def _stop(*_: Any) -> None:
    global _asked
    first = not _asked
    _asked = True
    if first and _deferred:
        return
    raise KeyboardInterrupt
