"""What the CSV reader understands: layouts, dialects, columns, and what it tells about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raman_xp.spectra import RawSpectra
from raman_xp_plugins.data.pharma_csv import PharmaCsv, raman_xp_data_sources

WIDE = "label,400,401,402\naspirin,1,5,2\nstarch,2,3.5,9\n"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def write_and_read(content: str | bytes, **fields: Any) -> RawSpectra:
        path = tmp_path / "pharma.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return PharmaCsv(path=path, **fields).load(np.random.default_rng())

    return write_and_read


def spectra(raw: RawSpectra) -> dict[str, tuple[str, list[float], list[float]]]:
    """Name → label, axis, intensities."""
    samples = raw.samples
    return {
        name: (samples.classes[samples.labels[row]], *(part.tolist() for part in raw.spectrum(row)))
        for row, name in enumerate(samples.names)
    }


def test_it_registers_itself() -> None:
    assert raman_xp_data_sources() == [PharmaCsv]
    assert PharmaCsv.name == "pharma_csv"


def test_every_field_is_described() -> None:
    assert all(field.description for field in PharmaCsv.model_fields.values())


class TestWide:
    def test_a_row_is_a_spectrum(self, read: Any) -> None:
        assert spectra(read(WIDE)) == {
            "line 2": ("aspirin", [400, 401, 402], [1, 5, 2]),
            "line 3": ("starch", [400, 401, 402], [2, 3.5, 9]),
        }

    def test_the_columns_may_stand_anywhere(self, read: Any) -> None:
        raw = read(
            "session,400,role,401,group,402,label\nMon,1,train,5,p1,2,aspirin\nTue,2,TEST,3,p2,9,starch\n"
        )
        assert spectra(raw)["line 3"] == ("starch", [400, 401, 402], [2, 3, 9])
        assert raw.samples.groups == ("p1", "p2")
        assert raw.samples.roles == ("train", "test")
        assert "ignored columns: session" in raw.about.understood
        assert "2 groups" in raw.about.understood
        assert "1 train, 1 test" in raw.about.understood

    def test_a_descending_axis_is_turned_round(self, read: Any) -> None:
        raw = read("label,402,401,400\na,1,5,2\nb,2,3,9\n")
        assert spectra(raw)["line 2"] == ("a", [400, 401, 402], [2, 5, 1])
        assert "the axis descends in the file and was reversed" in raw.about.understood

    @pytest.mark.parametrize("number", [5, 6, 7])
    def test_whole_wavenumbers_may_descend(self, read: Any, number: int) -> None:
        header = ",".join(str(900 - 100 * place) for place in range(number))
        raw = read(f"label,{header}\na{(number - 1) * ',1'},3\nb,9{(number - 1) * ',2'}\n")
        assert raw.blocks[0].wavenumber.tolist() == sorted(map(float, header.split(",")))
        assert raw.blocks[0].intensity.tolist() == [[3] + (number - 1) * [1], (number - 1) * [2] + [9]]

    def test_columns_may_be_named(self, read: Any) -> None:
        raw = read(
            "label,drug,batch,fold,400,401,402\nx,a,1,train,1,2,3\nx,b,2,test,3,2,1\n",
            label="drug",
            group="batch",
            role="fold",
        )
        assert raw.samples.classes == ("a", "b")
        assert raw.samples.groups == ("1", "2")
        assert raw.samples.roles == ("train", "test")
        assert "ignored columns: label" in raw.about.understood

    def test_a_named_column_may_be_called_like_a_number(self, read: Any) -> None:
        raw = read("7,400,401,402\na,1,2,3\nb,3,2,1\n", label="7")
        assert raw.samples.classes == ("a", "b")

    @pytest.mark.parametrize("name", ["Label", "class", "Compound", "sample", "Class name"])
    def test_common_spellings_of_the_label_are_found(self, read: Any, name: str) -> None:
        raw = read(WIDE.replace("label", name))
        assert raw.samples.classes == ("aspirin", "starch")

    def test_it_says_which_column_it_took_for_the_label(self, read: Any) -> None:
        raw = read("sample,class,400,401,402\n1,a,1,2,3\n2,b,3,2,1\n")
        assert raw.samples.classes == ("a", "b")
        assert "label column: class (none is called label)" in raw.about.understood
        assert "ignored columns: sample" in raw.about.understood

    def test_a_file_without_an_end_of_the_last_line(self, read: Any) -> None:
        assert spectra(read(WIDE.rstrip())) == spectra(read(WIDE))


class TestTransposed:
    def test_a_column_is_a_spectrum_and_headers_may_repeat(self, read: Any) -> None:
        raw = read("wavenumber,aspirin,aspirin,starch\n400,1,2,3\n401,5,6,7\n402,2,2,1\n")
        assert spectra(raw) == {
            "column 2 (aspirin)": ("aspirin", [400, 401, 402], [1, 5, 2]),
            "column 3 (aspirin)": ("aspirin", [400, 401, 402], [2, 6, 2]),
            "column 4 (starch)": ("starch", [400, 401, 402], [3, 7, 1]),
        }
        assert raw.about.understood[0] == "transposed layout, comma-separated, decimal point"

    def test_classes_may_be_numbers(self, read: Any) -> None:
        raw = read("Raman shift (cm-1),0,0,1\n402,1,2,3\n401.5,5,6,7\n400,2,2,1\n")
        assert raw.samples.classes == ("0", "1")
        assert raw.blocks[0].wavenumber.tolist() == [400, 401.5, 402]
        assert raw.blocks[0].intensity.tolist() == [[2, 5, 1], [2, 6, 2], [1, 7, 3]]

    def test_the_axis_needs_no_name(self, read: Any) -> None:
        raw = read(",aspirin,starch\n400,1,2\n401,5,6\n402,2,2\n")
        assert raw.samples.classes == ("aspirin", "starch")


class TestLong:
    def test_a_row_is_a_point_in_any_order(self, read: Any) -> None:
        raw = read(
            "spectrum,label,wavenumber,intensity\n"
            "s9,a,402,3\ns1,b,400,4\ns9,a,400,1\ns1,b,401,5\ns9,a,401,2\ns1,b,402,6\n"
        )
        assert spectra(raw) == {
            "s9": ("a", [400, 401, 402], [1, 2, 3]),
            "s1": ("b", [400, 401, 402], [4, 5, 6]),
        }
        assert len(raw.blocks) == 1

    def test_spectra_with_equal_axes_form_a_block(self, read: Any) -> None:
        points = {"s1": "400 401 402", "s2": "400 401 402 403", "s3": "400 401 402"}
        rows = [f"{name},{name},{at},{at[-1]}" for name, axis in points.items() for at in axis.split()]
        raw = read("\n".join(["id,class,Raman shift / cm⁻¹,counts", *rows]))
        assert [block.rows.tolist() for block in raw.blocks] == [[0, 2], [1]]
        assert raw.blocks[1].wavenumber.tolist() == [400, 401, 402, 403]
        assert "2 different axes" in raw.about.understood
        assert "2 spectra at 400–402 cm⁻¹, 3 channels, step 1" in raw.about.understood

    def test_groups_and_roles_are_per_spectrum(self, read: Any) -> None:
        rows = [
            f"{name},{name},{at},{at % 3},{group},{role}"
            for name, group, role in (("s1", "p", "train"), ("s2", "q", "test"))
            for at in (1, 2, 3)
        ]
        raw = read("\n".join(["n,drug,x,y,group,role", *rows]), spectrum="n", label="drug")
        assert raw.samples.groups == ("p", "q")
        assert raw.samples.roles == ("train", "test")

    def test_naming_one_of_its_columns_tells_the_layout(self, read: Any) -> None:
        rows = [f"{name},{name},{at},{at % 3}" for name in "ab" for at in (1, 2, 3)]
        raw = read("\n".join(["scan,class,nu,I", *rows]), wavenumber="nu", intensity="I")
        assert raw.about.understood[0] == "long layout, comma-separated, decimal point"


class TestDialects:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_separators(self, read: Any, separator: str) -> None:
        assert spectra(read(WIDE.replace(",", separator))) == spectra(read(WIDE))

    @pytest.mark.parametrize(("separator", "name"), [(";", "semicolon"), ("\t", "tab")])
    def test_decimal_commas(self, read: Any, separator: str, name: str) -> None:
        raw = read(
            "label,400.5,401.5,402.5\na,1.5,-2,3\nb,1,2.25,1e3\n".replace(",", separator).replace(".", ",")
        )
        assert spectra(raw)["line 2"] == ("a", [400.5, 401.5, 402.5], [1.5, -2, 3])
        assert spectra(raw)["line 3"][2] == [1, 2.25, 1000]
        assert raw.about.understood[0] == f"wide layout, {name}-separated, decimal comma"

    def test_a_dialect_may_be_stated(self, read: Any) -> None:
        text = "label;400;401;402\na;1,5;2,5;3\nb;1,5;1;7\n"
        assert spectra(read(text, separator="semicolon", decimal="comma")) == spectra(read(text))

    def test_commas_cannot_mean_two_things(self) -> None:
        with pytest.raises(ValueError, match="commas cannot both separate columns and mark decimals"):
            PharmaCsv(path=Path("x.csv"), separator="comma", decimal="comma")

    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("start", ["", "\ufeff"])
    def test_line_ends_byte_order_mark_and_blank_lines(self, read: Any, start: str, line_end: str) -> None:
        text = start + "\nlabel,400,401,402\n\n\na,1,5,2\n\nb,2,3,9\n\n"
        assert list(spectra(read(text.replace("\n", line_end)))) == ["line 5", "line 7"]

    def test_lines_of_spaces_are_blank(self, read: Any) -> None:
        assert list(spectra(read("label,400,401,402\n   \na,1,5,2\n \nb,2,3,9\n"))) == ["line 3", "line 5"]

    def test_quoted_cells_may_hold_separators_and_line_ends(self, read: Any) -> None:
        raw = read('"label",note,"400",401,402\r\n"a, ""pure""","two\r\nlines",1,5,"2"\r\nb,,2,3,9\r\n')
        assert list(spectra(raw)) == ["line 2", "line 4"]
        assert raw.samples.classes == ('a, "pure"', "b")

    def test_blanks_around_cells_do_not_count(self, read: Any) -> None:
        assert spectra(read("label, 400, 401 ,402\n a , 1, 5 ,2\na,2,3, 9\nb,1,2,3\n"))["line 2"] == (
            "a",
            [400, 401, 402],
            [1, 5, 2],
        )

    def test_letters_beyond_ascii(self, read: Any) -> None:
        assert read(WIDE.replace("starch", "Stärke")).samples.classes == ("Stärke", "aspirin")

    def test_all_ways_to_write_a_number(self, read: Any) -> None:
        raw = read("label,400,401,402\na,+1,.5,2.\nb,1E2,-1e-1,1e+0\n")
        assert raw.blocks[0].intensity.tolist() == [[1, 0.5, 2], [100, pytest.approx(-0.1), 1]]


class TestClasses:
    def test_whole_numbers_become_words_in_order_of_size(self, read: Any) -> None:
        raw = read("label,1,2,3\n10,1,2,3\n9,1,2,3\n0,1,2,3\n10,3,2,1\n")
        assert raw.samples.classes == ("0", "9", "10")
        assert raw.samples.labels.tolist() == [2, 1, 0, 2]

    def test_words_stand_in_the_order_of_the_alphabet(self, read: Any) -> None:
        raw = read("label,1,2,3\nTyl,1,2,3\nBuf,1,2,3\n10,1,2,3\n")
        assert raw.samples.classes == ("10", "Buf", "Tyl")


class TestAbout:
    def test_it_tells_what_it_understood(self, read: Any) -> None:
        raw = read("label,334.5,337.01,340.21\nBuf,1,2,3\nBbL,1,2,3\nBuf,3,2,1\n")
        assert raw.about.understood == (
            "wide layout, comma-separated, decimal point",
            "3 spectra, 2 classes: BbL 1, Buf 2",
            "334.5–340.21 cm⁻¹, 3 channels, step 2.51–3.20",
        )
        assert raw.about.source == "pharma.csv"
        assert raw.about.title == "pharma"
        assert raw.truth is None

    def test_the_unit_may_be_stated(self, read: Any) -> None:
        about = read(WIDE, unit="nm").about
        assert about.unit == "nm"
        assert "400–402 nm, 3 channels, step 1" in about.understood


class TestArrays:
    def test_axes_are_double_and_intensities_single_precision(self, read: Any) -> None:
        (block,) = read(WIDE).blocks
        assert block.wavenumber.dtype == np.float64
        assert block.intensity.dtype == np.float32
        assert block.intensity.flags.c_contiguous

    def test_counts_of_24_bits_are_exact(self, read: Any) -> None:
        raw = read("label,400,401,402\na,16777215,1,2\nb,1,16777213,3\n")
        assert raw.blocks[0].intensity.max(axis=1).tolist() == [16777215, 16777213]


def test_a_spec_says_label_and_so_does_what_is_kept_of_it() -> None:
    source = PharmaCsv.model_validate_json('{"path": "/data/x.csv", "label": "drug"}', strict=True)
    assert source.label == "drug"
    assert source.model_dump(mode="json", exclude_none=True)["label"] == "drug"
