"""Names that become files, on any system and in any locale."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raman_xp.testing import Project
from raman_xp.text.file_names import fault_of, fault_of_path, file_names, inside


@given(st.lists(st.text(), unique=True, max_size=12))
def test_any_classes_become_files_that_any_system_can_hold(classes):
    names = file_names([*classes, "overview"], taken=["overview"])
    assert list(names) == list(dict.fromkeys([*classes, "overview"]))
    assert len({name.casefold() for name in (*names.values(), "overview")}) == len(names) + 1
    assert [fault_of(f"{name}.png") for name in names.values()] == [""] * len(names)


@pytest.mark.parametrize("name", ["con", "Aux", "NUL", "com1", "LPT9", "prn.x"])
def test_a_class_with_a_name_that_windows_reserves_gets_another(name):
    (file,) = file_names([name]).values()
    assert fault_of(name) == "Windows reserves this name"
    assert fault_of(file) == fault_of(f"{file}.png") == ""


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a\x1bb", "no file name can hold '\\x1b' on every system"),
        ("a\x9bb", "no file name can hold '\\x9b' on every system"),
        ("a\u202egnp.exe", "no file name can hold '\\u202e' on every system"),
        ("ä" * 121, "it takes 242 bytes; at most 240 fit on every system"),
        ("C:", "no file name can hold ':' on every system"),
        ("a/..", "it leads out of its folder"),
        ("/a", "it is no name of a file"),
        ("a/" * 600 + "a", "it has 1201 characters; at most 1000 fit on every system"),
    ],
)
def test_a_path_that_no_folder_should_hold_is_refused(name, fault):
    assert fault_of_path(name) == fault
    with pytest.raises(ValueError, match=re.escape(fault)):
        inside(name)


def test_classes_that_a_file_system_takes_for_one_name_get_two():
    assert len(set(file_names(["\u00c5", "\u212b"]).values())) == 2


@pytest.mark.parametrize("label", ["con", "aux", "com1", "map."])
def test_an_id_that_some_system_refuses_is_refused(project: Project, label):
    project.check("tiny.yaml", "--set", f"explain.grad_cam.id={label}").assert_error("an id names folders: ")


def test_a_run_under_an_ascii_locale_writes_utf8_tables_and_loses_nothing(stored: Project):
    text = (stored.folder / "tiny.csv").read_text("utf-8")
    (stored.folder / "tiny.csv").write_text(text.replace("\nA,", "\nÄthanol α,"), "utf-8")
    stored.spec(
        """
        name: ascii
        data: {use: pharma_csv, path: tiny.csv}
        split: {use: stratified, test: 0.4, folds: 2}
        model: {use: pca_svm, components: 2, C: 1}
        explain: [{use: input_magnitude}]
        sweep: {seed: [0, 1]}
        """
    )
    plain = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"} | plain
    done = subprocess.run(
        [sys.executable, "-m", "raman_xp", "run", "tiny.yaml", "--workers", "0"],
        cwd=stored.folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    rows = list(csv.DictReader(io.StringIO(stored.artifact("predictions.csv").decode("utf-8"))))
    assert {row["true"] for row in rows} == {"Äthanol α", "B", "C"}
    assert "p_Äthanol α" in rows[0]
    assert stored.artifact("maps/input_magnitude/_thanol _.png").startswith(b"\x89PNG")
