"""Some spectra of many keep all that is known of each of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from raman_xp.testing import planted_mixtures

ROWS = np.array([9, 0, 17])


def test_a_choice_of_spectra_takes_everything_along_in_its_order():
    mixtures = planted_mixtures()
    count = len(mixtures)
    groups, roles = (tuple(f"{kind} {row}" for row in range(count)) for kind in ("tablet", "role"))
    samples = replace(mixtures.samples, groups=groups, roles=roles)
    spectra = replace(mixtures, samples=samples, signal=np.arange(count, dtype=float))
    some = spectra.take(ROWS)
    assert len(some) == 3
    np.testing.assert_array_equal(some.intensity, spectra.intensity[ROWS])
    np.testing.assert_array_equal(some.labels, spectra.labels[ROWS])
    assert some.signal.tolist() == ROWS.tolist()
    assert some.samples.groups == ("tablet 9", "tablet 0", "tablet 17")
    assert some.samples.roles == ("role 9", "role 0", "role 17")
    assert some.samples.names == tuple(spectra.samples.names[row] for row in ROWS)
    assert some.classes == spectra.classes
    assert spectra.contents is not None
    assert some.contents is not None
    np.testing.assert_array_equal(some.contents.own, spectra.contents.own[ROWS])
    np.testing.assert_array_equal(some.contents.other, spectra.contents.other[ROWS])
    partners = spectra.contents.partners
    assert some.contents.partners == (partners and tuple(partners[row] for row in ROWS))
    assert not np.array_equal(some.contents.own, spectra.contents.own[: len(ROWS)])
