"""Being stopped from outside: by Ctrl-C, or by whoever ends the process politely.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a library's native code it may
come out as that library's own error, so that what was a stop looks like a fault; hence the flag.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

PATIENCE = 5.0
"""Seconds that a run may take to stop, in which further requests change nothing."""
_AT_ONCE = (
    b"Stopped at once: runs that were open may show RUNNING until the next raman-xp run of the experiment "
    b"corrects that. Finished fits are kept: the same command continues from there.\n"
)

_ONE = 1.0
"""Seconds within which several requests are one."""

_asked = False
_asked_at = 0.0
_raised_at = -math.inf
_deferred = False
_stopping = False


class Stopped(KeyboardInterrupt):
    """A run was stopped while trials were open.

    Args:
        unmarked: names of the trials whose runs could not be marked as killed.
    """

    def __init__(self, unmarked: Sequence[str] = ()) -> None:
        super().__init__()
        self.unmarked = tuple(unmarked)


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Within, SIGINT and SIGTERM raise KeyboardInterrupt, and are remembered.

    Once a run stops, further requests would only disturb that. They are ignored, and obeyed at once where
    stopping takes longer than `PATIENCE`. Afterwards everything is as before: a later run in the same
    process, as in a notebook, was not stopped. In a thread other than the main one, which receives no
    signals, handlers stay as they are.

    Raises:
        KeyboardInterrupt: also in place of any error that a request to stop has become inside a library.
    """
    global _asked, _stopping
    numbers = (signal.SIGINT, signal.SIGTERM) if current_thread() is main_thread() else ()
    before = {number: signal.signal(number, _stop) for number in numbers}
    _asked = _stopping = False
    try:
        yield
    except (Exception, SystemExit) as error:
        if _asked:
            raise KeyboardInterrupt from error
        raise
    finally:
        _asked = _stopping = False
        for number, handler in before.items():
            signal.signal(number, handler)


def stopping() -> None:
    """Tell that the run stops now, if it was asked to: what is left to do is brought to its end."""
    global _stopping
    _stopping = _asked


def stop_was_asked() -> bool:
    """Whether a signal has asked the run that is under way to stop."""
    return _asked


@contextmanager
def stop_deferred() -> Iterator[None]:
    """Within, requests to stop are only remembered: raised inside native code they may crash the process.

    Who works within looks at `stop_was_asked` now and then. One that comes `PATIENCE` after the first is
    obeyed at once.

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
        stopping()
        raise KeyboardInterrupt


def _stop(*_: Any) -> None:
    global _asked, _asked_at, _raised_at
    now = time.monotonic()
    if not _asked:
        _asked, _asked_at, _raised_at = True, now, -math.inf
    late = now - _asked_at > PATIENCE
    if _stopping:
        if late:
            os.write(2, _AT_ONCE)
            os._exit(130)
        return
    if _deferred and not late:
        return
    if now - _raised_at >= _ONE:  # a library may have swallowed the last
        _raised_at = now
        raise KeyboardInterrupt
