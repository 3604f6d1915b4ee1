"""The files of a trial: what stands in each table, and which pictures are drawn."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from linear_trial import Contrast, MeansModel, Note, prepared, spectra, trial
from raman_xp.artifacts import (
    add_files,
    write_artifacts,
    write_predictions,
    write_split,
)
from raman_xp.components import FitTask
from raman_xp.errors import ComponentError
from raman_xp.evaluation import Accuracy, Evaluation, MapBand, SignalBin
from raman_xp.map_files import read_maps, write_maps
from raman_xp.maps import Maps
from raman_xp.preparation import Prepared
from raman_xp.results import UnitResult
from raman_xp.seeds import Seeds
from raman_xp.spec.experiment import Header
from raman_xp.spectra import About, Zone
from raman_xp.unit import run_unit

LOGITS = np.log(np.array([[8, 1, 1], [1, 2, 1], [2, 1, 1], [1, 1, 2]], dtype=np.float32))
"""Of the four test spectra, whose labels are 0, 1, 2, 0: probabilities are these by their sums."""
EVALUATION = Evaluation(
    test=Accuracy(2, 4),
    by_signal=(SignalBin(0.25, 0.5, Accuracy(1, 2)), SignalBin(0.6, 1.0, Accuracy(3, 3))),
    bands={
        "products": {
            "at 6": [MapBand(415.0, 1.0, Zone.UNIQUE), MapBand(447.51234567, 1 / 3, Zone.RIVAL)],
            "at 19": [],
        },
        "contrast": {"at 31": [MapBand(477.5, 1.0, None), MapBand(400.0, 0.5, Zone.BACKGROUND)]},
    },
    scores={
        "height": {"products": (1.5, None, 0.25), "contrast": (1.0, 2.0, 3.0)},
        "width": {"products": (4.0, None, None)},
    },
)


def result() -> UnitResult:
    rows = prepared().split.test
    return UnitResult("a key", None, rows, spectra().labels[rows], LOGITS, {}, {}, evaluation=EVALUATION)


def written(folder: Path, prepared: Prepared, result: UnitResult, **parts) -> list[tuple[int, int]]:
    """Write everything into a folder, and return what was reported of the pictures."""
    some = trial(**parts)
    train = prepared.spectra.take(prepared.split.train)
    model = MeansModel().fit(FitTask(train, None, Seeds(0)))
    reported: list[tuple[int, int]] = []
    evaluation = result.evaluation or EVALUATION
    write_artifacts(
        folder, some, prepared, model, result, evaluation, lambda *numbers: reported.append(numbers)
    )
    return reported


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def test_the_split_tells_of_each_spectrum_where_it_is(tmp_path):
    write_split(tmp_path / "split.csv", prepared())
    some = spectra()
    lines = ["spectrum,class,group,part,held_out_in_fold,signal"]
    for row in range(24):
        part = "train" if row < 18 else "test" if row < 22 else "unused"
        fold = "" if row >= 18 else "2" if row < 9 else "1"
        name = some.classes[some.labels[row]]
        lines.append(f"line {row + 2},{name},g{row // 6},{part},{fold},{some.signal[row]:.6g}")
    assert text(tmp_path / "split.csv") == "\n".join(lines) + "\n"


def test_folds_have_numbers_of_two_digits(tmp_path):
    some = prepared()
    folds = tuple((some.split.train[:1], some.split.train[row : row + 1]) for row in range(12))
    write_split(tmp_path / "split.csv", replace(some, split=replace(some.split, folds=folds)))
    held_out = [line.split(",")[4] for line in text(tmp_path / "split.csv").splitlines()[1:14]]
    assert held_out == [*map(str, range(1, 13)), ""]


def test_without_groups_their_column_is_empty(tmp_path):
    some = spectra()
    write_split(tmp_path / "split.csv", prepared(replace(some, samples=replace(some.samples, groups=None))))
    assert text(tmp_path / "split.csv").splitlines()[1] == "line 2,at 6,,train,2,1"


def test_predictions_tell_true_and_predicted_class_and_all_probabilities(tmp_path):
    write_predictions(tmp_path / "predictions.csv", prepared(), result())
    signal = [f"{each:.6g}" for each in spectra().signal[18:22]]
    assert text(tmp_path / "predictions.csv").splitlines() == [
        "spectrum,true,predicted,correct,signal,p_at 6,p_at 19,p_at 31",
        f"line 20,at 6,at 6,1,{signal[0]},0.8,0.1,0.1",
        f"line 21,at 19,at 19,1,{signal[1]},0.25,0.5,0.25",
        f"line 22,at 31,at 6,0,{signal[2]},0.5,0.25,0.25",
        f"line 23,at 6,at 31,0,{signal[3]},0.25,0.25,0.5",
    ]


def test_what_maps_amount_to_is_tabulated(tmp_path):
    written(tmp_path, prepared(), result())
    assert text(tmp_path / "bands.csv").splitlines() == [
        "explainer,class,rank,position,height,zone",
        "products,at 6,1,415,1,unique",
        "products,at 6,2,447.512,0.333333,rival",
        "contrast,at 31,1,477.5,1,",
        "contrast,at 31,2,400,0.5,background",
    ]
    assert text(tmp_path / "map_scores.csv").splitlines() == [
        "score,explainer,class,value",
        "height,products,at 6,1.5",
        "height,products,at 19,",
        "height,products,at 31,0.25",
        "height,contrast,at 6,1",
        "height,contrast,at 19,2",
        "height,contrast,at 31,3",
        "width,products,at 6,4",
        "width,products,at 19,",
        "width,products,at 31,",
    ]
    assert text(tmp_path / "accuracy_by_signal.csv").splitlines() == [
        "signal_from,signal_to,spectra,correct,accuracy,low,high",
        "0.25,0.5,2,1,0.5,0.0945312,0.905469",
        "0.6,1,3,3,1,0.438503,1",
    ]


@pytest.mark.parametrize(
    ("about", "lines"),
    [
        (About("A title"), ["A title", "Read as:"]),
        (
            About("A title", "Some words.", True, "a.csv", ("wide", "comma"), ("gap", "dust"), licence="CC0"),
            [
                "A title",
                "SIMULATED, not measured",
                "Some words.",
                "CC0",
                "Read as:",
                "wide",
                "comma",
                "Warning: gap",
                "Warning: dust",
            ],
        ),
        (About("Ä title", licence="© me"), ["Ä title", "© me", "Read as:"]),
    ],
)
def test_the_data_are_described_in_words(tmp_path, about, lines):
    some = prepared()
    written(tmp_path, replace(some, raw=replace(some.raw, about=about)), result())
    assert text(tmp_path / "data.txt") == "\n".join(lines) + "\n"


class TestMaps:
    def maps(self, **fields) -> Maps:
        rows = fields.pop("rows", 4)
        values = np.arange(40.0 * rows).reshape(rows, 40)
        return Maps(values, np.arange(rows) % 3, **fields)

    def arrays(self, maps: Maps, folder: Path) -> dict[str, np.ndarray]:
        path = folder / "maps" / "a" / "maps.npz"
        write_maps(path, spectra().take(np.arange(18, 22)), maps)
        with np.load(path) as file:
            return dict(file)

    def test_a_file_of_maps_tells_what_each_row_is(self, tmp_path):
        maps = self.maps()
        arrays = self.arrays(maps, tmp_path)
        expected = {
            "wavenumber": 400 + 2.5 * np.arange(40),
            "unit": "channel",
            "maps": maps.values,
            "targets": [0, 1, 2, 0],
            "per": "spectrum",
            "classes": ["at 6", "at 19", "at 31"],
            "spectra": ["line 20", "line 21", "line 22", "line 23"],
            "true": [0, 1, 2, 0],
            "extent": [0, 39],
            "signed": True,
            "resolution": 1.0,
            "warnings": "{}",
        }
        assert list(arrays) == list(expected)
        for name, value in expected.items():
            np.testing.assert_array_equal(arrays[name], value)

    def test_maps_of_several_classes_name_their_spectrum_each_time(self, tmp_path):
        arrays = self.arrays(self.maps(rows=8), tmp_path)
        assert arrays["spectra"].tolist() == [f"line {row}" for row in (20, 20, 21, 21, 22, 22, 23, 23)]
        assert arrays["true"].tolist() == [0, 0, 1, 1, 2, 2, 0, 0]

    def test_maps_of_classes_go_with_all_spectra(self, tmp_path):
        arrays = self.arrays(self.maps(rows=3, per="class"), tmp_path)
        assert arrays["spectra"].tolist() == ["line 20", "line 21", "line 22", "line 23"]
        assert arrays["per"] == "class"

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"per": "class", "rows": 3, "signed": False, "resolution": 3.5, "extent": (4, 30)},
            {"warnings": {"a map is empty": 2}},
        ],
    )
    def test_maps_are_read_as_they_were_written(self, tmp_path, fields):
        maps = self.maps(**fields)
        self.arrays(maps, tmp_path)
        read = read_maps((tmp_path / "maps" / "a" / "maps.npz").read_bytes())
        np.testing.assert_array_equal(read.values, maps.values)
        np.testing.assert_array_equal(read.targets, maps.targets)
        assert (read.per, read.signed, read.resolution) == (maps.per, maps.signed, maps.resolution)
        assert read.extent == (maps.extent or (0, 39))
        assert isinstance(read.per, str)
        assert read.warnings == maps.warnings


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """The folder of a trial with pictures and two figures."""
    folder = tmp_path_factory.mktemp("pictures")
    some = run_unit(trial(), prepared(), None, "a key", lambda *step: None)
    figures = (Note(id="one"), Note(id="two", file="more/two.txt"))
    reported = written(folder, prepared(), some, header=Header(pictures=True), figures=figures)
    assert reported == [(done, 13) for done in range(1, 14)]
    return folder


def test_a_file_of_maps_runs_no_code():
    """An array of objects would be unpickled, and what is unpickled can do anything."""
    buffer = io.BytesIO()
    np.savez(buffer, maps=np.array([{}], dtype=object), targets=np.zeros(1, int))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_maps(buffer.getvalue())


class TestPictures:
    def test_each_explainer_has_a_picture_of_each_class_and_one_of_all(self, drawn):
        for label in ("products", "contrast"):
            assert sorted(path.name for path in (drawn / "maps" / label).iterdir()) == [
                "at 19.png",
                "at 31.png",
                "at 6.png",
                "maps.npz",
                "overview.png",
            ]

    def test_pictures_of_every_run_and_figures_of_the_spec_are_together(self, drawn):
        figures = drawn / "figures"
        files = {path.relative_to(figures).as_posix() for path in figures.rglob("*") if path.is_file()}
        pictures = {"preprocessing.png", "confusion.png", "accuracy_by_signal.png"}
        assert {name for name in files if not name.endswith(".svg")} == pictures | {
            "note.txt",
            "more/two.txt",
        }

    def test_a_figure_is_given_the_whole_trial(self, drawn):
        assert text(drawn / "figures" / "note.txt") == "24 24 4 18 Means products contrast "

    def test_none_are_drawn_where_none_are_wanted(self, tmp_path):
        assert written(tmp_path, prepared(), result(), figures=(Note(),)) == []
        assert not (tmp_path / "figures").exists()


class Drawn(Note):
    name: ClassVar = "drawn"


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
        add_files(Drawn(), tmp_path / "drawn", tmp_path / "kept")
    assert str(caught.value) == f"drawn (test_artifacts) {message}"
    assert (tmp_path / "kept" / "taken.png").read_bytes() == b"old"


def test_all_that_a_figure_has_drawn_is_kept(tmp_path):
    (tmp_path / "drawn" / "a").mkdir(parents=True)
    (tmp_path / "drawn" / "a" / "b.svg").write_bytes(b"b")
    (tmp_path / "drawn" / "c.png").write_bytes(b"c")
    (tmp_path / "kept").mkdir()
    add_files(Drawn(), tmp_path / "drawn", tmp_path / "kept")
    assert (tmp_path / "kept" / "a" / "b.svg").read_bytes() == b"b"
    assert (tmp_path / "kept" / "c.png").read_bytes() == b"c"


def test_a_failing_figure_is_named(tmp_path):
    class Faint(Note):
        name: ClassVar = "faint"

        def draw(self, task):
            raise ValueError("no ink")

    some = run_unit(trial(), prepared(), None, "a key", lambda *step: None)
    with pytest.raises(ComponentError, match=r"faint \(test_artifacts\) failed to draw \(test_artifacts.py"):
        written(tmp_path, prepared(), some, header=Header(pictures=True), figures=(Faint(),))


def test_a_class_called_overview_has_a_picture_beside_the_overview(tmp_path):
    some = spectra()
    classes = ("overview", *some.classes[1:])
    truth = replace(some.truth, means=dict(zip(classes, some.truth.means.values(), strict=True)), bands={})
    ready = prepared(replace(some, samples=replace(some.samples, classes=classes), truth=truth))
    result = run_unit(trial(explainers=(Contrast(),)), ready, None, "a key", lambda *step: None)
    written(tmp_path, ready, result, header=Header(pictures=True), explainers=(Contrast(),))
    pictures = sorted(path.name for path in (tmp_path / "maps" / "contrast").glob("*.png"))
    assert pictures == ["at 19.png", "at 31.png", "overview 2.png", "overview.png"]


def test_of_two_figures_that_draw_the_same_file_the_second_is_named(tmp_path):
    result = run_unit(trial(), prepared(), None, "a key", lambda *step: None)
    figures = (Note(id="one"), Drawn(id="two"))
    with pytest.raises(
        ComponentError, match=r"drawn \(test_artifacts\) drew note.txt, as another figure has"
    ):
        written(tmp_path, prepared(), result, header=Header(pictures=True), figures=figures, explainers=())


def test_tables_are_read_by_any_program(tmp_path):
    some = spectra()
    named = replace(some.samples, names=('a "b", c', *some.samples.names[1:]), classes=("ä", "b", "c"))
    write_split(tmp_path / "split.csv", prepared(replace(some, samples=named)))
    content = (tmp_path / "split.csv").read_bytes()
    assert b"\r" not in content
    first = io.StringIO(content.decode("utf-8")).readlines()[1]
    assert first == '"a ""b"", c",ä,g0,train,2,1\n'
