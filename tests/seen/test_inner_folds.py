"""What `pca_svm` chooses by cross-validation inside the training spectra, it chooses on groups not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from raman_xp.spectra import Spectra
from raman_xp.testing import fit_task, planted_spectra
from raman_xp_plugins.models.pca_svm import PcaSvm

GROUPS = np.repeat(np.arange(20), 4)


def replicates() -> Spectra:
    """Four nearly equal spectra of each group: the class shifts one channel, the group all forty."""
    rng = np.random.default_rng(0)
    own = rng.normal(0, [1.5] + 39 * [0.9], (20, 40))
    own[:10, 0] -= 2
    own[10:, 0] += 2
    intensity = own[GROUPS] + rng.normal(0, 0.02, (80, 40))
    spectra = planted_spectra((4, 12), per_class=40, channels=40)
    return replace(spectra, intensity=intensity.astype(np.float32))


def chosen_components(spectra: Spectra) -> int:
    return int(PcaSvm(C=1000).fit(fit_task(spectra)).pipeline[0].n_components_)


def test_replicates_of_a_group_do_not_choose_the_model_that_knows_the_group():
    """Where replicates are held out singly, all components recognise them by their group."""
    spectra = replicates()
    assert chosen_components(spectra) == 40
    samples = replace(spectra.samples, groups=tuple(f"group {group}" for group in GROUPS))
    assert chosen_components(replace(spectra, samples=samples)) <= 8
