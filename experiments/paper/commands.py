"""The commands behind docs/paper.md."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EXPERIMENTS = Path(__file__).parents[1]
SEEDS, FEW_SEEDS = "sweep.seed=[0,1,2,3,4]", "sweep.seed=[0,1]"
WITHOUT_FOLDS = "split.folds=null"
UNTRAINED = (
    "model.epochs=0",
    WITHOUT_FOLDS,
    # The class of the spectrum: what such a network predicts is chance.
    *(f"explain.{each}.target=labelled" for each in ("fc_importance", "grad_cam", "input_magnitude")),
)


_SMALL_NETWORK = ("model.filters=2", "model.epochs=1")
_FEW_LINES = ("data.train=4", "data.test=4")
_FEW_MIXTURES = ("data.components=[Ala, Arg, His, Leu]", "data.per_pair=2")
_QUICK_SVM = ("model.components=4", "model.C=1")
QUICK = {
    "lorentzian": (*_SMALL_NETWORK, *_FEW_LINES, FEW_SEEDS),
    "filter_size": (*_SMALL_NETWORK, "sweep={model.kernel_size: [8, 128], seed: [0, 1]}", *_FEW_LINES),
    "filter_count": ("model.epochs=1", "sweep={model.filters: [8, 64, 256], seed: [0, 1]}", *_FEW_LINES),
    "common_peaks": (*_SMALL_NETWORK, *_FEW_LINES, FEW_SEEDS),
    "pharma": _SMALL_NETWORK,
    "pharma_deep": _SMALL_NETWORK,
    "pharma_svm": _QUICK_SVM,
    "amino": (*_SMALL_NETWORK, *_FEW_MIXTURES),
    "amino_svm": (*_QUICK_SVM, *_FEW_MIXTURES),
    "amino_disjoint": (*_SMALL_NETWORK, "data.per_pair=1", "split.folds=2"),
    "amino_measured": (*_SMALL_NETWORK, "data.per_pair=1", "split.folds=2"),
}
"""What makes each experiment a matter of seconds, to see that all of it works; its numbers mean nothing."""


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

    def arguments(self, given: Mapping[str, str], quick: bool = False) -> list[str]:
        """Of ``raman-xp``.

        Args:
            given: further settings of this machine, such as the path of measured spectra.
            quick: so small that the numbers mean nothing.
        """
        small = {setting.partition("=")[0]: setting for setting in QUICK[self.spec]} if quick else {}
        small |= {setting.partition("=")[0]: setting for setting in self.settings}  # which say what differs
        settings = [*small.values(), *(f"{key}={value}" for key, value in given.items())]
        settings += [f"name={self.name}"] if self.name else []
        settings += [FEW_SEEDS if quick else SEEDS] if self.seeds else []
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
    Command("pharma", UNTRAINED, seeds=True, name="pharma_untrained"),
    Command("pharma_deep"),
    Command("pharma_deep", seeds=True, name="pharma_deep_seeds"),
    Command("pharma_deep", UNTRAINED, seeds=True, name="pharma_deep_untrained"),
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
