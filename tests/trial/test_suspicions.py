"""What looks wrong in spectra is said before anything is fitted, and nothing is said of sound ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raman_xp.components import Split
from raman_xp.spectra import About, Block, RawSpectra, Samples
from raman_xp.testing import Project
from raman_xp.trial.suspicions import duplicates_of, split_warnings, warnings_of

AXIS = 400 + 2.0 * np.arange(50)


def raw(intensity: np.ndarray, labels=None) -> RawSpectra:
    n = len(intensity)
    labels = np.arange(n) % 2 if labels is None else np.array(labels)
    samples = Samples(("a", "b"), labels, tuple(f"line {row + 2}" for row in range(n)))
    return RawSpectra((Block(AXIS, intensity, np.arange(n)),), samples, About("random"))


def counts(n: int = 12) -> np.ndarray:
    return np.random.default_rng(0).uniform(100, 60_000, (n, 50)).round(1)


def told(spectra: RawSpectra) -> list[str]:
    return list(warnings_of(spectra, duplicates_of(spectra)))


def test_sound_spectra_are_not_suspected():
    spectra = raw(counts())
    assert duplicates_of(spectra) == []
    assert told(spectra) == []


def test_copies_are_found_across_precision_and_blocks_but_not_across_axes():
    intensity = counts(6)
    half = Block(AXIS, intensity[:3].astype(np.float64), np.array([0, 2, 4]))
    copies = Block(AXIS, intensity[[1, 1, 2]].astype(np.float32), np.array([1, 3, 5]))
    spectra = replace(raw(intensity), blocks=(half, copies))
    assert [same.tolist() for same in duplicates_of(spectra)] == [[1, 2, 3], [4, 5]]
    elsewhere = replace(spectra, blocks=(half, replace(copies, wavenumber=AXIS + 1)))
    assert [same.tolist() for same in duplicates_of(elsewhere)] == [[1, 3]]


def test_one_spectrum_under_two_classes_is_named_with_both():
    intensity = counts(6)
    intensity[3] = intensity[0]
    (line,) = told(raw(intensity))
    assert line == (
        "1 spectrum appears under two classes, with the same intensities: line 2 = line 5 (a and b). "
        "At least one label is wrong; correct it or remove the rows"
    )


def test_copies_on_both_sides_of_a_split_are_counted_on_the_test_side():
    samples = raw(counts(8)).samples
    duplicates = [np.array([0, 4, 5]), np.array([1, 2]), np.array([6, 7])]
    train, test = np.array([0, 1, 2, 3]), np.array([4, 5, 6, 7])
    folds = ((np.array([0, 1, 3]), np.array([2])), (np.array([2, 3]), np.array([0, 1])))
    tested, folded = split_warnings(samples, Split(train, test, folds), duplicates)
    assert tested.startswith(
        "2 test spectra are identical to training spectra (line 2 = line 6 = line 7): the test accuracy takes"
    )
    assert folded.startswith("1 set of identical spectra (line 3 = line 4) are both trained on and held out")
    assert list(split_warnings(samples, Split(train, test[2:]), duplicates)) == []


@pytest.mark.parametrize("full", [1023, 4095, 16383, 65535, 65536])
def test_spectra_that_end_at_the_full_scale_of_a_converter_are_saturated(full):
    intensity = counts() / 60_000 * (full - 1)
    intensity[3:7, 20] = intensity[5, 21] = full
    (line,) = told(raw(intensity))
    assert line.startswith(f"4 of 12 spectra reach {full}, the highest value of all, at 440, 442 (cm⁻¹): the")


def test_every_spectrum_may_be_saturated():
    intensity = counts()
    intensity[:, 10] = 65535
    assert told(raw(intensity))[0].startswith("12 of 12 spectra reach 65535")


def test_flat_tops_at_any_value_are_saturated():
    assert (
        "6 of 12 spectra reach 42000"
        in told(raw(np.vstack([np.minimum(counts(6), 4.2e4), counts(6) / 9])))[0]
    )


@pytest.mark.parametrize("scale", [1.0, 100.0, 65535.5])
def test_spectra_divided_by_their_maximum_are_not_suspected(scale):
    intensity = counts()
    assert told(raw(scale * intensity / intensity.max(axis=1, keepdims=True))) == []


def test_counts_that_meet_by_chance_are_not_suspected():
    intensity = np.random.default_rng(0).poisson(3, (200, 50)).astype(float)
    assert told(raw(intensity + np.arange(200)[:, None] % 7)) == []


def test_check_and_run_print_warnings_with_the_plan_and_the_run_keeps_them(stored: Project):
    table = stored.folder / "tiny.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], *[line for line in lines[1:] for _ in range(2)]]))
    stored.spec(
        """
        name: twice
        data: {use: pharma_csv, path: tiny.csv}
        split: {use: stratified, test: 0.4, folds: 2}
        model: {use: pca_svm, components: 2, C: 1}
        pictures: false
        """
    )
    words = ("test spectra are identical", "both trained on and held", "Remove the")
    checked = stored.check().assert_success()
    ran = stored.run().assert_success()
    for word in words:
        assert word in " ".join(checked.stdout.split())
        assert word in " ".join(ran.stdout.split())
        assert word in stored.artifact("data.txt").decode()


def test_what_was_read_is_printed_also_where_the_split_refuses(stored: Project):
    for ran in (
        stored.check("tiny.yaml", "--set", "split.folds=50"),
        stored.run("tiny.yaml", "--set", "split.folds=50"),
    ):
        ran.assert_error("class A: has 6 spectra; 50 folds need at least 50 per class")
        said = " ".join(ran.stdout.split())
        assert said.startswith(
            "What was read data tiny wide layout, comma-separated, decimal point 30 spectra"
        )
        assert "400–526 cm⁻¹, 64 channels" in said
        assert "accuracy" not in said
        assert "%" not in said
    assert stored.runs() == []


def test_what_was_read_is_printed_once_for_all_trials_of_a_sweep(project: Project):
    sweep = "sweep={split.folds: [40, 50]}"
    ran = project.check("tiny.yaml", "--set", sweep).assert_error("50 folds", "40 folds")
    assert ran.stdout.count("What was read") == 1
