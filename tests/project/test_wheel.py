"""The wheel holds the core and the box, and nothing else at its top level."""

from __future__ import annotations

import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]


def test_the_wheels_top_level_is_the_core_and_the_box(tmp_path: Path):
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(path).namelist()
    top = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert top == {"raman_xp", "raman_xp_plugins"}
    assert {
        "raman_xp/py.typed",
        "raman_xp_plugins/py.typed",
        "raman_xp_plugins/models/shallow_cnn.py",
    } <= set(names)
