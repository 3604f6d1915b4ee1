"""The page of the paper is made from runs: all commands, made small, and the page from their store."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_experiments import COMMANDS, EXPERIMENTS

from raman_xp_plugins.data.pure_spectra import ACIDS, APPROXIMATE, BOX, amino_acids
from raman_xp_plugins.data.tabular.truth_file import read_bands


@pytest.mark.slow
def test_all_commands_run_and_the_page_is_written_from_what_they_record(tmp_path: Path):
    approximate = read_bands(BOX / APPROXIMATE, ACIDS)
    known = amino_acids([name for name in ACIDS if not approximate[name]], 450, 1800, 2)
    pure = tmp_path / "pure.csv"
    table = np.column_stack([known.wavenumber, known.intensity.T])
    np.savetxt(pure, table, delimiter=",", header=",".join(["wavenumber", *known.names]), comments="")

    def paper(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(EXPERIMENTS / "paper"), "--folder", str(tmp_path / "runs"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    done = paper("run", "--quick", "--pure", str(pure))
    assert done.returncode == 0, done.stderr
    assert "amino_svm: has run" in paper("run", "--quick", "amino_svm").stdout
    docs = tmp_path / "docs"
    written = paper("write", "--docs", str(docs))
    assert written.returncode == 0, written.stderr
    page = (docs / "paper.md").read_text()
    for command in COMMANDS:
        assert f"`{command}`" in page
    pictures = set(re.findall(r"\((paper/\w+\.png)\)", page))
    assert len(pictures) > 20
    assert {path.relative_to(docs).as_posix() for path in (docs / "paper").iterdir()} == pictures
    assert "nan" not in page
    verdicts = re.findall(r"\*\*(holds|holds in part|does not hold|cannot be compared|–)\*\*", page)
    assert len(verdicts) >= 20
