"""The files of a trial: what stands in each table."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linear_trial import prepared, spectra
from raman_xp.maps import Maps
from raman_xp.maps.files import read_maps, write_maps
from raman_xp.results import UnitResult
from raman_xp.results.metrics import Accuracy, Evaluation, MapBand, SignalBin
from raman_xp.spectra import About, Zone
from raman_xp.trial.artifacts import write_artifacts, write_predictions, write_split
from raman_xp.trial.preparation import Prepared

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


def written(folder: Path, prepared: Prepared, result: UnitResult) -> None:
    """Write all tables into a folder."""
    write_artifacts(folder, prepared, result, result.evaluation or EVALUATION)


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


def test_a_file_of_maps_runs_no_code():
    """An array of objects would be unpickled, and what is unpickled can do anything."""
    buffer = io.BytesIO()
    np.savez(buffer, maps=np.array([{}], dtype=object), targets=np.zeros(1, int))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_maps(buffer.getvalue())


def test_tables_are_read_by_any_program(tmp_path):
    some = spectra()
    named = replace(some.samples, names=('a "b", c', *some.samples.names[1:]), classes=("ä", "b", "c"))
    write_split(tmp_path / "split.csv", prepared(replace(some, samples=named)))
    content = (tmp_path / "split.csv").read_bytes()
    assert b"\r" not in content
    first = io.StringIO(content.decode("utf-8")).readlines()[1]
    assert first == '"a ""b"", c",ä,g0,train,2,1\n'
