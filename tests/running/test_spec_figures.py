"""Figures that a spec asks for: drawn, refused before anything runs, and done again without a fit."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from raman_xp.testing import Project
from raman_xp.testing.project import local_path

SPEC = """\
name: drawn
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified, test: 0.4}
model: {use: pca_svm, components: 4, C: 1}
explain: [{use: integrated_gradients, steps: 2}, {use: input_magnitude}]
figures:
  - {use: overlay, colors: [green, blue], inset: [420, 450]}
  - {use: overlay, id: one, classes: [B], explainers: [input_magnitude], range: [440, 500]}
"""


@pytest.fixture
def drawn(stored: Project) -> Project:
    stored.spec(SPEC, "drawn.yaml")
    return stored


def trials(project: Project) -> list:
    """Runs of trials, the newest first."""
    return [run for run in project.runs() if run.data.tags["raman_xp.kind"] == "trial"]


def pictures(project: Project) -> Path:
    return local_path(trials(project)[0].info.artifact_uri) / "figures"


def texts(path: Path) -> set[str]:
    return {
        "".join(each.itertext()).strip() for each in ET.parse(path).iter("{http://www.w3.org/2000/svg}text")
    }


def test_each_is_written_for_the_screen_and_for_print(drawn: Project):
    assert drawn.run("drawn.yaml").exit_code == 0
    folder = pictures(drawn)
    assert {"A", "B", "C", "input", "integrated gradients", "input magnitude", "Raman shift / cm⁻¹"} <= texts(
        folder / "overlay.svg"
    )
    assert not {"A", "C", "integrated gradients"} & texts(folder / "one.svg")
    image = imread(folder / "overlay.png")[..., :3]
    for color in ((0, 128 / 255, 0), (0, 0, 1), (0, 0, 0)):
        assert (np.abs(image - color).max(axis=2) < 0.02).any(), color


def test_changed_figures_are_drawn_without_a_fit(drawn: Project, monkeypatch):
    assert drawn.run("drawn.yaml").exit_code == 0
    from raman_xp_plugins.models.pca_svm import PcaSvm

    monkeypatch.setattr(PcaSvm, "fit", lambda self, task: pytest.fail("fitted again"))
    result = drawn.run("drawn.yaml", "--set", "figures.one.range=[460, 500]")
    assert result.exit_code == 0, result.output
    assert len(trials(drawn)) == 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("figures.one.classes=[B, D]", "one: classes: no D; there are: A, B, C"),
        (
            "figures.overlay.explainers=[input]",
            "overlay: explainers: no input; did you mean 'input_magnitude'?",
        ),
        ("figures.one.range=[1000, 2000]", "one: range: the spectra end at 400 and 526"),
        ("figures.one.id=confusion", "figures: every run draws confusion; give yours another id"),
        ("figures.one.range=[500, 440]", "range: 500 is not below 440"),
        (
            "figures.one.colors=[grun]",
            "colors: matplotlib knows no grun; such as green or #009e73 would do",
        ),
        ("figures.one.use=overlap", "did you mean 'overlay'?"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_runs(drawn: Project, setting, message):
    drawn.assert_refused(message, "drawn.yaml", "--set", setting)


def test_figures_do_not_overwrite_each_other(drawn: Project):
    both = "figures=[{use: latent_variables, id: x}, {use: overlay, id: x_pca}]"
    result = drawn.run("drawn.yaml", "--set", both).assert_success()
    assert "1 picture could not be drawn: figures/x_pca (" in result.stderr
    assert "drew x_pca.png, as another figure has; give one of them another id" in result.stderr


def test_classes_whose_names_begin_alike_have_a_panel_each(drawn: Project):
    long = "abcdefghijklmnopqrstuvwxyz"
    peaks = f"{{'{long} [1]': [10], '{long} [/2]': [30], 'c, d': [50]}}"
    result = drawn.run(
        *("drawn.yaml", "--set", f"data={{use: lorentzian, channels: 64, peaks: {peaks}}}"),
        *("--set", "split={use: given}", "--set", "figures=[{use: latent_variables}]"),
    )
    assert result.exit_code == 0, result.output
    assert f"{long} [/2]" in result.output
    root = ET.parse(pictures(drawn) / "latent_variables_pls.svg").getroot()
    labels = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert sum(label.strip().startswith("abc") for label in labels) == 2
    (run,) = trials(drawn)
    assert any("c_ d" in name for name in run.data.params)  # MLflow takes no comma in a name
