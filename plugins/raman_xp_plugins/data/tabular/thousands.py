"""Whether 1,798 is 1.798 or 1798: the evidence of a whole file."""

from __future__ import annotations

import re

import numpy as np

from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.reading import Reading
from raman_xp_plugins.data.tabular.table import Table

_NAMES = {",": "comma", ".": "point"}
_WHOLE = 0.05
"""Share of whole intensities above which a point in all others looks like a thousands separator."""


def thousands_warnings(table: Table, reading: Reading) -> tuple[str, ...]:
    """Warn where every decimal mark could be a thousands separator.

    Raises:
        DataError: it is likely enough that the user must say.
    """
    mark = re.escape(table.dialect.decimal.encode())
    body = memoryview(table.file.data)[int(table.file.starts[1]) :]
    decimals = rb"[0-9]{4}M[0-9]|[0-9]M[0-9]{1,2}(?![0-9])|M[0-9]{4}|(?<![0-9])0[0-9]*M[0-9]|(?<![0-9])M[0-9]"
    if re.search(decimals.replace(b"M", mark), body):
        return ()
    example = re.search(rb"[0-9]{1,3}(M[0-9]{3})+(?![0-9])".replace(b"M", mark), body)
    if example is None:
        return ()
    text, name = example[0].decode(), _NAMES[table.dialect.decimal]
    total = sum(block.intensity.size for block in reading.blocks)
    whole = sum(int((np.rint(block.intensity) == block.intensity).sum()) for block in reading.blocks)
    if name == "comma" or whole > _WHOLE * total:
        faults = Faults(table.file.path)
        faults.add(
            f'is the {name} in "{text}" a thousands separator or a decimal {name}? Exactly three digits '
            f"follow every {name} of the file. State `thousands: {name}` or `thousands: none`"
        )
        raise faults.error()
    return (
        f'"{text}" was read with a decimal {name}; exactly three digits follow every {name} of the file. '
        f"State `thousands: {name}` if it separates thousands, or `thousands: none`.",
    )
