"""Which pictures a trial has, and what becomes of those that cannot be drawn."""

from __future__ import annotations

import traceback
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from linear_trial import Contrast, Note, Products, prepared, spectra, trial, whole
from raman_xp.errors import ComponentError
from raman_xp.figures.examples import examples_of
from raman_xp.figures.maps import draw_class_map, draw_overview
from raman_xp.results import Drawn, MissingPicture, UnitResult
from raman_xp.spec.experiment import Header, Trial
from raman_xp.trial.fit import draw_unit, explain_unit, fit_unit
from raman_xp.trial.pictures import add_files, drawn_into
from raman_xp.trial.preparation import Prepared

DRAWN = Header(name="linear", seed=7, threads=3, pictures=True)


def silent(step: str, done: int, total: int) -> None:
    pass


def explained(some: Trial, of: Prepared | None = None) -> UnitResult:
    """The final fit of a trial, with maps."""
    ready = of or prepared()
    return explain_unit(some, ready, fit_unit(some, ready, None, "a key", silent), silent)


def drawn(some: Trial) -> Drawn:
    """All pictures of a trial, drawn in one unit of work."""
    result = explained(some)
    return draw_unit(some, prepared(), result, [name for group in result.pictures for name in group], silent)


@pytest.fixture(scope="module")
def result() -> UnitResult:
    """A trial with pictures and two figures."""
    figures = (Note(id="one"), Note(id="two", file="more/two.txt"))
    return whole(trial(header=DRAWN, figures=figures), prepared())


def names(result: UnitResult, folder: str) -> set[str]:
    """Files of a folder, without those for print."""
    return {
        name.removeprefix(f"{folder}/")
        for name in result.files
        if name.startswith(f"{folder}/") and not name.endswith(".svg")
    }


def test_each_explainer_has_a_picture_of_each_class_and_one_of_all(result):
    for label in ("products", "contrast"):
        pictures = {"at 19.png", "at 31.png", "at 6.png", "overview.png"}
        assert names(result, f"maps/{label}") == {*pictures, "maps.npz"}


def test_pictures_of_every_run_and_figures_of_the_spec_are_together(result):
    pictures = {"preprocessing.png", "confusion.png", "accuracy_by_signal.png"}
    assert names(result, "figures") == pictures | {"note.txt", "more/two.txt"}


def test_pictures_of_one_explainer_are_drawn_together_and_so_are_figures(result):
    every_run, products, contrast, figures = result.pictures
    assert every_run == (
        "figures/preprocessing.png",
        "figures/confusion.png",
        "figures/accuracy_by_signal.png",
    )
    classes = ("overview", "at 6", "at 19", "at 31")
    assert products == tuple(f"maps/products/{name}.png" for name in classes)
    assert contrast == tuple(f"maps/contrast/{name}.png" for name in classes)
    assert figures == ("figures/one", "figures/two")


def test_a_figure_is_given_the_whole_trial(result):
    assert result.files["figures/note.txt"].decode() == "24 24 4 18 Means products contrast "


def test_none_are_drawn_where_none_are_wanted():
    assert explained(trial(figures=(Note(),))).pictures == ()


class Drawing(Note):
    name: ClassVar = "drawing"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "a/aux.png",
            "drew a file that is refused: 'a/aux.png' cannot be written below a folder: "
            "Windows reserves this name",
        ),
        ("taken.png", "drew taken.png, as another figure has; give one of them another id"),
    ],
)
def test_a_figure_may_not_draw_what_cannot_be_kept(tmp_path, name, message):
    (tmp_path / "drawn" / name).parent.mkdir(parents=True)
    (tmp_path / "drawn" / name).write_bytes(b"new")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "taken.png").write_bytes(b"old")
    with pytest.raises(ComponentError) as caught:
        add_files(Drawing(), tmp_path / "drawn", tmp_path / "kept")
    assert str(caught.value) == f"drawing (test_pictures) {message}"
    assert (tmp_path / "kept" / "taken.png").read_bytes() == b"old"


def test_all_that_a_figure_has_drawn_is_kept(tmp_path):
    (tmp_path / "drawn" / "a").mkdir(parents=True)
    (tmp_path / "drawn" / "a" / "b.svg").write_bytes(b"b")
    (tmp_path / "drawn" / "c.png").write_bytes(b"c")
    (tmp_path / "kept").mkdir()
    add_files(Drawing(), tmp_path / "drawn", tmp_path / "kept")
    assert (tmp_path / "kept" / "a" / "b.svg").read_bytes() == b"b"
    assert (tmp_path / "kept" / "c.png").read_bytes() == b"c"


class Broke(Note):
    """A figure that fails."""

    name: ClassVar = "broke"
    error: ClassVar[Exception] = MemoryError()

    def draw(self, task):
        (task.folder / "half.png").write_bytes(b"half")
        raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "MemoryError"),
        (np.zeros, "MemoryError: Unable to allocate"),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
        (RuntimeError("out of ink"), "RuntimeError: out of ink"),
    ],
    ids=["memory", "memory of an array", "disk", "any other"],
)
def test_a_picture_that_cannot_be_drawn_costs_itself_only(monkeypatch, error, reason):
    if error is np.zeros:
        with pytest.raises(MemoryError) as caught:
            np.zeros(2**55)
        error = caught.value
    monkeypatch.setattr(Broke, "error", error)
    some = trial(header=DRAWN, figures=(Broke(), Note()), explainers=())
    done = drawn(some)
    (missing,) = done.missing
    assert missing.name == "figures/broke"
    assert reason in missing.reason
    assert "in draw" in missing.details
    pictures = {"preprocessing.png", "confusion.png", "accuracy_by_signal.png", "note.txt"}
    files = {name for name in done.files if not name.endswith(".svg")}
    assert files == {f"figures/{name}" for name in pictures}


def test_a_failing_figure_is_named():
    (missing,) = drawn(trial(header=DRAWN, figures=(Broke(),), explainers=())).missing
    assert missing.reason.startswith("broke (test_pictures) failed to draw (test_pictures.py, line ")


def test_a_class_called_overview_has_a_picture_beside_the_overview():
    some = spectra()
    classes = ("overview", *some.classes[1:])
    truth = replace(some.truth, means=dict(zip(classes, some.truth.means.values(), strict=True)), bands={})
    ready = prepared(replace(some, samples=replace(some.samples, classes=classes), truth=truth))
    result = whole(trial(header=DRAWN, explainers=(Contrast(),)), ready)
    pictures = names(result, "maps/contrast")
    assert pictures == {"at 19.png", "at 31.png", "overview 2.png", "overview.png", "maps.npz"}


def test_of_two_figures_that_draw_the_same_file_the_second_is_missing():
    figures = (Note(id="one"), Drawing(id="two"))
    done = drawn(trial(header=DRAWN, figures=figures, explainers=()))
    (missing,) = done.missing
    assert missing.name == "figures/two"
    assert missing.reason == (
        "drawing (test_pictures) drew note.txt, as another figure has; give one of them another id"
    )
    assert done.files["figures/note.txt"].decode().startswith("24 24 4 18 Means")


def test_each_picture_shows_maps_and_bands_of_its_explainer_and_class(tmp_path):
    explainers = (Products(id="own_products"), Contrast(id="own_contrast"))
    some = trial(header=DRAWN, explainers=explainers)
    result = explained(some)
    done = draw_unit(some, prepared(), result, [*result.pictures[1], *result.pictures[2]], silent)
    test = prepared().spectra.take(result.rows)
    examples = list(examples_of(test, result))
    for id, title in (("own_products", "own products"), ("own_contrast", "own contrast")):
        maps, bands = result.maps[id].about(result.logits.argmax(axis=1)), result.evaluation.bands[id]
        assert any(bands.values())
        draw_overview(tmp_path / "overview.png", title, test, maps, examples, bands)
        assert done.files[f"maps/{id}/overview.png"] == (tmp_path / "overview.png").read_bytes()
        for example in examples:
            name = test.classes[example.label]
            draw_class_map(tmp_path / "class.png", title, test, maps, example, bands.get(name, ()))
            assert done.files[f"maps/{id}/{name}.png"] == (tmp_path / "class.png").read_bytes()


@pytest.mark.parametrize("notes", [[], ["what the figure", " saw"]])
def test_a_missing_picture_keeps_all_that_is_known_of_the_error(tmp_path, notes):
    (tmp_path / "scratch").mkdir()
    error = OSError(28, "No space left on device")
    for note in notes:
        error.add_note(note)

    def draw(folder):
        raise error

    missing = drawn_into(tmp_path, tmp_path / "scratch", "maps/a.png", draw)
    expected = "".join(notes or traceback.format_exception(error))
    assert missing == MissingPicture("maps/a.png", "OSError: [Errno 28] No space left on device", expected)
