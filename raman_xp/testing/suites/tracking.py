"""What every tracker and observer is held to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pluggy
import pytest

from raman_xp.components import ExperimentLog, Family, Observer, Tracker
from raman_xp.errors import ComponentError
from raman_xp.plugins import hookspecs
from raman_xp.results import DatasetInfo, TrialContext, TrialResult, UnitResult
from raman_xp.results.metrics import Numbers
from raman_xp.testing.suites.component import ComponentSuite
from raman_xp.testing.trained import finished_trial


def context(fits: str = "0" * 16) -> TrialContext:
    """What is known of a trial before it runs."""
    raw = finished_trial(Path()).raw
    return TrialContext(
        experiment="planted",
        description="Lines that were planted.",
        name="seed=0",
        key=f"trial {fits}",
        params={"model.use": "shallow_cnn", "seed": "0"},
        tags={"raman_xp.kind": "trial", "raman_xp.fit_key": fits, "raman_xp.explain_key": "1" * 16},
        spec="name: planted\n",
        plugins="family,component,distribution,version,module,source\n",
        dataset=DatasetInfo(raw.about, "2" * 16, len(raw.samples), 256, {"at 60": 8}),
    )


def unit(folder: Path) -> UnitResult:
    """A finished final fit, its model saved."""
    from raman_xp.system.files import read_files

    task = finished_trial(folder)
    task.model.save(folder / "model", task.train)
    return replace(task.result, model=read_files(folder / "model"), files={"split.csv": b"row,part\n"})


def whole(result: UnitResult) -> TrialResult:
    """The trial that this fit ends."""
    assert result.evaluation is not None
    return TrialResult("All recognised.", Numbers(result.evaluation, None), result)


class ObserverSuite(ComponentSuite[Observer]):
    """It listens to events that there are, and fails at none of them."""

    family = Family.OBSERVER

    @contextmanager
    def watching(self) -> Iterator[Any]:
        """The hooks of one observer, which is asked alone."""
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        manager.register(self.made())
        yield manager.hook

    def test_it_listens_to_events_that_there_are(self) -> None:
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        observer = self.made()
        manager.register(observer)
        manager.check_pending()
        assert manager.get_hookcallers(observer), "a method marked @hookimpl is an event that it wants"

    @pytest.mark.parametrize("ok", [True, False])
    def test_it_can_be_told_a_whole_run(self, ok: bool, tmp_path: Path) -> None:
        result = unit(tmp_path)
        with self.watching() as tell:
            tell.raman_xp_run_started(trials=[context()], units=2)
            for step, total in (("fit", 40), ("explain", 1), ("draw", 3)):
                for done in range(total + 1):
                    tell.raman_xp_progress(trial="seed=0", unit="final", step=step, done=done, total=total)
            if ok:
                tell.raman_xp_unit_finished(trial="seed=0", result=result)
                tell.raman_xp_maps_ready(trial="seed=0", result=result)
                tell.raman_xp_trial_finished(trial="seed=0", result=whole(result), where="here")
            else:
                tell.raman_xp_trial_failed(trial="seed=0", error=ComponentError("mine failed to explain"))
            tell.raman_xp_run_finished(ok=ok)

    def test_it_can_be_told_that_nothing_is_left_to_do(self) -> None:
        with self.watching() as tell:
            tell.raman_xp_run_started(trials=[], units=0)
            tell.raman_xp_run_finished(ok=True)


class TrackerSuite(ComponentSuite[Tracker]):
    """What it records, it gives back."""

    family = Family.TRACKER

    @pytest.fixture(autouse=True)
    def _in_a_folder_of_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    @contextmanager
    def opened(self) -> Iterator[ExperimentLog]:
        """The record of an experiment, opened anew."""
        tracker = self.made()
        assert tracker.preflight(), "it says where its store is"
        with tracker.experiment("planted", "Lines that were planted.") as log:
            yield log

    def test_a_finished_trial_is_found_again(self, tmp_path: Path) -> None:
        result = unit(tmp_path)
        with self.opened() as log:
            assert log.finished(context().key) is None
            trial = log.begin(context(), fresh=False)
            trial.record(result)
            assert trial.conclude(whole(result)), "it says where to look at it"
        with self.opened() as log:
            found = log.finished(context().key)
            assert found is not None
            assert found[0] == whole(result).kept

    def test_a_fit_is_found_again_also_when_its_trial_failed(self, tmp_path: Path) -> None:
        result = unit(tmp_path)
        with self.opened() as log:
            trial = log.begin(context(), fresh=False)
            trial.record(result)
            trial.abandon(ComponentError("mine failed to explain"))
        with self.opened() as log:
            assert log.finished(context().key) is None
            kept = log.fit(result.fit_key, with_model=True)
            assert kept == result.kept

    def test_what_was_never_recorded_is_not_found(self) -> None:
        with self.opened() as log:
            assert log.fit("no such key", with_model=False) is None
            assert log.artifacts("no such key", ["numbers.json"]) is None
            assert log.summary("no such key") is None
