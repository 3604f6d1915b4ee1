"""Pictures of many classes are bounded in number and size, and say which classes they show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from linear_trial import Contrast, prepared, spectra, trial
from raman_xp.components import Split
from raman_xp.figures.choice import MOST_IN_MATRIX, MOST_SINGLE, PAGES, PANELS, choose, pages
from raman_xp.figures.examples import examples_of
from raman_xp.figures.maps import draw_overview
from raman_xp.figures.results import confusion, draw_confusion
from raman_xp.results import UnitResult
from raman_xp.spec.experiment import Header
from raman_xp.spectra import Samples
from raman_xp.system.files import TemporaryFolder
from raman_xp.trial.fit import draw_unit, explain_unit, fit_unit
from raman_xp.trial.preparation import Prepared
from raman_xp_plugins.figures.class_spectra import ClassSpectra
from raman_xp_plugins.figures.overlay import Overlay

MOST_PIXELS = 6e6
"""Of one picture."""


class TestChoice:
    labels = np.array([0, 1, 2, 2, 3, 4, 5, 5])
    predicted = np.array([0, 4, 3, 3, 3, 4, 5, 1])

    def test_few_classes_are_all_chosen(self):
        choice = choose(range(6), self.labels, self.predicted, 6)
        assert (choice.labels, choice.note) == ((0, 1, 2, 3, 4, 5), "")

    def test_of_many_classes_both_of_the_most_frequent_mistake_are_chosen(self):
        choice = choose(range(6), self.labels, self.predicted, 2)
        assert (choice.labels, choice.note) == ((2, 3), "the 2 most confused of 6 classes")

    def test_where_mistakes_are_few_the_first_classes_are_chosen_as_well(self):
        assert choose(range(9), self.labels, self.predicted, 7).labels == (0, 1, 2, 3, 4, 5, 6)

    def test_without_mistakes_the_first_classes_are_chosen(self):
        choice = choose(range(6), self.labels, self.labels, 3)
        assert (choice.labels, choice.note) == ((0, 1, 2), "the 3 first of 6 classes")

    def test_classes_that_are_no_candidates_are_not_chosen(self):
        assert choose([0, 1, 4, 5], self.labels, self.predicted, 3).labels == (1, 4, 5)

    def test_items_are_divided_among_pages_of_nearly_equal_length(self):
        lengths = [len(page.items) for page in pages(range(PANELS + 1))]
        assert lengths == [PANELS // 2, PANELS // 2 + 1]
        assert [page.note for page in pages(range(PANELS + 1))] == ["page 1 of 2", "page 2 of 2"]
        assert [page.file("x") for page in pages(range(PANELS + 1))] == ["x", "x_page_2"]

    def test_few_items_are_one_page_that_says_nothing(self):
        (page,) = pages(range(PANELS))
        assert (page.items, page.note) == (tuple(range(PANELS)), "")

    def test_pages_are_bounded(self):
        shown = list(pages(range(1000)))
        assert len(shown) == PAGES
        assert [item for page in shown for item in page.items] == list(range(PAGES * PANELS))


def test_a_confusion_matrix_counts_the_other_classes_together():
    labels = np.array([0, 0, 1, 2, 3, 3, 3])
    predicted = np.array([0, 3, 2, 2, 0, 3, 2])
    counts = confusion([0, 3], labels, predicted)
    assert counts.tolist() == [[1, 1, 0], [1, 1, 1], [0, 0, 0]]
    assert confusion([0, 1, 2, 3], labels, predicted)[:4, :4].sum() == 7


def test_a_confusion_matrix_of_a_thousand_classes_is_as_large_as_one_of_thirty(tmp_path: Path):
    labels = np.arange(1000)
    draw_confusion(tmp_path / "x.png", [f"class {label}" for label in labels], labels, np.roll(labels, 1))
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.width * picture.height < MOST_PIXELS
    text = (tmp_path / "x.svg").read_text()
    assert text.count("class ") == 2 * MOST_IN_MATRIX
    assert "the 30 most confused of 1000 classes" in text
    assert "any other" in text


def many(classes: int) -> Prepared:
    """Three spectra of each class: one tests."""
    one = spectra(per_class=3).take(np.arange(3))
    rows = np.arange(3 * classes)
    values = np.random.default_rng(0).random((3 * classes, one.channels), dtype=np.float32)
    names = tuple(f"substance {number}" for number in range(classes))
    samples = Samples(names, rows % classes, tuple(f"line {row}" for row in rows))
    whole = replace(one, intensity=values, signal=values.max(axis=1), samples=samples, truth=None)
    ready = prepared(whole)
    return replace(ready, split=Split(rows[classes:], rows[:classes], ()))


@pytest.fixture(scope="module")
def drawn() -> tuple[UnitResult, dict[str, bytes], TemporaryFolder]:
    """The pictures of a trial with 300 classes."""
    figures = (ClassSpectra(), Overlay())
    some = trial(header=Header(pictures=True), explainers=(Contrast(),), figures=figures)
    ready = many(300)
    fit = fit_unit(some, ready, None, "a key", lambda *step: None)
    result = explain_unit(some, ready, fit, lambda *step: None)
    files: dict[str, bytes] = {}
    for group in result.pictures:
        done = draw_unit(some, ready, result, group, lambda *step: None)
        assert not done.missing
        files |= done.files
    folder = TemporaryFolder()
    for name, content in files.items():
        (folder.path / name.replace("/", " ")).write_bytes(content)
    return result, files, folder


def test_pictures_are_bounded_in_number(drawn):
    result, files, _ = drawn
    of_maps = [name for name in files if name.startswith("maps/")]
    assert len(of_maps) == PAGES + MOST_SINGLE
    assert sum(map(len, result.pictures)) == 3 + PAGES + MOST_SINGLE + 2
    names = {name.removeprefix("figures/") for name in files if name.startswith("figures/")}
    for figure in ("class_spectra", "overlay"):
        pngs = {name for name in names if name.startswith(figure) and name.endswith(".png")}
        assert pngs == {f"{figure}.png", *(f"{figure}_page_{page}.png" for page in (2, 3, 4))}


def test_pictures_are_bounded_in_pixels(drawn):
    *_, folder = drawn
    for path in folder.path.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width * picture.height < MOST_PIXELS, path.name


def test_pictures_say_which_classes_they_show(drawn):
    *_, folder = drawn
    for name, told in {
        "figures preprocessing.svg": "12 of 300 classes",
        "figures confusion.svg": "the 30 most confused of 300 classes",
        "figures class_spectra_page_2.svg": "the 120 most confused of 300 classes, page 2 of 4",
        "figures overlay.svg": "the 48 most confused of 300 classes, page 1 of 4",
    }.items():
        assert told in (folder.path / name).read_text(), name


def test_a_page_of_maps_says_which_classes_it_shows(drawn, tmp_path):
    result, files, _ = drawn
    test = many(300).spectra.take(result.rows)
    maps, examples = (
        result.maps["contrast"].about(result.logits.argmax(axis=1)),
        list(examples_of(test, result)),
    )
    choice = choose(range(300), test.labels, result.logits.argmax(axis=1), PANELS * PAGES)
    shown = [examples[label] for label in choice.labels[PANELS : 2 * PANELS]]
    note = "the 48 most confused of 300 classes, page 2 of 4"
    bands = result.evaluation.bands["contrast"]
    draw_overview(tmp_path / "page.png", "contrast", test, maps, shown, bands, note)
    assert files["maps/contrast/overview_page_2.png"] == (tmp_path / "page.png").read_bytes()
