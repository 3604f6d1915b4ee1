"""What every data source, preprocessor and splitter is held to."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from raman_xp.components import DataSource, Family, Preprocessor, Split, SplitTask, Splitter
from raman_xp.components.contracts import checked_raw, checked_split, checked_step
from raman_xp.spectra import Block, Floats, RawSpectra, Spectra
from raman_xp.spectra.storage import frozen
from raman_xp.testing.planted import planted_spectra
from raman_xp.testing.suites.component import ComponentSuite
from raman_xp.trial.keys import data_digest


class DataSourceSuite(ComponentSuite[DataSource]):
    """Spectra that fit together, that repeat, and a truth that covers them."""

    family = Family.DATA_SOURCE

    def loaded(self, seed: int = 0) -> RawSpectra:
        """What it loads, held to the contract."""
        source = self.made()
        return checked_raw(source, source.load(np.random.default_rng(seed)))

    def test_its_spectra_labels_and_names_fit_together(self) -> None:
        raw = self.loaded()
        assert len(raw.samples.classes) > 1, "telling classes apart takes two"
        assert set(raw.samples.labels.tolist()) == set(range(len(raw.samples.classes)))
        assert len(set(raw.samples.names)) == len(raw.samples), "by its name a user finds a spectrum"

    def test_it_says_what_it_is(self) -> None:
        about = self.loaded().about
        assert about.title
        assert about.unit

    def test_the_same_seed_gives_the_same_spectra(self) -> None:
        assert data_digest(self.loaded(3)) == data_digest(self.loaded(3))

    def test_another_seed_gives_other_spectra_if_it_says_so(self) -> None:
        differ = data_digest(self.loaded(3)) != data_digest(self.loaded(4))
        assert differ == self.made().seeded, "`seeded` says whether what is loaded depends on the seed"

    def test_its_truth_covers_its_spectra(self) -> None:
        raw = self.loaded()
        if raw.truth is None:
            return
        first, last = raw.truth.wavenumber[[0, -1]]
        assert all(first <= each.wavenumber[0] and each.wavenumber[-1] <= last for each in raw.blocks)
        assert set(raw.truth.means) >= set(raw.samples.classes)
        zones = raw.truth.zones(raw.truth.wavenumber, raw.samples.classes)
        assert zones.shape == (len(raw.samples.classes), raw.truth.wavenumber.size)


class PreprocessorSuite(ComponentSuite[Preprocessor]):
    """A step that treats each spectrum by itself, and changes none that it is handed."""

    family = Family.PREPROCESSOR

    def block(self) -> Block:
        """Counts on a background, (12, 200), on an axis from 400 with a step of 4."""
        spectra = planted_spectra((30, 90, 150), per_class=4, channels=200, first=400, step=4)
        heights = np.linspace(200, 4000, 12)[:, None]
        counts = 500 + heights * (spectra.intensity + np.linspace(0.5, 0.1, 200))
        return Block(frozen(spectra.wavenumber), frozen(counts), np.arange(12))

    def transformed(self, rows: slice = slice(None), times: float = 1.0) -> tuple[Floats, Floats]:
        """Axis and intensities afterwards, held to the contract."""
        block, step = self.block(), self.made()
        some = replace(block, intensity=frozen(times * block.intensity[rows]), rows=block.rows[rows])
        done = checked_step(step, some, step.transform(some.wavenumber, some.intensity))
        return done.wavenumber, done.intensity

    def test_its_result_is_finite_on_an_ascending_axis(self) -> None:
        self.transformed()

    def test_a_spectrum_is_treated_by_itself(self) -> None:
        axis, together = self.transformed()
        axis_of_one, alone = self.transformed(slice(5, 6))
        np.testing.assert_array_equal(axis_of_one, axis)
        np.testing.assert_allclose(alone[0], together[5], rtol=1e-9, atol=1e-9 * np.abs(together[5]).max())

    def test_it_repeats(self) -> None:
        np.testing.assert_array_equal(self.transformed()[1], self.transformed()[1])

    def test_heights_can_still_be_compared_if_it_says_so(self) -> None:
        once, twice = self.transformed()[1], self.transformed(times=2)[1]
        higher = np.ptp(twice, axis=1) > 1.5 * np.ptp(once, axis=1)
        assert bool(higher.all()) == self.made().keeps_scale, (
            "`keeps_scale` says whether a spectrum of twice the counts is still about twice as high"
        )


class SplitterSuite(ComponentSuite[Splitter]):
    """Training, validation and test rows that are apart, repeat, and keep groups together."""

    family = Family.SPLITTER
    groups: ClassVar[bool] = True
    """Whether it can split spectra in groups; a run of one that would part them is refused."""

    def spectra(self) -> Spectra:
        """Three classes of sixteen, in groups of two that have a role, with signals from 0.1 to 1."""
        spectra = planted_spectra(per_class=16)
        pairs = np.arange(len(spectra)) // 2
        samples = replace(
            spectra.samples,
            groups=tuple(f"tablet {pair}" for pair in pairs) if self.groups else None,
            roles=tuple("test" if pair % 4 == 3 else "train" for pair in pairs),
        )
        signal = np.tile(np.linspace(0.1, 1, 16), 3)
        return replace(spectra, samples=samples, signal=signal)

    def split(self, seed: int = 0) -> Split:
        """A split, held to the contract: its parts are apart, and groups are kept together."""
        spectra, splitter = self.spectra(), self.made()
        split = splitter.split(SplitTask(spectra, np.random.default_rng(seed)))
        return checked_split(splitter, split, spectra.samples)

    def test_its_parts_are_apart_and_keep_groups_together(self) -> None:
        self.split()

    def test_the_same_seed_gives_the_same_split(self) -> None:
        first, again = self.split(3), self.split(3)
        for one, other in zip(_parts(first), _parts(again), strict=True):
            np.testing.assert_array_equal(one, other)


def _parts(split: Split) -> list[np.ndarray]:
    return [split.train, split.test, *(rows for fold in split.folds for rows in fold)]
