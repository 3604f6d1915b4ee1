"""What an experiment holds whole: finished trials by their key, and fits by theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from raman_xp_plugins.tracking.run import MODEL, TRIAL, Run


class Index:
    """Runs by key: those of the store when the experiment was opened, and what this process has changed."""

    def __init__(self) -> None:
        self._trials: dict[str, list[Run]] = {}
        self._fits: dict[str, Run] = {}

    def add(self, run: Run) -> None:
        """Add a run; call it with the newest run first."""
        if TRIAL in run.tags:
            self._trials.setdefault(run.tags[TRIAL], []).append(run)
        if run.fitted:
            self._fits.setdefault(run.fitted, run)

    def add_newer(self, key: str, runs: Sequence[Run]) -> None:
        """Add runs of a trial that are newer than those that are known, the newest first."""
        self._trials.setdefault(key, [])[:0] = runs

    def finish(self, run: Run) -> None:
        """Note that this process has finished the run of a trial."""
        self.add_newer(run.tags[TRIAL], [replace(run, status="FINISHED")])

    def trials(self, key: str) -> list[Run]:
        """Return the runs of a trial, the newest first."""
        return self._trials.get(key, [])

    def whole_trials(self, key: str) -> list[Run]:
        """Return the runs of a trial that have nothing left to do, the newest first."""
        return [run for run in self.trials(key) if run.is_whole]

    def keep(self, run: Run, fit_key: str, model: str = "") -> None:
        """Note that a run holds a fit.

        Args:
            run: of a fold, or of the trial for its final fit.
            fit_key: of the fit.
            model: id of the logged model; empty where the run has the model among its files.
        """
        self._fits[fit_key] = replace(run, tags={**run.tags, MODEL: model} if model else run.tags)

    def fit(self, key: str) -> Run | None:
        """Return the run that holds a fit."""
        return self._fits.get(key)

    def forget(self, fit_key: str) -> None:
        """Forget a fit whose files are gone: it is fitted and kept again."""
        del self._fits[fit_key]
