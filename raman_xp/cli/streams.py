"""Standard streams that end no command: closed, of a full disk, or pipes whose reader is gone."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from raman_xp.cli.echo import echo


def open_closed_streams() -> None:
    """Open the null device in place of standard streams that are closed (``2>&-``).

    Otherwise the next file that is opened, such as a database, receives what is printed.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


@contextmanager
def lasting_streams() -> Iterator[None]:
    """Within, what cannot be printed is dropped, and the command continues."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _lasting(sys.stdout), _lasting(sys.stderr)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before


def _lasting(stream: Any) -> Any:
    """The same stream, written to its file descriptor by `_Descriptor`; one that has none stays as it is."""
    if type(stream) is not io.TextIOWrapper:
        return stream
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Descriptor(number, "w", closefd=False)),
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _Descriptor(io.FileIO):
    """A file descriptor that becomes the null device once it cannot be written."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            if self.fileno() != 2:
                what = f"Warning: the output cannot be written ({error.strerror})."
                echo(f"{what} The command continues without it.", err=True)
            return len(data)
