"""The commands behind docs/paper.md."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EXPERIMENTS = Path(__file__).parents[1]
SEEDS = "sweep.seed=[0,1,2,3,4]"
WITHOUT_FOLDS = "split.folds=null"
UNTRAINED = "model.epochs=0"


@dataclass(frozen=True)
class Command:
    """``raman-xp run`` with a spec.

    Args:
        spec: file in this folder's parent, without ending.
        settings: values for ``--set``.
        seeds: whether five seeds are swept; a sweep in the spec has them already.
        name: of the experiment in MLflow, where it is not that of the spec.
    """

    spec: str
    settings: tuple[str, ...] = ()
    seeds: bool = False
    name: str = ""

    @property
    def experiment(self) -> str:
        """Its name in MLflow."""
        return self.name or self.spec

    def arguments(self, given: Mapping[str, str]) -> list[str]:
        """Of ``raman-xp``.

        Args:
            given: further settings of this machine, such as the path of measured spectra.
        """
        settings = [*self.settings, *(f"{key}={value}" for key, value in given.items())]
        settings += [f"name={self.name}"] if self.name else []
        settings += [SEEDS] if self.seeds else []
        return [
            "run",
            f"experiments/{self.spec}.yaml",
            *(each for setting in settings for each in ("--set", setting)),
        ]

    def __str__(self) -> str:
        """As a reader would type it."""
        given = {"data.path": "pure_spectra.csv"} if self.spec == "amino_measured" else {}
        return shlex.join(["raman-xp", *self.arguments(given)])


COMMANDS = (
    Command("lorentzian"),
    Command("filter_size"),
    Command("filter_count"),
    Command("common_peaks"),
    Command("pharma"),
    Command("pharma", seeds=True, name="pharma_seeds"),
    Command("pharma", (WITHOUT_FOLDS, UNTRAINED), seeds=True, name="pharma_untrained"),
    Command("pharma_deep"),
    Command("pharma_deep", seeds=True, name="pharma_deep_seeds"),
    Command("pharma_deep", (WITHOUT_FOLDS, UNTRAINED), seeds=True, name="pharma_deep_untrained"),
    Command("pharma_svm"),
    Command("pharma_svm", seeds=True, name="pharma_svm_seeds"),
    Command("amino"),
    Command("amino", (WITHOUT_FOLDS,), seeds=True, name="amino_seeds"),
    Command("amino_svm"),
    Command("amino_svm", (WITHOUT_FOLDS,), seeds=True, name="amino_svm_seeds"),
    Command("amino_disjoint"),
    Command("amino_disjoint", (WITHOUT_FOLDS,), seeds=True, name="amino_disjoint_seeds"),
    Command("amino_measured"),
    Command("amino_measured", (WITHOUT_FOLDS,), seeds=True, name="amino_measured_seeds"),
)
