"""What becomes of the output ends no run, and a run that cannot begin says why in one sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from raman_xp.testing import Project
from running.conftest import Quick, command, quick  # noqa: F401

COMMAND = [sys.executable, "-m", "raman_xp"]


def shell(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A script in which "$@" is the command."""
    whole = ["sh", "-c", script, "sh", *COMMAND, *arguments]
    return subprocess.run(whole, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def assert_finished(project: Quick) -> None:
    assert project.fits == 3
    assert project.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of its own kind")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('"$@"; echo "code $?" >&2', "code 0"),
        ('{ "$@"; echo "code $?" >&2; } | head -1', "(Broken pipe). The command continues without it.\n"),
        ('"$@" >/dev/full; echo "code $?" >&2', "(No space left on device). The command continues"),
        ('"$@" 2>&-; echo "code $?" >&2', "code 0"),
        ('"$@" >&- 2>&- <&-; echo "code $?" >&2', "code 0"),
    ],
    ids=["as it is", "head", "full disk", "no stderr", "no stream"],
)
def test_a_run_completes_whatever_becomes_of_its_output(quick: Quick, script, said):  # noqa: F811
    done = shell(quick.folder, script, "run", "quick.yaml", "--workers", "1")
    assert said in done.stderr
    assert "code 0" in done.stderr
    assert "Traceback" not in done.stderr
    assert_finished(quick)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed")
@pytest.mark.parametrize("arguments", [("check", "tiny.yaml"), ("run", "tiny.yaml"), ("plugins",)])
def test_a_working_folder_that_was_removed_is_told(tmp_path, arguments):
    done = shell(tmp_path, 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', *arguments)
    assert done.returncode == 2
    assert done.stderr == (
        "Error: the working folder cannot be used (No such file or directory): it was removed, or moved. "
        "Change to another folder (cd)\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed")
def test_a_working_folder_that_is_removed_meanwhile_is_told(quick: Quick, tmp_path, command):  # noqa: F811
    process = command(quick, "quick.yaml", "--workers", "0", "--set", "model.seconds=2")
    while not quick.fits:
        time.sleep(0.1)
    quick.folder.rename(tmp_path.parent / f"{tmp_path.name} elsewhere")
    shutil.rmtree(tmp_path.parent / f"{tmp_path.name} elsewhere")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "Error: the working folder was removed or moved while the command ran" in said


@pytest.mark.parametrize("backend", ["jax", "torch", "anything"])
def test_another_backend_of_keras_is_refused_by_name(project: Project, monkeypatch, backend):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    said = f"KERAS_BACKEND={backend}: these networks compute with TensorFlow. Remove this environment"
    project.check().assert_error(said)
    project.assert_refused(said)


def test_a_model_without_keras_does_not_care_for_its_backend(project: Project, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    svm = "model={use: pca_svm, components: 2, C: 1}"
    project.check("tiny.yaml", "--set", svm, "--set", "explain=[]").assert_success()


@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v")
@pytest.mark.parametrize(
    ("kilobytes", "said"),
    [
        (
            200_000,
            "0.2 GB of addresses (`ulimit -v`), and raman-xp needs 3 GB. Raise the limit, such as with",
        ),
        (3_000_000, "3.1 GB of addresses (`ulimit -v`), and TensorFlow needs 4 GB. Raise the limit, such as"),
    ],
)
def test_a_shell_with_little_memory_is_told_in_one_sentence(project: Project, kilobytes, said):
    done = shell(project.folder, f'ulimit -v {kilobytes} && exec "$@"', "run", "tiny.yaml", "--workers", "0")
    assert done.returncode == 1
    assert f"Error: this shell limits a process to {said}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_memory_that_runs_out_is_told_in_one_sentence(project: Project, monkeypatch):
    def load(path: Path, *_: object) -> None:
        raise ImportError("libscipy.so: failed to map segment from shared object")

    monkeypatch.setattr("raman_xp.spec.load_experiment", load)
    project.check().assert_error("Error: there is not enough memory. Close other programs, use", code=1)
