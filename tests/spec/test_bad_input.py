"""What is wrong is said; no run begins and nothing is written."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from raman_xp.testing import Project
from raman_xp.testing.project import SPEC

RESAMPLE = "preprocess: [{use: resample, start: %d, stop: %d}]\nsplit:"
LADDER = "use: signal_ladder, fractions: [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            ("folds: 2", "folds: 20"),
            "split: class A: has 6 spectra; 20 folds need at least 20 per class",
            id="more folds than spectra",
        ),
        pytest.param(
            ("split:", RESAMPLE % (350, 500)),
            "tiny.csv: resample: 350 to 500 is asked for, but the spectra span only 400 to 526, and nothing "
            "is extrapolated; start: 400 and stop: 526 would do",
            id="resample beyond the axis",
        ),
        pytest.param(
            ("split:", RESAMPLE % (500, 450)),
            "tiny.yaml:3:14: preprocess.0: stop (450) must lie at least two steps beyond start (500)",
            id="resample backwards",
        ),
        pytest.param(
            ("use: stratified, test: 0.4", "use: given"),
            "`given` needs a role, train or test, for every spectrum",
            id="no roles",
        ),
        pytest.param(
            ("use: stratified, test: 0.4, folds: 2", LADDER),
            "split: class A: has 10 spectra; 10 fractions and a test set need at least 11 per class",
            id="fewer spectra than rungs",
        ),
        pytest.param(
            ("filters: 4", "filters: 4, pool_size: 64"),
            "shallow_cnn cannot be built for 64 channels: after 2 poolings of 64 nothing is left",
            id="nothing left after pooling",
        ),
        pytest.param(("tiny.csv", "tony.csv"), "did you mean tiny.csv?", id="no such file"),
        pytest.param(
            ("split:", "preprocess: [{use: linear_baseline, anchor: 40}]\nsplit:"),
            "tiny.csv: linear_baseline: 64 channels between its ends are too few for two anchors of 40",
            id="anchors too wide",
        ),
    ],
)
def test_a_spec_that_does_not_fit_its_data_is_refused(project: Project, change, message):
    assert change[0] in SPEC
    project.spec(SPEC.replace(*change))
    project.assert_refused(message)


def test_bad_cells_name_their_line_and_column(project: Project):
    text = (project.folder / "tiny.csv").read_text().splitlines()
    cells = text[4].split(",")
    cells[3] = "high"
    text[4] = ",".join(cells)
    (project.folder / "tiny.csv").write_text("\n".join(text))
    project.assert_refused('tiny.csv:5: column 404: not a number: "high"')


def test_a_spectrum_that_nothing_is_left_of_is_named(project: Project):
    text = (project.folder / "tiny.csv").read_text().splitlines()
    text[7] = "A," + ",".join(["-5"] * 63 + ["-6"])
    (project.folder / "tiny.csv").write_text("\n".join(text))
    project.spec(SPEC.replace("split:", "preprocess: [{use: normalize}]\nsplit:"))
    project.assert_refused("tiny.csv: line 8: normalize: nothing to divide by (max is 0 or below)")


def test_spectra_on_several_axes_ask_for_resampling(project: Project):
    lines = ["spectrum,label,wavenumber,intensity"]
    for number in range(12):
        for channel in range(20):
            lines.append(
                f"s{number},{'AB'[number % 2]},{400 + channel + 0.1 * (number % 3)},{channel + number}"
            )
    (project.folder / "tiny.csv").write_text("\n".join(lines))
    project.assert_refused(
        "the spectra are on 3 different axes; bring them to one with a step such as {use: resample"
    )


def test_an_unreachable_server_is_told_within_seconds(project: Project):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    began = time.monotonic()
    project.assert_refused(
        f"the MLflow tracking server {address} does not answer",
        "tiny.yaml",
        "--tracking-uri",
        address,
        code=1,
    )
    assert time.monotonic() - began < 15


def test_a_server_that_never_answers_is_told_within_seconds(project: Project):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        began = time.monotonic()
        project.assert_refused(
            f"server {address} does not answer", "tiny.yaml", "--tracking-uri", address, code=1
        )
    assert time.monotonic() - began < 15


def test_the_old_file_store_is_refused_as_mlflow_says(project: Project):
    project.assert_refused("cannot be used", "tiny.yaml", "--tracking-uri", "file:./old", code=1)


@pytest.mark.skipif(sys.platform != "linux", reason="makes a read-only mount")
def test_a_read_only_working_folder_is_told(project: Project):
    """A read-only mount holds for root, too, where permissions do not."""
    command = [sys.executable, "-m", "raman_xp", "run", "tiny.yaml"]
    if os.geteuid() == 0:
        mount = 'mount --bind "$PWD" "$PWD" && mount -o remount,ro,bind "$PWD" && cd "$PWD" && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", mount, "sh", *command]
    else:
        project.folder.chmod(0o555)
    try:
        result = subprocess.run(
            command, cwd=project.folder, capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        project.folder.chmod(0o755)
    if "unshare failed" in result.stderr or "permission denied" in result.stderr:
        pytest.skip(f"no mount can be made here: {result.stderr.strip()}")
    assert result.returncode == 1, result.stderr
    assert (
        "cannot be written (Read-only file system)" in result.stderr or "Permission denied" in result.stderr
    )
    assert "Traceback" not in result.stderr
    assert {path.name for path in Path(project.folder).iterdir()} == {"tiny.csv", "tiny.yaml"}


def test_trials_with_different_threads_are_refused_before_anything_runs(project: Project):
    project.spec(SPEC + "sweep: {threads: [1, 2]}\n")
    project.assert_refused("one process computes with one number of threads, and these trials ask for [1, 2]")


def test_a_file_that_is_no_database_is_no_store(project: Project):
    project.assert_refused(
        "tiny.csv cannot be used (DatabaseError", "tiny.yaml", "--tracking-uri", "sqlite:///tiny.csv", code=1
    )


def test_a_truth_that_does_not_cover_the_spectra_is_refused(project: Project):
    (project.folder / "tiny.about.yaml").write_text("truth: truth.csv\n")
    (project.folder / "truth.csv").write_text("wavenumber,A,B,C\n450,1,2,3\n460,2,1,3\n470,1,1,2\n")
    project.assert_refused(
        "tiny.csv: its truth covers 450 to 470, but the spectra 400 to 526; resample to what"
    )


def test_the_trial_of_a_sweep_that_cannot_be_split_is_named(project: Project):
    project.spec(SPEC + "sweep: {split.folds: [2, 50]}\n")
    project.assert_refused("tiny.yaml: folds=50: split: class A: has 6 spectra; 50 folds need")
