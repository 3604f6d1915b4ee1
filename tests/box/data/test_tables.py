"""Tables as instruments, Excel, pandas, R and Orange write them: read right, or refused with a question."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from raman_xp.errors import DataError
from raman_xp.plugins.registry import Registry
from raman_xp.spec.experiment import load_experiment, rebuilt_trial
from raman_xp.spectra import RawSpectra
from raman_xp.trial.keys import data_digest
from raman_xp_plugins.data.parquet import Parquet
from raman_xp_plugins.data.pharma_csv import PharmaCsv

FOLDER = Path(__file__).parent / "tables"
WIDE = "400–1800 cm⁻¹, 29 channels, step 50"


def read(case: str, **stated: Any) -> RawSpectra:
    data = yaml.safe_load((FOLDER / f"{case}.yaml").read_text())["data"]
    fields = {key: value for key, value in data.items() if key not in ("use", "path")} | stated
    return PharmaCsv(path=FOLDER / data["path"], **fields).load(np.random.default_rng())


READ = {
    "axis_in_nm": (12, ("aspirin", "lactose"), "810–915 nm", "unit is assumed to be nm. State `unit`"),
    "axis_in_nm_long": (10, ("aspirin", "lactose"), "810–915 nm", "unit is assumed to be nm. State `unit`"),
    "axis_is_column_number": (12, ("aspirin", "lactose"), "0–28 channel", "State `unit: cm⁻¹`"),
    "comments_hash": (12, ("aspirin", "lactose"), WIDE, ""),
    "comments_semicolon": (12, ("aspirin", "lactose"), WIDE, ""),
    "corner_wavenumber": (12, ("0", "1"), WIDE, ""),
    "excel_empty_rows": (12, ("aspirin", "lactose"), WIDE, ""),
    "group_is_label": (12, ("control", "disease"), WIDE, ""),
    "group_is_treatment": (12, ("aspirin", "lactose"), WIDE, ""),
    "index_before_axis": (8, ("aspirin", "lactose"), WIDE, ""),
    "index_before_axis_many": (16, ("aspirin", "lactose"), WIDE, ""),
    "label_named_0_stated": (12, ("0", "1"), WIDE, ""),
    "label_quotes_yaml": (12, ("1", "NO"), WIDE, ""),
    "labels_float": (16, ("1", "2"), WIDE, ""),
    "map_line_scans": (48, ("aspirin", "lactose"), WIDE, ""),
    "map_x_y": (12, ("aspirin", "lactose"), WIDE, ""),
    "open_specy_wide": (12, ("aspirin", "lactose"), WIDE, ""),
    "patient_ignored": (48, ("aspirin", "lactose"), WIDE, "State `group: patient` to keep them together"),
    "sep_line": (12, ("aspirin", "lactose"), WIDE, ""),
    "target_is_concentration": (24, None, WIDE, "8 classes are decimal numbers, such as 0.1, 0.45, 0.8."),
    "trailing_separator_transposed": (8, ("aspirin", "lactose"), WIDE, ""),
    "units_1_per_cm": (8, ("1", "2"), WIDE, ""),
}
"""Case → spectra, classes, axis, and part of the warnings."""

REFUSED: dict[str, tuple[str, dict[str, Any] | None]] = {
    "axis_as_first_row_var": (":2: the axis seems to be in this line, below the header", None),
    "dedup_names": ("They look like repeats of one class, numbered by pandas", {"axis": "as_written"}),
    "header_point_body_comma": ("the header writes decimals in another way than the rows", None),
    "header_tabs": ("the header has 2 names and 1 empty cell, and the rows have 2 cells", None),
    "header_thousands": ("State `thousands: comma`, or `thousands: none`", {"thousands": "comma"}),
    "header_twice": (":2: a second header row follows (counts)", None),
    "label_named_0": ('is the column "0" a channel?', {"label": 0}),
    "label_named_0_last": ('`label: "0"`', {"label": 0}),
    "one_column_two_parts": ("a column can be used for one thing only", None),
    "orange_three_headers": ("as Orange writes them", None),
    "paired_axes": ('column 3 is called "Raman shift", like an axis', None),
    "paired_axes_unnamed": ("column 3: is this a second axis?", None),
    "r_x_prefix": ("X400, X450, X500, X550 … look like wavenumbers with a prefix", None),
    "role_is_operator": ('"student" (6 rows) is not a role', {"role": None}),
    "sample_and_species": ('which column holds the class: "species" or "sample"?', {"label": "species"}),
    "scan_restarts": (
        'Column "tablet" divides its 6 spectra into 18. State `spectrum: [tablet, scan]`',
        {"spectrum": ["tablet", "scan"]},
    ),
    "thousands_tab": ('is the comma in the intensity "1,798" a thousands separator', {"thousands": "comma"}),
    "trailing_separator_rows": (":1: every row ends with a separator, but the header does not", None),
    "two_column_file": ("a file of two columns holds one spectrum", None),
    "two_column_whitespace": ("blanks seem to separate the columns", None),
    "unit_in_header": ("400 cm-1, 450 cm-1, 500 cm-1, 550 cm-1 … look like wavenumbers", None),
}
"""Case → part of the message, and the keys that answer it, if one does."""


@pytest.mark.parametrize("case", READ)
def test_a_table_that_is_read(case: str) -> None:
    spectra, classes, axis, warning = READ[case]
    raw = read(case)
    assert len(raw.samples) == spectra
    assert classes in (None, raw.samples.classes)
    assert axis in "\n".join(raw.about.understood)
    warnings = "\n".join(raw.about.warnings)
    assert warning in warnings if warning else not warnings


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_that_is_refused(case: str) -> None:
    message, answer = REFUSED[case]
    with pytest.raises(DataError) as caught:
        read(case)
    assert message in str(caught.value)
    if answer:
        assert len(read(case, **answer).samples.classes) > 1


def test_thousands_are_read_as_stated() -> None:
    assert read("thousands_tab", thousands="comma").blocks[0].intensity[0, 5:8].tolist() == [1798, 3269, 1776]
    assert read("header_thousands", thousands="comma").blocks[0].wavenumber[12:14].tolist() == [1000, 1050]


def test_a_stated_unit_settles_the_question() -> None:
    assert read("axis_is_column_number", unit="cm⁻¹").about.warnings == ()
    assert read("axis_in_nm", unit="nm").about.warnings == ()


def written(tmp_path: Path, text: str, **stated: Any) -> RawSpectra:
    (tmp_path / "table.csv").write_text(text)
    return PharmaCsv(path=tmp_path / "table.csv", **stated).load(np.random.default_rng())


def test_an_axis_of_any_name_is_no_class(tmp_path: Path) -> None:
    rows = "".join(f"{2 * at},{400 + 50 * at},{at % 3},{at % 4}\n" for at in range(8))
    with pytest.raises(DataError, match=r"column 2 \(foo\): is this a second axis\?"):
        written(tmp_path, ",foo,a,b\n" + rows)


def test_a_second_column_that_may_hold_the_class_is_told(tmp_path: Path) -> None:
    raw = written(tmp_path, "class,species,400,401,402\na,x,1,5,2\nb,y,2,3,9\n")
    assert raw.samples.classes == ("a", "b")
    assert raw.about.warnings == (
        'column "species" is not used, but may hold the class; state `label: species` to use it.',
    )


def test_points_that_may_separate_thousands_are_asked_about(tmp_path: Path) -> None:
    text = "label;400;401;402\na;294;1.798;3.269\nb;1.533;427;258\n"
    with pytest.raises(DataError, match=r"State `thousands: point` or `thousands: none`"):
        written(tmp_path, text)
    assert written(tmp_path, text, thousands="point").blocks[0].intensity[0].tolist() == [294, 1798, 3269]
    assert written(tmp_path, text, thousands="none").blocks[0].intensity[0, 0] == 294


def test_other_columns_are_no_evidence_for_decimals(tmp_path: Path) -> None:
    text = "label\tnote\t400\t401\t402\na\t0,5 mg\t294\t1,798\t3,269\nb\t2,25 mg\t1,533\t427\t258\n"
    with pytest.raises(
        DataError, match=r"intensity \"1,798\" .* State `thousands: comma` or `thousands: none`"
    ):
        written(tmp_path, text)
    assert written(tmp_path, text, thousands="comma").blocks[0].intensity[1].tolist() == [1533, 427, 258]
    raw = written(tmp_path, text, thousands="none")
    assert raw.blocks[0].intensity[0].tolist() == [294, np.float32(1.798), np.float32(3.269)]


def test_a_stated_decimal_mark_leaves_a_warning_about_thousands(tmp_path: Path) -> None:
    text = "label;400;401;402\na;294;1,798;3,269\nb;1,533;427;258\n"
    raw = written(tmp_path, text, decimal="comma")
    assert raw.blocks[0].intensity[1, 0] == np.float32(1.533)
    assert "State `thousands: comma` if it separates thousands" in raw.about.warnings[0]


def test_points_in_the_header_may_separate_thousands(tmp_path: Path) -> None:
    text = "label;950;1.000;1.050;1.100\na;1;5;2;7\nb;2;3;9;1\n"
    with pytest.raises(
        DataError, match=r"wavenumber \"1.000\" .* State `thousands: point` or `thousands: none`"
    ):
        written(tmp_path, text)
    axis = written(tmp_path, text, thousands="point").blocks[0].wavenumber
    assert axis.tolist() == [950, 1000, 1050, 1100]


def test_three_decimals_of_a_plausible_axis_are_decimals(tmp_path: Path) -> None:
    raw = written(tmp_path, "label,400.000,401.000,402.500\na,1,5,2\nb,2,3,9\n")
    assert raw.blocks[0].wavenumber.tolist() == [400, 401, 402.5]
    assert raw.about.warnings == ()


def test_spaces_between_thousands_are_understood(tmp_path: Path) -> None:
    raw = written(tmp_path, "label;400;401;402\na;1 798;3 269;12\nb;2;3;9\n")
    assert raw.blocks[0].intensity[0].tolist() == [1798, 3269, 12]
    assert raw.about.understood[0] == "wide layout, semicolon-separated, decimal point, thousands space"


def test_several_numbers_at_one_end_may_be_other_columns(tmp_path: Path) -> None:
    header = ",".join(["label", *map(str, range(4)), *map(str, range(400, 460))])
    rows = [
        f"{name}," + ",".join(str((at * factor) % 13) for at in range(64))
        for name, factor in (("a", 5), ("b", 7))
    ]
    text = "\n".join([header, *rows]) + "\n"
    with pytest.raises(DataError, match=r'is the column "3" a channel\? .* state `ignore: \["3"\]`'):
        written(tmp_path, text)
    raw = written(tmp_path, text, ignore=["0", "1", "2", 3])
    assert raw.blocks[0].wavenumber.tolist() == list(range(400, 460))
    assert "ignored columns: 0, 1, 2, 3" in raw.about.understood
    assert written(tmp_path, text, axis="as_written").blocks[0].wavenumber.size == 64


def test_a_column_to_ignore_must_exist(tmp_path: Path) -> None:
    text = "label,400,401,402\na,1,5,2\nb,2,3,9\n"
    with pytest.raises(DataError, match="no column \"403\" for `ignore`; did you mean '402'\\?"):
        written(tmp_path, text, ignore=["403"])
    with pytest.raises(DataError, match="`ignore` applies to the wide layout, but the layout is transposed"):
        written(tmp_path, "nu,a,b\n400,1,2\n401,2,1\n402,3,3\n", ignore=["a"])


def test_the_axis_of_a_transposed_table_may_be_stated(tmp_path: Path) -> None:
    rows = "".join(f"{at},{400 + 50 * at},{at % 3},{at % 4}\n" for at in range(8))
    with pytest.raises(
        DataError, match=r"is this a second axis.* If it is the axis, state `wavenumber: COLUMN`"
    ):
        written(tmp_path, "no,foo,a,b\n" + rows)
    raw = written(tmp_path, "no,foo,a,b\n" + rows, wavenumber="foo")
    assert raw.blocks[0].wavenumber.tolist() == [400 + 50 * at for at in range(8)]
    assert raw.samples.classes == ("a", "b")
    assert "ignored column 1: it numbers the rows; the axis is foo" in raw.about.understood


def test_points_of_several_spectra_in_any_order_are_not_mixed(tmp_path: Path) -> None:
    header, *rows = (FOLDER / "scan_restarts.csv").read_text().splitlines()
    random.Random(0).shuffle(rows)
    text = "\n".join([header, *rows]) + "\n"
    with pytest.raises(DataError, match=r"State `spectrum: \[tablet, scan\]` or `spectrum: scan`"):
        written(tmp_path, text)
    raw = written(tmp_path, text, spectrum=["tablet", "scan"], group="tablet")
    assert len(raw.samples) == 18
    assert all(
        name.startswith(f"{group} / ")
        for name, group in zip(raw.samples.names, raw.samples.groups or (), strict=True)
    )


def test_two_layouts_that_fit_are_both_named(tmp_path: Path) -> None:
    text = "drug,400,401,402\n400,1,5,2\n410,2,3,9\n420,2,4,9\n"
    with pytest.raises(DataError, match=r"State `layout: \w+` or `layout: \w+`"):
        written(tmp_path, text)


def test_a_group_may_be_the_class_or_switched_off() -> None:
    assert read("group_is_label").samples.groups is None
    assert read("group_is_treatment").samples.groups is not None
    assert read("group_is_treatment", group=None).samples.groups is None
    assert read("patient_ignored", group=None).about.warnings == ()


def spectra_by(name: str, values: list[str]) -> str:
    """A wide table with two classes and one further column."""
    rows = (f"{'ab'[at % 2]},{value},{at + 1},{at % 3},{(at + 2) % 5}" for at, value in enumerate(values))
    return "\n".join([f"label,{name},400,401,402", *rows]) + "\n"


@pytest.mark.parametrize("name", ["Patient-Nr.", "Probe", "Tablette", "échantillon", "Muestra", "lote"])
def test_a_column_with_the_name_of_a_group_is_pointed_out(tmp_path: Path, name: str) -> None:
    (warning,) = written(tmp_path, spectra_by(name, list("112233"))).about.warnings
    assert f"State `group: {name}` to keep them together" in warning


def test_a_column_that_repeats_as_groups_do_is_pointed_out(tmp_path: Path) -> None:
    days = [f"2024-05-{1 + at // 2:02}" for at in range(12)]
    (warning,) = written(tmp_path, spectra_by("day", days)).about.warnings
    assert warning.startswith('column "day" is not used: 6 values for 12 spectra.')
    assert written(tmp_path, spectra_by("day", days), group=None).about.warnings == ()
    assert written(tmp_path, spectra_by("dose", [f"0.{day[-1]} mg" for day in days])).about.warnings == ()
    assert written(tmp_path, spectra_by("operator", ["Ann", "Bo"] * 6)).about.warnings == ()


@pytest.mark.parametrize(
    ("low", "step", "unit", "warned"),
    [
        (810, 0.25, "nm", True),
        (810, 3.5, "cm⁻¹", True),
        (540, 0.1, "nm", True),
        (400, 10, "cm⁻¹", False),
        (100, 0.5, "cm⁻¹", False),
        (790, 0.1, "cm⁻¹", False),
    ],
)
def test_an_axis_that_may_be_wavelengths_is_pointed_out(
    tmp_path: Path, low: float, step: float, unit: str, warned: bool
) -> None:
    count = {790: 300}.get(int(low), 30 if step > 1 else 600)
    axis = [f"{low + step * at:.2f}" for at in range(count)]
    rows = [
        ",".join([name, *(str((at * (7 + place)) % 11) for at in range(count))])
        for place, name in enumerate("ab")
    ]
    text = "\n".join([",".join(["label", *axis]), *rows]) + "\n"
    raw = written(tmp_path, text)
    assert raw.about.unit == unit
    assert [f"assumed to be {unit}" in warning for warning in raw.about.warnings] == [True] * warned
    assert written(tmp_path, text, unit="nm").about.warnings == ()


@pytest.mark.parametrize("group", ["auto", "null", "patient"])
def test_another_process_reads_what_was_stated(group: str) -> None:
    """A trial travels as its resolved spec, in which a null must remain."""
    registry = Registry()
    trial = load_experiment(FOLDER / "group_is_treatment.yaml", registry, [f"data.group={group}"]).trials[0]
    assert rebuilt_trial(trial.spec, trial.name, registry).data == trial.data


@pytest.mark.parametrize(
    ("labels", "classes"),
    [([1.0, 2.0, 1.0], ("1", "2")), ([0.5, 0.25, 0.5], ("0.25", "0.5")), ([3, 12, 3], ("3", "12"))],
)
def test_csv_and_parquet_name_classes_alike(tmp_path: Path, labels: list[float], classes: Any) -> None:
    intensity = np.array([[1, 5, 2], [2, 3.5, 9], [4, 1, 1]], np.float32)
    names = ("400", "401.5", "402.25")
    rows = [",".join(map(str, (label, *row))) for label, row in zip(labels, intensity.tolist(), strict=True)]
    (tmp_path / "a.csv").write_text("\n".join([",".join(("label", *names)), *rows]) + "\n")
    columns = {"label": pa.array(labels)} | dict(zip(names, map(pa.array, intensity.T), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    csv = PharmaCsv(path=tmp_path / "a.csv").load(np.random.default_rng())
    parquet = Parquet(path=tmp_path / "a.parquet").load(np.random.default_rng())
    assert csv.samples.classes == parquet.samples.classes == classes
    assert data_digest(csv) == data_digest(parquet)


@pytest.mark.parametrize("suffix", [".npy", ".mat", ".spc", ".wdf", ".xlsx", ".zip", ".gz"])
def test_a_binary_format_is_named(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"\0")
    with pytest.raises(DataError, match=rf"file \({suffix}\), not a text table; export the spectra as CSV"):
        PharmaCsv(path=tmp_path / f"a{suffix}").load(np.random.default_rng())
