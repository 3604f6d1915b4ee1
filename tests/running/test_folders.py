"""A project's folder may have any name, and may be moved or copied: its results stay with it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient

from running.conftest import Quick
from running.store_contents import read_address
from running.test_resume import WAITING

NAMES = ["my data ü", "50% sample", "50%25 sample", "a#b?c", "it's \"one\" & 'two'"]
OTHER_EXPLAINER = "explain=[{use: pls_vip}]"
"""A setting that needs the saved model of an earlier fit, and no new fit."""

Enter = Callable[[Path], Quick]


@pytest.fixture
def enter(quick: Quick, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Goes to a project's folder, which is made where there is none."""

    def enter(folder: Path) -> Quick:
        if not folder.exists():
            folder.mkdir(parents=True)
            for name in ("quick.yaml", "tiny.csv", "mlflow.db"):
                shutil.copy(quick.folder / name, folder / name)
        monkeypatch.chdir(folder)
        return Quick(folder, quick.invoke)

    return enter


def fits() -> int:
    return len(Path(os.environ["XP_FITS"]).read_text().splitlines())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but those that SQLite makes for whoever reads."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in paths if not path.name.startswith("mlflow.db-")}


def addresses(folder: Path) -> list[Path]:
    """Where the store says that the artifacts of its experiments, runs and models are."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        found = connection.execute(
            "SELECT artifact_location FROM experiments WHERE name != 'Default' UNION ALL "
            "SELECT artifact_uri FROM runs UNION ALL SELECT artifact_location FROM logged_models"
        )
        return [read_address(address) for (address,) in found]


def assert_all_here(folder: Path, artifacts: int) -> None:
    """Nothing is beside the folder, and the store leads to nothing outside it."""
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]
    paths = addresses(folder)
    assert len(paths) == artifacts
    for path in paths:
        assert path.is_relative_to(folder)
        assert path.is_dir()


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_in_the_folder_whatever_its_name(enter: Enter, tmp_path: Path, name: str):
    folder = tmp_path / "projects" / name
    project = enter(folder)
    project.run("quick.yaml").assert_success()
    assert_all_here(folder, 1 + 3 + 1)
    project.run("quick.yaml").assert_success()
    project.run("quick.yaml", "--set", OTHER_EXPLAINER).assert_success()
    assert fits() == 3
    assert_all_here(folder, 1 + 4 + 2)


def test_a_new_store_is_in_the_folder_whatever_its_name(enter: Enter, tmp_path: Path):
    folder = tmp_path / "projects" / 'it\'s "50%25" #1? ü'
    project = enter(folder)
    (folder / "mlflow.db").unlink()
    project.run("quick.yaml").assert_success()
    assert_all_here(folder, 1 + 3 + 1)


def test_an_experiment_with_an_address_that_is_not_encoded_goes_on_in_its_folder(
    enter: Enter, tmp_path: Path
):
    """As MLflow itself makes one: it reads ``%25`` in the name of a folder as ``%``."""
    folder = tmp_path / "projects" / "50%25 sample"
    project = enter(folder)
    # MLflow keeps an engine for each address: this one is used nowhere else.
    experiment = MlflowClient("sqlite:///mlflow.db?timeout=31").create_experiment("quick")
    assert addresses(folder) == [folder.with_name("50% sample") / "mlruns" / experiment]
    project.run("quick.yaml").assert_success()
    assert_all_here(folder, 1 + 3 + 1)


@pytest.mark.parametrize(("old", "new"), [("old", "new"), ("old", "50%25 ü#?"), ("50%25 ü#?", "it's")])
def test_a_moved_project_finds_its_results_and_writes_in_its_new_place(
    enter: Enter, tmp_path: Path, old: str, new: str, caplog
):
    before, after = tmp_path / "projects" / old, tmp_path / "projects" / new
    enter(before).run("quick.yaml").assert_success()
    before.rename(after)
    project = enter(after)
    result = project.run("quick.yaml").assert_success()
    assert "nothing was done again" in result.stdout
    assert f"mlflow.db was moved or copied from {before}: the addresses of its artifacts are" in caplog.text
    assert f"Files are now read and written in {after}" in caplog.text
    caplog.clear()
    project.run("quick.yaml", "--set", OTHER_EXPLAINER).assert_success()
    assert "moved or copied" not in caplog.text
    assert fits() == 3
    project.run("quick.yaml", "--set", "seed=1").assert_success()
    assert_all_here(after, 1 + 4 + 2 + 4)


@pytest.mark.parametrize("with_files", [True, False], ids=["whole", "only its database"])
def test_a_copy_writes_nothing_to_the_original(enter: Enter, tmp_path: Path, with_files: bool):
    original, copy = tmp_path / "original", tmp_path / "copies" / "copy"
    enter(original).run("quick.yaml").assert_success()
    shutil.copytree(original, copy, ignore=None if with_files else shutil.ignore_patterns("mlruns"))
    before = tree(original)
    project = enter(copy)
    project.run("quick.yaml").assert_success()
    project.run("quick.yaml", "--set", OTHER_EXPLAINER).assert_success()
    assert fits() == 3
    project.run("quick.yaml", "--set", "seed=1").assert_success()
    assert tree(original) == before
    new = [path for path in addresses(copy) if not path.is_relative_to(original)]
    assert all(path.is_relative_to(copy) and path.is_dir() for path in new)
    assert len(new) == (1 + 6 + 4 if with_files else 1 + 2 + 4)
    enter(original).run("quick.yaml").assert_success()
    assert tree(original) == before


@pytest.mark.parametrize("with_files", [True, False], ids=["whole", "only its database"])
def test_a_copied_trial_that_was_not_finished_is_finished_in_the_copy(
    enter: Enter, tmp_path: Path, install, with_files: bool
):
    install("xp-waiting", {"explainer.waiting": "xp_waiting"}, xp_waiting=WAITING)
    original, copy = tmp_path / "original", tmp_path / "copies" / "copy"
    project = enter(original)
    project.spec((original / "quick.yaml").read_text().replace("input_magnitude", "waiting"), "quick.yaml")
    assert project.run("quick.yaml").exit_code == 1
    shutil.copytree(original, copy, ignore=None if with_files else shutil.ignore_patterns("mlruns"))
    before = tree(original)
    (copy / "ready").touch()
    project = enter(copy)
    project.run("quick.yaml").assert_success()
    assert tree(original) == before
    assert project.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]
    assert_all_here(copy, 1 + 3 + 1)


def test_artifacts_that_are_elsewhere_by_choice_stay_there(
    enter: Enter, quick: Quick, tmp_path: Path, caplog
):
    """A database in one folder, and artifacts in the folder where its first run was started."""
    central = tmp_path / "central.db"
    shutil.copy(quick.folder / "mlflow.db", central)
    one, other = tmp_path / "one", tmp_path / "other"
    options = ("quick.yaml", "--tracking-uri", f"sqlite:///{central}")
    enter(one).run(*options).assert_success()
    enter(other).run(*options, "--set", "seed=1").assert_success()
    assert len(list((one / "mlruns").rglob("fit.npz"))) == 6
    assert not (other / "mlruns").exists()
    assert "moved or copied" not in caplog.text


def test_a_folder_that_has_two_names_is_not_taken_for_moved(
    enter: Enter, tmp_path: Path, monkeypatch, caplog
):
    folder, link = tmp_path / "folder", tmp_path / "link"
    enter(folder).run("quick.yaml").assert_success()
    before = addresses(folder)
    link.symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    shutil.copy(folder / "quick.yaml", tmp_path / "quick.yaml")
    result = enter(folder).run("quick.yaml", "--tracking-uri", f"sqlite:///{link}/mlflow.db")
    assert "nothing was done again" in result.assert_success().stdout
    assert addresses(folder) == before
    assert "moved or copied" not in caplog.text


def test_addresses_are_corrected_all_or_none(enter: Enter, tmp_path: Path):
    old, new = tmp_path / "old", tmp_path / "new"
    enter(old).run("quick.yaml").assert_success()
    old.rename(new)
    before = addresses(new)
    with closing(sqlite3.connect(new / "mlflow.db")) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON logged_models BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    enter(new).run("quick.yaml").assert_error(
        f"the addresses of artifacts in {new / 'mlflow.db'} cannot be corrected (disk full)",
        "Nothing was changed",
        code=1,
    )
    assert addresses(new) == before
    assert not old.exists()


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_copy_of_the_database_alone_is_complete(quick, workers):
    """A command closes the database, also one that it has created: no log stays beside the file."""
    (quick.folder / "mlflow.db").unlink()
    command = [sys.executable, "-m", "raman_xp", "run", "quick.yaml", "--workers", workers]
    subprocess.run(command, cwd=quick.folder, check=True, capture_output=True)
    assert [path.name for path in quick.folder.glob("mlflow.db*")] == ["mlflow.db"]
    assert quick.statuses() == ["fold FINISHED", "fold FINISHED", "trial FINISHED"]
