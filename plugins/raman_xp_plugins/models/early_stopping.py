"""Ends a fit that gets no better."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt

from raman_xp.components import FitTask
from raman_xp.errors import DataError
from raman_xp.spectra import Spectra


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
    """Share of each class's training spectra that only watches; 0: the training loss tells."""
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
        """The training spectra to fit, and those that only watch.

        Raises:
            DataError: a class has too few spectra to hold one out.
        """
        labels, rng = task.train.labels, task.seeds.generator("held_out")
        watching = []
        for label in np.unique(labels):
            rows = rng.permutation(np.flatnonzero(labels == label))
            number = max(round(self.held_out * len(rows)), 1)
            if number == len(rows):
                raise DataError(
                    f"early_stopping: held_out: {len(rows)} training spectra of "
                    f"{task.train.classes[label]} are too few to hold any out; held_out: 0 watches the "
                    "training loss instead"
                )
            watching.append(rows[:number])
        held = np.sort(np.concatenate(watching))
        return task.train.take(np.setdiff1d(np.arange(len(labels)), held)), task.train.take(held)
