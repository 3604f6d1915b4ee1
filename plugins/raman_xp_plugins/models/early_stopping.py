"""Ends a fit that gets no better."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt

from raman_xp.components import FitTask
from raman_xp.errors import DataError
from raman_xp.seeds import Seeds
from raman_xp.spectra import Ints, Samples, Spectra
from raman_xp.spectra.partition import hold_out


class EarlyStopping(BaseModel):
    """When to stop, by the loss of spectra that are held out of the fit, or by its own.

    Every fit holds out spectra of its own training rows: neither a fold's validation spectra nor the test
    spectra decide when it ends.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    patience: PositiveInt = 20
    """Epochs without improvement before a fit ends."""
    min_delta: NonNegativeFloat = 0.0
    """What counts as an improvement of the loss."""
    held_out: float = Field(0.0, ge=0, lt=1)
    """Share of each class's training spectra that is held out of the fit to watch it, in whole groups where
    the data has groups; 0: watch the training loss."""
    restore_best: bool = True
    """Give back the weights of the best epoch instead of the last."""

    def callback(self) -> Any:
        """Keras's own."""
        import keras

        return keras.callbacks.EarlyStopping(
            monitor="held_out/loss" if self.held_out else "train/loss",
            mode="min",
            patience=self.patience,
            min_delta=self.min_delta,
            restore_best_weights=self.restore_best,
        )

    def divided(self, task: FitTask) -> tuple[Spectra, Spectra]:
        """Return the training spectra to fit, and those that only watch; no group is in both.

        Raises:
            DataError: a class has too few spectra (or groups) to hold one out.
        """
        fitted, held = self._rows(task.train.samples, task.seeds)
        return task.train.take(fitted), task.train.take(held)

    def require(self, train: Samples) -> None:
        """Check that training spectra can be divided.

        Args:
            train: what is known of the training spectra besides their intensities.

        Raises:
            DataError: a class has too few spectra (or groups) to hold one out.
        """
        if self.held_out:
            self._rows(train, Seeds(0))

    def _rows(self, train: Samples, seeds: Seeds) -> tuple[Ints, Ints]:
        try:
            return hold_out(train, self.held_out, seeds.generator("held_out"))
        except DataError as error:
            problems = (
                replace(
                    problem,
                    what=f"early_stopping: held_out: {problem.what}. Set held_out: 0 to watch the training "
                    "loss instead",
                )
                for problem in error.problems
            )
            raise DataError(*problems) from error
