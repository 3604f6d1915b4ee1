"""Tables as instruments, Excel, pandas, R and Orange write them: read right, or refused with a question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from raman_xp.errors import DataError
from raman_xp.keys import data_digest
from raman_xp.registry import Registry
from raman_xp.spec.experiment import load_experiment, rebuilt_trial
from raman_xp.spectra import RawSpectra
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


def test_a_group_may_be_the_class_or_switched_off() -> None:
    assert read("group_is_label").samples.groups is None
    assert read("group_is_treatment").samples.groups is not None
    assert read("group_is_treatment", group=None).samples.groups is None
    assert read("patient_ignored", group=None).about.warnings == ()


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
