"""These tests build networks themselves: TensorFlow starts as a run would start it."""

from __future__ import annotations

import pytest

from raman_xp_plugins.models.runtime import start_tensorflow


@pytest.fixture(scope="session", autouse=True)
def tensorflow() -> None:
    start_tensorflow(threads=1)
