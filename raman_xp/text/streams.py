"""What a process prints of itself: log lines, warnings and tracebacks of any library."""

from __future__ import annotations

import io
import logging
import sys
import traceback
import warnings
from types import TracebackType
from typing import Any

from raman_xp.text.plain_text import printable


class _Record(logging.LogRecord):
    """A line of a log that cannot steer a terminal."""

    def getMessage(self) -> str:
        return printable(super().getMessage())


def protect_streams() -> None:
    """Let nothing that this process prints of itself steer a terminal, or fail for want of a character.

    That concerns log lines, warnings and tracebacks of all libraries. A character that the encoding of stdout
    or stderr lacks is shown by its number.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="backslashreplace")
    logging.setLogRecordFactory(_Record)
    warnings.formatwarning = _warning
    sys.excepthook = _traceback


_formatwarning = warnings.formatwarning


def _warning(*about: Any, **more: Any) -> str:
    return printable(_formatwarning(*about, **more))


def _traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if sys.stderr is not None:
        sys.stderr.write(printable("".join(traceback.format_exception(kind, error, trace))))
