"""Names that steer terminals, spreadsheets and pages, in specs, data files and about-files."""

from __future__ import annotations

import csv
import io
import logging
import re
import sys
import warnings
from pathlib import Path

import pytest

import raman_xp
import raman_xp_plugins
from raman_xp.testing import Project
from raman_xp.testing.project import local_path
from raman_xp.text.streams import protect_streams
from raman_xp.text.tables import read_csv

QUICK = """\
name: {name}
data: {{use: pharma_csv, path: tiny.csv}}
split: {{use: stratified, test: 0.4, folds: 2}}
model: {{use: pca_svm, components: 2, C: 1}}
explain: [{{use: input_magnitude}}]
score: [{{use: width}}]
pictures: false
{more}
"""
STEERING = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202eabc"
SHOWN = "\\x1b[31mred\\x1b]0;title\\x07\\x9b2J\\u202eabc"


def _controls(text: str) -> list[str]:
    return sorted(set(re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)))


def _classes(project: Project, *names: str) -> None:
    """Give the classes A, B, … of the data other names."""
    path = project.folder / "tiny.csv"
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    others = dict(zip("ABC", names, strict=False))
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[others.get(row[0], row[0]), *row[1:]] for row in rows])


def _spec(project: Project, name: str = "tiny", more: str = "") -> None:
    project.spec(QUICK.format(name=name, more=more))


def test_names_that_steer_a_terminal_are_shown_as_escapes(stored: Project):
    _classes(stored, STEERING)
    about = 'title: "\\e[31mtitle\\e]0;x\\a\\u202e"\nunit: "\\e[7m"\ndescription: "\\e[8m"\n'
    (stored.folder / "tiny.about.yaml").write_text(about, "utf-8")
    _spec(stored, '"x\\e[31m"', 'sweep: {seed: [0, 1], name: ["a\\u001b[5m", "b\\u009b5m"]}')
    checked = stored.check().assert_success()
    ran = stored.run().assert_success()
    assert _controls(checked.output) == _controls(ran.output) == []
    assert "\\x1b[31mtitle\\x1b]0;x\\x07\\u202e" in checked.output
    _spec(stored)
    single = stored.run().assert_success()
    assert _controls(single.output) == []
    assert SHOWN in "".join(single.output.split())
    assert _controls(stored.artifact("data.txt").decode()) == []


@pytest.mark.parametrize("command", ["check", "run"])
def test_errors_show_names_that_steer_a_terminal_as_escapes(stored: Project, command):
    _spec(stored, more='"k\\e]0;x\\a": 1')
    getattr(stored, command)().assert_error("k\\x1b]0;x\\x07: unknown key")


@pytest.mark.parametrize("unit", ["[/cm]", "[nm]", "[bold]cm[/bold]", "\\\\[nm]", "cm :smile:"])
def test_a_unit_that_looks_like_markup_is_shown_as_it_is(stored: Project, unit):
    (stored.folder / "tiny.about.yaml").write_text(f'unit: "{unit}"\n', "utf-8")
    _spec(stored)
    ran = stored.run().assert_success()
    shown = unit.replace("\\\\", "\\")
    assert f"400 to 526 {shown}" in ran.output
    assert f"mean map / {shown}".replace(" ", "") in "".join(ran.output.split())


def test_values_of_a_sweep_that_look_like_markup_are_shown_as_they_are(stored: Project):
    _spec(stored, more='sweep: {description: ["[/b]", "[red]"]}')
    assert "description: [/b], [red]" in stored.check().assert_success().output
    ran = stored.run().assert_success()
    assert "description=[/b]: final" in ran.output
    assert " description=[red] " in ran.output


def test_classes_that_look_like_markup_are_shown_as_they_are(stored: Project):
    _classes(stored, "[/b]", "[red]")
    _spec(stored)
    ran = stored.run().assert_success()
    assert " [/b] " in ran.output
    assert " [red] " in ran.output


def test_tables_of_a_run_hold_no_formula_and_every_name(stored: Project):
    names = {"=cmd|' /C calc'!A0", "@SUM(1)", "'=x"}
    _classes(stored, *names)
    _spec(stored)
    stored.run().assert_success()
    for name, column in (("predictions", "true"), ("split", "class"), ("map_scores", "class")):
        content = stored.artifact(f"{name}.csv")
        cells = [value for row in csv.reader(io.StringIO(content.decode())) for value in row]
        assert not [value for value in cells if value[:1] in {*"=@"}]
        assert {row[column] for row in read_csv(content)} == names


def test_the_table_and_the_note_of_a_sweep_hold_names_only(stored: Project):
    _spec(stored, more='sweep: {description: ["=1|2", "<b>`x`"]}')
    stored.run().assert_success()
    sweep = next(run for run in stored.runs() if run.data.tags["raman_xp.kind"] == "sweep")
    note = sweep.data.tags["mlflow.note.content"].splitlines()
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in note}) == 1, "each row has as many cells"
    assert "<" not in "".join(note)
    table = (local_path(sweep.info.artifact_uri) / "sweep.csv").read_bytes()
    assert b"\n=" not in table
    assert [row["description"] for row in read_csv(table)] == ["=1|2", "<b>`x`"]


def test_log_lines_warnings_and_tracebacks_steer_no_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    protect_streams()
    record = logging.getLogger("any").makeRecord("any", 30, "f", 1, "%s", ("\x1b[2J",), None)
    assert record.getMessage() == "\\x1b[2J"
    assert "\\x1b[2J" in warnings.formatwarning("\x1b[2J", UserWarning, "f", 1)
    sys.excepthook(ValueError, ValueError("\x1b[2J"), None)
    assert capsys.readouterr().err == "ValueError: \\x1b[2J\n"


def test_every_text_reaches_the_terminal_through_one_place():
    """What a stranger wrote passes `printable` on its way: only these modules print by themselves."""
    json = {"raman_xp/cli/schema.py", "raman_xp/cli/plugins.py"}
    of_authors = {
        "raman_xp/testing/suites/component.py",
        "raman_xp/plugins/templates/observer/raman_xp_this_one.py",
    }
    prints = re.compile(r"click\.s?echo\(|(?<![\w.])print\(|\bConsole\(|rich\.markup|std(out|err)\.write")
    found = set()
    for package in (raman_xp, raman_xp_plugins):
        home = Path(package.__file__).parent
        for path in home.rglob("*.py"):
            text = re.sub(r'""".*?"""', "", path.read_text("utf-8"), flags=re.DOTALL)
            if prints.search(text.replace("class PlainConsole(Console)", "")):
                found.add(path.relative_to(home.parent).as_posix())
    assert found == {"raman_xp/cli/echo.py", "raman_xp/text/streams.py"} | json | of_authors
