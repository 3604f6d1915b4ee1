"""Being stopped from outside: by Ctrl-C, or by whoever ends the process politely.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a library's native code it may
come out as that library's own error, so that what was a stop looks like a fault. A `Stop` remembers the
request. It is handed down to everything that catches errors or works for long.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread

PATIENCE = 5.0
"""Seconds that a run may take to stop, in which further requests change nothing."""
_AT_ONCE = (
    b"Stopped at once: runs that were open may show RUNNING until the next raman-xp run of the experiment "
    b"corrects that. Finished fits are kept: the same command continues from there.\n"
)
_ONE = 1.0
"""Seconds within which several requests are one."""


class Stopped(KeyboardInterrupt):
    """A run was stopped while trials were open.

    Args:
        unmarked: names of the trials whose runs could not be marked as killed.
    """

    def __init__(self, unmarked: Sequence[str] = ()) -> None:
        super().__init__()
        self.unmarked = tuple(unmarked)


class Stop:
    """Whether a run was asked to stop, and what becomes of further requests.

    Once a run is stopping, further requests would only disturb that. They are ignored, and obeyed at once
    where stopping takes longer than `PATIENCE`.
    """

    def __init__(self) -> None:
        self._asked_at: float | None = None
        self._raised_at = -math.inf
        self._is_deferred = False
        self._is_stopping = False

    @property
    def was_asked(self) -> bool:
        """Whether a request has come."""
        return self._asked_at is not None

    def check(self) -> None:
        """End the work here where a request has come, which a library may have swallowed.

        Raises:
            KeyboardInterrupt: a request has come.
        """
        if self.was_asked:
            raise KeyboardInterrupt

    def begin_stopping(self) -> None:
        """Ignore further requests, if one has come: what is left to do is brought to its end."""
        self._is_stopping = self.was_asked

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within, requests are only remembered: raised inside native code they may crash the process.

        What works within calls `check` now and then. A request that comes `PATIENCE` after the first is
        obeyed at once.

        Raises:
            KeyboardInterrupt: at the end, where a request has come.
        """
        self._is_deferred = True
        try:
            yield
        finally:
            self._is_deferred = False
        self.begin_stopping()
        self.check()

    def receive(self) -> None:
        """Take a request.

        Raises:
            KeyboardInterrupt: unless requests are deferred, or the run is stopping already.
        """
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
        late = now - self._asked_at > PATIENCE
        if self._is_stopping:
            if late:
                os.write(2, _AT_ONCE)
                os._exit(130)
            return
        if self._is_deferred and not late:
            return
        if now - self._raised_at >= _ONE:  # a library may have swallowed the last
            self._raised_at = now
            raise KeyboardInterrupt


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Within, SIGINT and SIGTERM ask the `Stop` that is given to the caller.

    Afterwards handlers are as before: a later run in the same process, as in a notebook, was not stopped. In
    a thread other than the main one, which receives no signals, handlers stay as they are.

    Raises:
        KeyboardInterrupt: also in place of any error that a request to stop has become inside a library.
    """
    stop = Stop()
    numbers = (signal.SIGINT, signal.SIGTERM) if current_thread() is main_thread() else ()
    before = {number: signal.signal(number, lambda *_: stop.receive()) for number in numbers}
    try:
        yield stop
    except (Exception, SystemExit) as error:
        if stop.was_asked:
            raise KeyboardInterrupt from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
