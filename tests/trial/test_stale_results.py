"""A result is recalled only where everything it shows and depends on is as it was."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from raman_xp.plugins.installed import installed
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.spectra import Band, Contents, Truth
from raman_xp.spectra.digests import truth_digest
from raman_xp.testing import Project
from raman_xp.trial.keys import settings
from raman_xp.trial.plan import plan

SPEC = """\
name: stale
data: {use: pharma_csv, path: tiny.csv}
preprocess: [{use: divide, by: [white.txt, dark.txt]}]
split: {use: stratified, test: 0.4, folds: null}
model: {use: pca_svm, components: 2, C: 1}
explain: [{use: input_magnitude}]
pictures: false
"""
DIVIDE = """
    from pathlib import Path
    from raman_xp import hookimpl
    from raman_xp.components import Preprocessor

    class Divide(Preprocessor):
        name = "divide"
        by: list[Path] = []
        cache: Path | None = None
        words: set[str] = {"some", "words", "in", "no", "order"}

        def input_files(self):
            return tuple(self.by)

        def transform(self, wavenumber, intensity):
            return wavenumber, intensity / float(self.by[0].read_text())

    @hookimpl
    def raman_xp_preprocessors():
        return [Divide]
"""


@pytest.fixture
def dividing(stored: Project, install) -> Project:
    """A project whose preprocessing reads two files."""
    install("xp-divide", {"preprocessor.divide": "xp_divide"}, xp_divide=DIVIDE)
    (stored.folder / "white.txt").write_text("2.0")
    (stored.folder / "dark.txt").write_text("0.1")
    stored.spec(SPEC)
    return stored


def keys(path: Path, *options: str) -> tuple[str, str]:
    """Fit key and explain key of the only trial of a spec."""
    registry = Registry()
    (planned,) = plan([load_experiment(path, registry, options)], registry)
    return planned.context.tags["raman_xp.fit_key"], planned.context.tags["raman_xp.explain_key"]


def test_a_changed_input_file_refits_and_a_moved_one_does_not(dividing: Project):
    spec = dividing.folder / "tiny.yaml"
    before = keys(spec)
    moved = dividing.folder / "moved"
    moved.mkdir()
    for name in ("white.txt", "dark.txt", "tiny.csv", "tiny.yaml"):
        (moved / name).write_bytes((dividing.folder / name).read_bytes())
    assert keys(moved / "tiny.yaml") == before
    (dividing.folder / "dark.txt").write_text("0.2")
    assert keys(spec)[0] != before[0]


def test_a_path_that_is_not_read_changes_no_key(dividing: Project):
    spec = dividing.folder / "tiny.yaml"
    assert keys(spec, "preprocess.divide.cache=here") == keys(spec, "preprocess.divide.cache=there")


def test_the_order_of_input_files_is_part_of_the_key(dividing: Project):
    spec = dividing.folder / "tiny.yaml"
    assert keys(spec) != keys(spec, "preprocess.divide.by=[dark.txt, white.txt]")


def test_a_folder_of_input_files_is_known_by_names_and_content(dividing: Project):
    folder = dividing.folder / "library"
    folder.mkdir()
    (folder / "a.txt").write_text("1")
    (component,) = _preprocessors(dividing, "preprocess.divide.by=[library]")
    before = settings(component)
    (folder / "a.txt").rename(folder / "b.txt")
    assert settings(component) != before


def test_a_missing_input_file_is_refused_by_name(dividing: Project):
    (dividing.folder / "dark.txt").unlink()
    dividing.assert_refused("divide: ")
    dividing.check("tiny.yaml").assert_error("dark.txt: there is no such file")


def test_sets_of_words_have_one_order_in_the_key(dividing: Project):
    (component,) = _preprocessors(dividing)
    assert settings(component)["words"] == ["in", "no", "order", "some", "words"]


def test_input_files_reach_worker_processes_by_their_content(dividing: Project, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(next(dividing.folder.glob("site-packages"))))
    dividing.run("tiny.yaml", "--workers", "1").assert_success()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("simulated: true", "simulated: false"),
        ("title: Nine tablets", "title: Ten tablets"),
        ("unit: nm", "unit: cm⁻¹"),
        ("licence: none", "licence: MIT"),
        ("description: old", "description: new"),
    ],
)
def test_a_corrected_description_makes_a_new_run_and_refits_nothing(stored: Project, before, after):
    about = stored.folder / "tiny.about.yaml"
    spec = stored.folder / "tiny.yaml"
    about.write_text(before, "utf-8")
    old = keys(spec)
    about.write_text(after, "utf-8")
    new = keys(spec)
    assert new[0] == old[0]
    assert new[1] != old[1]


def test_a_corrected_simulated_corrects_the_tag(stored: Project):
    stored.spec(SPEC.replace("preprocess: [{use: divide, by: [white.txt, dark.txt]}]\n", ""))
    about = stored.folder / "tiny.about.yaml"
    about.write_text("simulated: true")
    stored.run().assert_success()
    assert stored.trial().data.tags["raman_xp.data"] == "simulated"
    about.write_text("simulated: false")
    stored.run().assert_success()
    assert stored.trial().data.tags["raman_xp.data"] == "as given"
    assert stored.artifact("data.txt").decode().count("SIMULATED") == 0


def test_a_line_number_that_moved_is_not_shown_as_it_was(stored: Project):
    spec, table = stored.folder / "tiny.yaml", stored.folder / "tiny.csv"
    old = keys(spec)
    head, _, rows = table.read_text().partition("\n")
    table.write_text(f"{head}\n\n{rows}")
    new = keys(spec)
    assert new[0] == old[0]
    assert new[1] != old[1]


def _preprocessors(project: Project, *options: str):
    (trial,) = load_experiment(project.folder / "tiny.yaml", Registry(), options).trials
    return trial.preprocess


def _wheel(site: Path, name: str, files: dict[str, str], *, record: bool) -> None:
    """Install a distribution as pip does, with or without the list of its files."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{info.name}/METADATA,,", f"{info.name}/RECORD,,", "../../bin/tool,,"]
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
        lines.append(f"{path},sha256={sha256(text.encode()).hexdigest()},{len(text)}")
    if record:
        (info / "RECORD").write_text("\n".join(lines))


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("changed", ["xp_code.py", "xp_code_data/table.csv"])
def test_a_reinstalled_plugin_of_the_same_version_is_another_plugin(
    tmp_path, monkeypatch, forgotten, record, changed
):
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    forgotten(site)
    files = {"xp_code.py": "a = 1\n", "xp_code_data/table.csv": "1,2\n"}
    digests = []
    for content in (files, files, files | {changed: "3,4\n"}):
        _wheel(site, "xp_code", content, record=record)
        installed.cache_clear()
        digests.append(installed("xp_code", "xp_code"))
    assert digests[0] == digests[1]
    assert digests[1] != digests[2]


def test_another_distribution_beside_changes_nothing(tmp_path, monkeypatch, forgotten):
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    forgotten(site)
    _wheel(site, "xp_code", {"xp_code.py": "a = 1\n"}, record=False)
    installed.cache_clear()
    before = installed("xp_code", "xp_code")
    (site / "other.py").write_text("b = 1\n")
    installed.cache_clear()
    assert installed("xp_code", "xp_code") == before


def test_the_code_of_a_wheel_is_told_with_the_run(dividing: Project):
    dividing.run().assert_success()
    rows = dividing.artifact("plugins.csv").decode().splitlines()
    (row,) = [line for line in rows if "xp-divide" in line]
    assert row.split(",")[-1] == installed("xp-divide", "xp_divide")[1]
    assert json.dumps(installed("xp-divide", "xp_divide"))


def _truth(**changes) -> Truth:
    axis = np.array([1.0, 2.0, 3.0])
    one, two = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    whole = {
        "wavenumber": axis,
        "means": {"a": one, "b": two},
        "components": {"a": {"x": one, "y": two}},
        "bands": {"a": [Band("x", 2.0, 1.0, 4.0)]},
        "contents": Contents(np.stack([one, two]), np.stack([two, one]), ("a", "b")),
    }
    return Truth(**whole | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"wavenumber": np.array([1.0, 2.0, 4.0])},
        {"means": {"b": np.array([1.0, 2.0, 3.0]), "a": np.array([4.0, 5.0, 6.0])}},
        {"components": {"a x": {"": np.array([1.0, 2.0, 3.0])}, "a": {"y": np.array([4.0, 5.0, 6.0])}}},
        {"components": {"a": {"y": np.array([4.0, 5.0, 6.0])}, "b": {"x": np.array([1.0, 2.0, 3.0])}}},
        {"bands": {"b": [Band("x", 2.0, 1.0, 4.0)]}},
        {"bands": {"a": [Band("x", 2.0, 1.0, 4.5)]}},
        {"contents": None},
    ],
)
def test_truths_that_differ_have_different_digests(changes):
    assert truth_digest(_truth()) == truth_digest(_truth())
    assert truth_digest(_truth(**changes)) != truth_digest(_truth())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a b": {"": 1.0}}, {"a": {"b": 1.0}}),
        ({"a b": {"c": 1.0}}, {"a": {"b c": 1.0}}),
        ({"a": {"b": 1.0, "c": 1.0}}, {"a": {"b": 1.0}, "c": {"": 1.0}}),
    ],
)
def test_names_that_read_alike_when_joined_have_different_digests(one, other):
    def told(components):
        arrays = {a: {b: np.full(3, value) for b, value in of.items()} for a, of in components.items()}
        return truth_digest(_truth(components=arrays))

    assert told(one) != told(other)
