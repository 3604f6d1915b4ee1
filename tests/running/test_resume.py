"""Started again, the same command does only what is missing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

from raman_xp.errors import BusyError
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.testing import Project
from raman_xp.testing.project import local_path
from raman_xp.trial.plan import plan
from running.conftest import QUICK, Quick, kept


def test_the_same_command_again_does_nothing_and_says_the_same(quick: Quick):
    first = quick.run("quick.yaml")
    assert first.exit_code == 0, first.output
    before = [(run.info.run_id, run.info.end_time) for run in quick.runs()]
    again = quick.run("quick.yaml")
    assert again.exit_code == 0, again.output
    assert quick.fits == 3
    assert [(run.info.run_id, run.info.end_time) for run in quick.runs()] == before
    note = " (finished before; nothing was done again)"
    assert note in again.stdout
    assert again.stdout.replace(note, "") == first.stdout


def test_fresh_starts_over(quick: Quick):
    quick.run("quick.yaml")
    assert quick.run("quick.yaml", "--fresh").exit_code == 0
    assert quick.fits == 6
    assert quick.statuses() == 4 * ["fold FINISHED"] + 2 * ["trial FINISHED"]


@pytest.mark.parametrize(
    "setting",
    ["explain=[{use: input_magnitude, target: labelled}]", "score=[{use: zone_mass}]", "pictures=true"],
)
def test_what_only_explains_refits_nothing(quick: Quick, setting):
    quick.run("quick.yaml")
    before = kept(quick)
    result = quick.run("quick.yaml", "--set", setting)
    assert result.exit_code == 0, result.output
    assert quick.fits == 3
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"] * 2
    after = kept(quick)
    np.testing.assert_array_equal(after["quick fit.npz logits"], before["quick fit.npz logits"])
    new, old = quick.trials()
    assert new.data.metrics["cv/accuracy_mean"] == old.data.metrics["cv/accuracy_mean"]
    assert new.data.metrics["train/loss"] == 1.0
    assert len(new.outputs.model_outputs) == 1


@pytest.mark.parametrize("setting", ["seed=1", "model.width=2", "preprocess=[{use: normalize}]", "threads=2"])
def test_what_changes_the_fit_fits_again(quick: Quick, setting):
    quick.run("quick.yaml")
    assert quick.run("quick.yaml", "--set", setting).exit_code == 0
    assert quick.fits == 6


def test_changed_data_fit_again(quick: Quick):
    quick.run("quick.yaml")
    path = quick.folder / "tiny.csv"
    path.write_text(path.read_text().replace(".1,", ".2,", 1))
    assert quick.run("quick.yaml").exit_code == 0
    assert quick.fits == 6


def test_another_version_of_a_plugin_fits_again(quick: Quick):
    from raman_xp.trial.keys import installed

    quick.run("quick.yaml")
    installed.cache_clear()
    (info,) = (quick.folder / "site-packages").glob("*.dist-info")
    metadata = info / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))
    assert quick.run("quick.yaml").exit_code == 0
    assert quick.fits == 6


def test_other_folds_leave_the_final_fit(quick: Quick):
    quick.run("quick.yaml")
    assert quick.run("quick.yaml", "--set", "split.folds=4").exit_code == 0
    assert quick.fits == 3 + 4


def test_a_wider_sweep_fits_only_the_new_trials(quick: Quick):
    quick.spec(QUICK + "sweep: {model.width: [1, 2]}\n", "quick.yaml")
    assert quick.run("quick.yaml").exit_code == 0
    quick.spec(QUICK + "sweep: {model.width: [1, 2, 3]}\n", "quick.yaml")
    assert quick.run("quick.yaml").exit_code == 0
    assert quick.fits == 9
    assert sorted(run.info.run_name for run in quick.trials()) == ["width=1", "width=2", "width=3"]


def test_an_explainer_that_failed_costs_no_fit_once_it_is_mended(quick: Quick, install):
    broken = """
        from raman_xp import hookimpl
        from raman_xp.components import Explainer
        from raman_xp.maps import Maps

        class Fragile(Explainer):
            name = "fragile"
            broken: bool = True
            def explain(self, task):
                if self.broken:
                    raise ValueError("no map today")
                return Maps(task.spectra.intensity, task.spectra.labels)

        @hookimpl
        def raman_xp_explainers():
            return [Fragile]
        """
    install("xp-fragile", {"explainer.fragile": "xp_fragile"}, xp_fragile=broken)
    quick.spec(QUICK.replace("use: input_magnitude", "use: fragile"), "quick.yaml")
    result = quick.run("quick.yaml")
    assert result.exit_code == 1
    assert (
        "xp_fragile.py) failed to explain (xp_fragile.py, line 11): ValueError: no map today" in result.stderr
    )
    assert quick.fits == 1
    assert quick.run("quick.yaml", "--set", "explain.fragile.broken=false").exit_code == 0
    assert quick.fits == 3  # only the folds


def test_a_saved_network_explains_as_it_did_before(stored: Project):
    assert stored.run("tiny.yaml").exit_code == 0
    before = kept(stored)
    result = stored.run("tiny.yaml", "--set", "score=[{use: pointing}]").assert_success()
    assert "final: taken from the store, explained in " in result.stderr
    after = kept(stored)
    trial, *_ = stored.runs()
    assert MlflowClient().get_run(trial.info.run_id).data.tags["raman_xp.kind"] == "trial"
    shared = [name for name in before if name.startswith("tiny ")]
    assert len(shared) > 20
    for name in shared:
        np.testing.assert_array_equal(after[name], before[name], err_msg=name)


def test_what_cannot_be_read_back_is_done_again(quick: Quick, caplog):
    quick.run("quick.yaml")
    for run in quick.runs():
        folder = local_path(run.info.artifact_uri)
        for path in [*folder.glob("numbers.json"), *folder.glob("fit.npz")]:
            path.write_bytes(path.read_bytes()[:20])
    assert quick.run("quick.yaml").exit_code == 0
    assert quick.fits == 6
    assert "quick: fold 1 is done again: no files of a fit" in caplog.text
    assert "is done again: no numbers of a trial" in caplog.text


def test_what_was_deleted_is_done_again(quick: Quick, caplog):
    quick.run("quick.yaml")
    shutil.rmtree(quick.folder / "mlruns")
    assert quick.run("quick.yaml").exit_code == 0
    assert quick.fits == 6
    assert "are gone, and are made again" in caplog.text


def test_equal_fits_of_one_command_are_done_once(quick: Quick):
    quick.spec(QUICK + "sweep: {explain.0.target: [predicted, labelled]}\n", "quick.yaml")
    result = quick.invoke("run", "quick.yaml", "--workers", "2")
    assert result.exit_code == 0, result.output
    assert quick.fits == 3
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["sweep FINISHED"] + ["trial FINISHED"] * 2
    one, other = quick.trials()
    assert one.data.metrics["cv/accuracy_mean"] == other.data.metrics["cv/accuracy_mean"]


def test_one_trial_that_stands_in_two_specs_is_run_once(quick: Quick):
    quick.spec(QUICK, "copy.yaml")
    result = quick.run("quick.yaml", "copy.yaml")
    assert result.exit_code == 0, result.output
    assert quick.fits == 3
    assert result.stdout.count("Recorded as run") == 2
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]


def test_two_runners_that_begin_a_trial_at_once_do_not_both_do_it(quick: Quick):
    registry = Registry()
    (planned,) = plan([load_experiment(quick.folder / "quick.yaml", registry)], registry)
    tracker, context = planned.trial.tracker, planned.context
    with tracker.experiment("quick", "") as first, tracker.experiment("quick", "") as second:
        first.begin(context, False)
        with pytest.raises(BusyError, match=r"quick: process \d+ on \S+ is at work on it \(run "):
            second.begin(context, False)
    assert quick.statuses() == ["trial RUNNING"]


def test_a_run_that_died_as_it_began_is_completed(quick: Quick):
    registry = Registry()
    (planned,) = plan([load_experiment(quick.folder / "quick.yaml", registry)], registry)
    client = MlflowClient()
    experiment = client.create_experiment("quick")
    tags = {"raman_xp.kind": "trial", "raman_xp.trial_key": planned.context.key}
    half = client.create_run(experiment, tags=tags).info.run_id
    client.set_terminated(half, "KILLED")
    assert quick.run("quick.yaml").exit_code == 0
    (run,) = quick.trials()
    assert run.info.run_id == half
    assert run.data.params["model.use"] == "nearest_mean"
    assert len(run.inputs.dataset_inputs) == 1
    assert (local_path(run.info.artifact_uri) / "spec.yaml").exists()


def test_an_error_of_a_plugins_own_class_is_told_and_costs_no_fit(quick: Quick, install):
    source = """
        from raman_xp import hookimpl
        from raman_xp.components import Explainer
        from raman_xp.errors import DataError

        class Picky(DataError):
            def __init__(self, row, why):
                super().__init__(f"row {row}: {why}")

        class Fragile(Explainer):
            name = "fragile"
            def explain(self, task):
                raise Picky(3, "too faint")

        @hookimpl
        def raman_xp_explainers():
            return [Fragile]
        """
    install("xp-fragile", {"explainer.fragile": "xp_fragile"}, xp_fragile=source)
    quick.spec(QUICK.replace("use: input_magnitude", "use: fragile"), "quick.yaml")
    result = quick.invoke("run", "quick.yaml", "--workers", "1")
    assert result.exit_code == 1
    assert "Picky: row 3: too faint" in result.stderr
    assert quick.fits <= 3  # each at most once: the error ends no process


@pytest.mark.parametrize("where", ["sqlite:///elsewhere.db", "sqlite:///elsewhere.db?timeout=30"])
def test_the_final_fit_is_recalled_from_a_store_that_is_not_the_default(quick: Quick, where):
    assert quick.run("quick.yaml", "--tracking-uri", where).exit_code == 0
    more = "explain=[{use: input_magnitude}, {use: pls_vip}]"
    result = quick.run("quick.yaml", "--tracking-uri", where, "--set", more)
    assert result.exit_code == 0, result.output
    assert quick.fits == 3
    assert "are gone" not in result.stderr
    assert (quick.folder / "elsewhere.db").exists()
    assert not [path for path in quick.folder.iterdir() if "?" in path.name]


WAITING = """
    from pathlib import Path
    from raman_xp import hookimpl
    from raman_xp.components import Explainer
    from raman_xp.maps import Maps

    class Waiting(Explainer):
        name = "waiting"
        def explain(self, task):
            if not Path("ready").exists():
                raise ValueError("not yet")
            return Maps(task.spectra.intensity, task.spectra.labels)

    @hookimpl
    def raman_xp_explainers():
        return [Waiting]
    """
"""An explainer that fails until there is a file ``ready``."""


def test_a_fit_whose_files_are_gone_is_kept_anew(quick: Quick, install, caplog):
    """In the run that is taken up, which tells of a fit that it no longer holds."""
    install("xp-waiting", {"explainer.waiting": "xp_waiting"}, xp_waiting=WAITING)
    quick.spec(QUICK.replace("use: input_magnitude", "use: waiting"), "quick.yaml")
    assert quick.run("quick.yaml").exit_code == 1
    (trial,) = quick.trials()
    kept_fit = local_path(trial.info.artifact_uri) / "fit.npz"
    kept_fit.unlink()
    assert kept_fit.with_name("traceback.txt").exists()
    (quick.folder / "ready").touch()
    result = quick.run("quick.yaml")
    assert result.exit_code == 0, result.output
    assert "are gone, and are made again" in caplog.text
    assert [run.info.run_id for run in quick.trials()] == [trial.info.run_id]
    assert kept_fit.exists()
    assert not kept_fit.with_name("traceback.txt").exists()
    assert quick.run("quick.yaml", "--set", "score=[{use: width}]").exit_code == 0
    assert quick.fits == 1 + 3


def test_a_damaged_fit_of_a_trial_that_is_taken_up_is_replaced(quick: Quick, install):
    """The run, its model and its folds are there once, and are read by the next command."""
    install("xp-waiting", {"explainer.waiting": "xp_waiting"}, xp_waiting=WAITING)
    quick.spec(QUICK.replace("explain: [{use: input_magnitude}]", "explain: [{use: waiting}]"), "quick.yaml")
    (quick.folder / "ready").touch()
    quick.run("quick.yaml").assert_success()
    client = MlflowClient()
    (trial,) = quick.trials()
    client.set_terminated(trial.info.run_id, "KILLED")
    for run in quick.runs():
        path = local_path(run.info.artifact_uri) / "fit.npz"
        path.write_bytes(path.read_bytes()[:20])
    (model,) = client.search_logged_models([trial.info.experiment_id])
    (local_path(model.artifact_location) / "more.npy").write_bytes(b"added")

    quick.run("quick.yaml").assert_success()
    assert quick.fits == 3 + 3
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]
    (trial,) = quick.trials()
    assert [each.model_id for each in trial.outputs.model_outputs] == [model.model_id]
    assert len(client.search_logged_models([trial.info.experiment_id])) == 1
    quick.run("quick.yaml", "--set", "explain=[{use: input_magnitude}]").assert_success()
    assert quick.fits == 3 + 3


def test_a_store_that_fails_while_recalling_is_told_and_nothing_is_fitted(quick: Quick, monkeypatch):
    """An outage must not be taken for files that are gone."""
    quick.run("quick.yaml")

    def away(self, remote_file_path, local_path):
        raise ConnectionError("connection refused")

    monkeypatch.setattr(LocalArtifactRepository, "_download_file", away)
    result = quick.run("quick.yaml")
    assert result.exit_code == 1
    assert "mlflow failed to recall finished trials: ConnectionError: connection refused" in result.stderr
    assert quick.fits == 3
