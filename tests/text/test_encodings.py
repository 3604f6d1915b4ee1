"""Locales without UTF-8: nothing that is written changes, and nothing that is printed ends a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from raman_xp.testing import Project

QUICK = """\
name: "ü µ"
description: Wörter
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified, test: 0.4, folds: 2}
model: {use: pca_svm, components: 2, C: 1}
explain: [{use: input_magnitude}]
pictures: false
"""
ASCII = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
WINDOWS = {"PYTHONIOENCODING": "cp1252"}
REMEDY = b"set PYTHONUTF8=1 in the environment"


def _ran(folder: Path, locale: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACK")}
    command = [sys.executable, "-m", "raman_xp", *arguments]
    return subprocess.run(command, cwd=folder, env=environment | locale, capture_output=True, check=False)


@pytest.fixture
def lettered(stored: Project) -> Project:
    """A project whose names have letters that ASCII lacks."""
    text = (stored.folder / "tiny.csv").read_text("utf-8").replace("\nA,", "\nÄthanol α,")
    (stored.folder / "tiny.csv").write_text(text, "utf-8")
    (stored.folder / "tiny.about.yaml").write_text("title: Tablétten\nunit: 1/cm ü\n", "utf-8")
    stored.spec(QUICK)
    return stored


@pytest.mark.parametrize(("locale", "workers"), [(WINDOWS, "0"), (ASCII, "1")], ids=["cp1252", "ascii"])
def test_a_character_that_stdout_lacks_never_ends_a_run(lettered: Project, locale, workers):
    done = _ran(lettered.folder, locale, "run", "tiny.yaml", "--workers", workers)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"100.0 %" in done.stdout
    trial = lettered.trial()
    assert trial.data.params["name"] == "ü µ"
    assert "Äthanol α" in lettered.artifact("predictions.csv").decode()
    assert "Tablétten" in lettered.artifact("data.txt").decode()
    assert "finished before" in lettered.run().assert_success().output, "the locale changes no key"


def test_commands_print_under_ascii(lettered: Project):
    checked = _ran(lettered.folder, ASCII, "check", "tiny.yaml", "--set", "name=αβ")
    assert (checked.returncode, checked.stderr) == (0, b"")
    assert b"\\u03b1\\u03b2" in checked.stdout
    refused = _ran(lettered.folder, ASCII, "check", "tiny.yaml", "--set", "ü=1")
    assert refused.returncode == 2
    assert b"unknown key" in refused.stderr
    schema = _ran(lettered.folder, ASCII, "schema")
    assert json.loads(schema.stdout.decode("utf-8"))
    made = _ran(lettered.folder, ASCII, "new", "observer", "watcher", "--author", "Jürg")
    assert made.returncode == 0, made.stderr
    assert "Jürg" in (lettered.folder / "raman-xp-watcher" / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_path_that_the_locale_cannot_name_is_reported(lettered: Project, command):
    done = _ran(lettered.folder, ASCII, command, "tiny.yaml", "--set", "data.path=ä.csv")
    assert done.returncode == 2
    assert b"letters that the encoding of file names here, ascii, lacks; " + REMEDY in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_working_folder_that_the_locale_cannot_name_is_reported(tmp_path):
    folder = tmp_path / "größe"
    folder.mkdir()
    lines = "{use: lorentzian, channels: 64, peaks: {a: [10], b: [40]}}"
    spec = QUICK.replace("{use: pharma_csv, path: tiny.csv}", lines)
    (folder / "tiny.yaml").write_text(spec, "utf-8")
    done = _ran(folder, ASCII, "run", "tiny.yaml", "--workers", "0")
    assert done.returncode == 1
    assert b"the path of the working folder has letters" in done.stderr
    assert REMEDY in done.stderr
    assert b"Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir()] == ["tiny.yaml"]
    assert _ran(folder, {"PYTHONUTF8": "1", "LC_ALL": "C"}, "check", "tiny.yaml").returncode == 0
