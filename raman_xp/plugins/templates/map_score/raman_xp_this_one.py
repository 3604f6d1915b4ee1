"""Over how many channels a map is spread."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.spectra import Floats


class ThisOne(MapScore):
    """Effective number of channels of a map's positive part: e to the power of its entropy.

    Say here what a large and a small number mean, and cite where it comes from.
    """

    name: ClassVar = "this_one"

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        positive = np.maximum(task.maps.values.astype(float), 0)
        lit = positive.any(axis=1)
        share = positive[lit] / positive[lit].sum(axis=1, keepdims=True)
        channels = np.exp(-(share * np.log(np.where(share > 0, share, 1))).sum(axis=1))
        targets = task.maps.targets[lit]
        classes = range(len(task.spectra.classes))
        means = [channels[targets == one].mean() if (targets == one).any() else np.nan for one in classes]
        return {"this_one": np.array(means)}


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [ThisOne]
