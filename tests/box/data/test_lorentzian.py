"""Synthetic lines: what is drawn, what is known of it, what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.components.contracts import checked_raw
from raman_xp.spectra import RawSpectra, Zone
from raman_xp.testing import Project
from raman_xp_plugins.data.line_shapes import Shape, line
from raman_xp_plugins.data.lorentzian import Lorentzian


def load(experiment: int = 0, **fields: object) -> RawSpectra:
    source = Lorentzian.model_validate(fields)
    return checked_raw(source, source.load(np.random.default_rng(experiment)))


def test_the_spectra_of_the_paper():
    raw = load()
    (block,) = raw.blocks
    assert block.intensity.shape == (120, 1024)
    assert raw.samples.classes == ("100", "500", "1000")
    assert [raw.samples.roles.count(role) for role in ("train", "test")] == [60, 60]
    x0 = np.array([100, 500, 1000])[raw.samples.labels, None]
    noise = block.intensity - 1 / (1 + ((np.arange(1024) - x0) / (4 / 2)) ** 2)  # Eq. 10
    assert 0.0249 < np.abs(noise).max() <= 0.025 + 1e-6  # means are float32
    assert abs(noise.mean()) < 1e-3
    assert abs(np.corrcoef(noise[0], noise[1])[0, 1]) < 0.15


def test_each_class_has_so_many_spectra_to_train_and_to_test():
    samples = load(train=3, test=5).samples
    counts = {(role, label): 0 for role in ("train", "test") for label in range(3)}
    for role, label in zip(samples.roles, samples.labels.tolist(), strict=True):
        counts[role, label] += 1
    assert counts == {(role, label): {"train": 3, "test": 5}[role] for role, label in counts}
    assert all(name.startswith(role) for name, role in zip(samples.names, samples.roles, strict=True))


@pytest.mark.parametrize("shape", list(Shape))
def test_a_line_is_half_as_high_at_half_its_width(shape):
    assert line(np.array([7.0, 10.0, 13.0]), 10, 6, shape, 0.3) == pytest.approx([0.5, 1.0, 0.5])


def test_shapes_differ_in_their_feet():
    feet = [float(line(np.array([10.0]), 0, 4, shape, 0.5)[0]) for shape in Shape]
    assert feet == pytest.approx([1 / 26, 2.0**-25, (1 / 26 + 2.0**-25) / 2])


def test_gaussian_noise_has_the_size_stated():
    (block,) = load(noise="gaussian", noise_size=0.1, test=100).blocks
    assert block.intensity[:, 200:400].std() == pytest.approx(0.1, rel=0.02)


class TestRandomness:
    def test_a_seed_repeats_and_another_differs(self):
        first, again, other = (load(seed, extra_peaks=2).blocks[0].intensity for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert (first != other).all(axis=1).all()

    def test_a_seed_of_its_own_goes_before_that_of_the_experiment(self):
        first, same = (load(seed, seed=9).blocks[0].intensity for seed in (1, 2))
        np.testing.assert_array_equal(first, same)
        assert (first != load(1).blocks[0].intensity).any()

    def test_more_to_train_leave_the_test_as_it_is_and_add_to_the_rest(self):
        few, many = load(train=5, extra_peaks=2), load(train=9, extra_peaks=2)
        spectra = {
            number: dict(zip(raw.samples.names, raw.blocks[0].intensity, strict=True))
            for number, raw in ((5, few), (9, many))
        }
        assert len(spectra[9]) - len(spectra[5]) == 12
        for name, intensity in spectra[5].items():
            np.testing.assert_array_equal(intensity, spectra[9][name])


class TestTruth:
    def test_lines_of_a_class_are_its_own_shared_or_a_rivals(self):
        raw = load(peaks={"a": [100, {"at": 300, "height": 0.4, "fwhm": 8}], "b": [300, 700]})
        zones = raw.truth.zones(raw.truth.wavenumber, raw.samples.classes)
        assert zones[:, 100].tolist() == [Zone.UNIQUE, Zone.RIVAL]
        assert zones[:, 300].tolist() == [Zone.RIVAL, Zone.UNIQUE]
        assert zones[:, 700].tolist() == [Zone.RIVAL, Zone.UNIQUE]
        assert zones[:, 500].tolist() == [Zone.BACKGROUND] * 2
        assert [(band.position, band.intensity, band.fwhm) for band in raw.truth.bands["a"]] == [
            (100, 1, 4),
            (300, 0.4, 8),
        ]
        raw = load(peaks={"a": [100, 300], "b": [300, 700]})
        assert (raw.truth.zones(raw.truth.wavenumber, raw.samples.classes)[:, 300] == Zone.SHARED).all()

    def test_random_lines_are_distractors_in_their_spectrum(self):
        raw = load(extra_peaks=3, noise_size=0, extra_height=[0.5, 2.0])
        (block,) = raw.blocks
        contents = raw.truth.contents
        np.testing.assert_allclose(block.intensity, contents.own + contents.other, rtol=1e-6)
        x = raw.truth.wavenumber
        zones = raw.truth.zones(x, raw.samples.classes)[raw.samples.labels]
        here = raw.truth.zones_of_rows(x, zones)
        for row in range(len(raw.samples)):
            strongest = contents.other[row].argmax()
            if contents.own[row, strongest] < 0.1:
                assert here[row, strongest] == Zone.DISTRACTOR
        untouched = contents.other < 0.01
        np.testing.assert_array_equal(here[untouched], zones[untouched])

    def test_a_random_line_on_that_of_the_class_is_shared(self):
        raw = load(extra_peaks=1, noise_size=0, test=400)
        zones = raw.truth.zones(raw.truth.wavenumber, raw.samples.classes)[raw.samples.labels]
        here = raw.truth.zones_of_rows(raw.truth.wavenumber, zones)
        x0 = np.array([100, 500, 1000])[raw.samples.labels]
        there = raw.truth.contents.other[np.arange(len(x0)), x0]
        at_peak = here[np.arange(len(x0)), x0]
        assert (at_peak[there > 0.51] == Zone.SHARED).all()
        assert (there > 0.51).any()
        assert (at_peak[there < 0.49] == Zone.UNIQUE).all()

    def test_it_goes_with_its_rows(self):
        raw = load(extra_peaks=1)
        taken = raw.truth.take(np.array([7, 3])).contents
        np.testing.assert_array_equal(taken.other, raw.truth.contents.other[[7, 3]])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("peaks={a: [100, 1024], b: [50]}", "peaks: a: 1024 is outside the channels, 0 to 1023"),
        ("peaks={a: [100, 102], b: [50]}", "peaks: a: 100 and 102 overlap; 4 apart (FWHM) at least"),
        (
            "peaks={a: [100], b: [103]}",
            "peaks: 100 of a and 103 of b overlap; share one channel, or put them 4 apart (FWHM) at least",
        ),
        ("peaks={a: [100, 200], b: [200, 100]}", "peaks: a and b have the same; nothing tells them apart"),
        ("peaks={a: [100], b: [{at: 100, fwhm: 4, height: 3}]}", "a and b have the same; nothing tells them"),
        ("peaks={a: [100]}", "at least 2 items"),
        ("peaks={a: [100], b: []}", "at least 1 item"),
        ("fwhm=0", "greater than or equal to 0.01"),
        ("peaks={a: [{at: 100, fwhm: -1}], b: [7]}", "greater than or equal to 0.01"),
        ("extra_height=[2, 1]", "extra_height: 2 is above 1"),
        ("noise_size=-0.1", "greater than or equal to 0"),
        ("channels=4", "greater than or equal to 8"),
        ("shape=lorenzian", "'lorentzian', 'gaussian' or 'pseudo_voigt'"),
    ],
)
def test_what_cannot_be_is_told_before_anything_runs(project: Project, setting, message):
    (project.folder / "lines.yaml").write_text(
        "name: lines\ndata: {use: lorentzian}\nsplit: {use: given}\nmodel: {use: shallow_cnn}\n"
    )
    result = project.invoke("run", "lines.yaml", "--set", f"data.{setting}")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (project.folder / "mlflow.db").exists()
