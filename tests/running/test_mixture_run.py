"""A run of mixtures with every figure and score that knows what is mixed, and what of them is refused."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from test_spec_figures import pictures, texts, trials

from raman_xp.components import ScoreTask
from raman_xp.maps import Maps
from raman_xp.spectra import About, Contents, Samples, Spectra, Truth
from raman_xp.testing import Project
from raman_xp.testing.project import local_path
from raman_xp_plugins.map_scores.at_band import AtBand
from raman_xp_plugins.map_scores.partner_mass import PartnerMass

SPEC = """\
name: mixed
data: {use: amino_mixer, components: [Ala, Arg, Gly, His], start: 500, stop: 1500, step: 4, per_pair: 3}
preprocess: [{use: normalize}]
split: {use: given}
model: {use: shallow_cnn, filters: 4, units: 8, epochs: 12, learning_rate: 1e-2}
explain: [{use: fc_importance}, {use: grad_cam}, {use: pls_vip}]
score:
  - {use: at_band, at: 850, partner: Ala}
  - use: partner_mass
  - use: zone_height
figures:
  - {use: class_spectra, id: strongest}
  - {use: class_spectra, id: training, show: training, classes: [Arg]}
  - {use: class_spectra, id: pure, show: pure}
  - {use: layers, classes: [Gly, His]}
  - {use: mixture, partner: Ala, components: [Arg, His]}
  - {use: mixture, id: every, partner: Ala, explainer: grad_cam}
  - {use: latent_variables, classes: [Arg, Gly], pca_components: 2}
"""


@pytest.fixture
def mixed(stored: Project) -> Project:
    stored.spec(SPEC, "mixed.yaml")
    return stored


def test_every_figure_says_what_it_shows(mixed: Project):
    result = mixed.run("mixed.yaml")
    assert result.exit_code == 0, result.output
    folder = pictures(mixed)
    axis = "Raman shift / cm⁻¹"
    told = {path.stem: texts(path) for path in folder.glob("*.svg")}
    assert {path.stem for path in folder.glob("*.png")} >= set(told)
    assert {"Ala", "Arg", "Gly", "His", axis} <= told["strongest"]
    assert {"Ala", "Arg", "Gly", "His", axis} <= told["pure"]
    (ladder,) = (text for text in told["training"] if text.startswith("Arg 1.00 "))
    shares = [float(share) for share in ladder.split()[1:]]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 6
    for number in (1, 2):
        layers = told[f"layers_{number}"]
        assert {"input", "conv 1", "leaky 1", "pool 1", "conv 2", "pool 2", "dense", "logits"} <= layers
        assert {"4 × 251", "4 × 126", "4 × 63", "Ala", "His", axis} <= layers
    assert {"pure Ala", "mixture", "map", "pure component", axis} <= told["mixture"]
    ratios = {text.split()[0]: float(text.split()[2]) for text in told["mixture"] if " + " in text}
    assert ratios.keys() == {"Arg", "His"}
    with (folder.parent / "predictions.csv").open() as file:
        names = [row["spectrum"].split() for row in csv.DictReader(file)]
    for component, ratio in ratios.items():
        there = [float(name[3]) for name in names if (name[1], name[4]) == (component, "Ala")]
        assert ratio == pytest.approx(min(there, key=lambda each: abs(each - 0.45)), abs=0.006)
    assert {text.split()[0] for text in told["every"] if " + " in text} == {"Arg", "Gly", "His"}
    assert {"VIP", "PLS regression coefficients", "Arg", "Gly"} <= told["latent_variables_pls"]
    assert "Ala" not in told["latent_variables_pls"]
    assert [text[:4] for text in sorted(told["latent_variables_pca"]) if text.startswith("PC")] == [
        "PC 1",
        "PC 2",
    ]


def test_scores_of_mixtures_reach_the_run(mixed: Project):
    mixed.run("mixed.yaml", "--set", "figures=[]")
    (run,) = trials(mixed)
    metrics = run.data.metrics
    assert 0 <= metrics["map/at_band_negative/fc_importance"] <= 1
    assert "map/at_band_negative/grad_cam" not in metrics  # its ReLU leaves no sign
    assert -1 <= metrics["map/at_band_height/grad_cam"] <= 1
    assert "map/at_band_height/pls_vip" not in metrics
    assert 0 < metrics["map/partner_mass/fc_importance"] < 1
    assert metrics["map/height_distractor/fc_importance"] <= 1
    table = local_path(run.info.artifact_uri) / "map_scores.csv"
    with table.open() as file:
        values = {
            row["class"]: row["value"] for row in csv.DictReader(file) if row["score"] == "at_band_height"
        }
    assert values["Ala"] == ""  # it is never mixed with itself


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "figures.mixture.partner=Alanine",
            "mixture: partner: no Alanine; did you mean 'Ala'?",
        ),
        ("figures.mixture.components=[Ala]", "mixture: components: no Ala; there are: Arg, Gly, His"),
        ("figures.mixture.explainer=occlusion", "mixture: explainer: no occlusion; "),
        ("figures.layers.classes=[Leu]", "layers: classes: no Leu; "),
        (
            "figures.training.show=test",
            "show: input should be 'strongest', 'training' or 'pure'",
        ),
        ("figures.latent_variables.classes=[Leu]", "latent_variables: classes: no Leu; "),
        ("score.at_band.at=2000", "at_band: at: 2000 is outside 500 to 1500, the spectra's axis"),
        ("score.at_band.partner=Leu", "at_band: partner: no test spectrum is mixed with Leu; "),
        ("model={use: pca_svm}", "layers needs layers of the model, but pca_svm offers input_gradients"),
        (
            "data={use: lorentzian, channels: 64, peaks: {a: [10], b: [40]}}",
            "at_band: at: 850 is outside 0 to 63, the spectra's axis",
        ),
    ],
)
def test_what_is_not_mixed_is_refused_before_anything_runs(mixed: Project, setting, message):
    mixed.assert_refused(message, "mixed.yaml", "--set", setting)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            "score=[{use: at_band, at: 30, partner: Ala}]",
            "nothing is mixed in these spectra; leave it out",
        ),
        ("figures=[{use: mixture, partner: Ala}]", "what is mixed in these spectra is not known"),
    ],
)
def test_spectra_that_are_no_mixtures_are_told(mixed: Project, parts, message):
    lines = "data={use: lorentzian, channels: 64, peaks: {a: [10], b: [40]}, train: 5, test: 5}"
    rest = [each for each in ("score=[]", "figures=[]") if each.partition("=")[0] != parts.partition("=")[0]]
    settings = [part for each in (lines, parts, *rest) for part in ("--set", each)]
    mixed.assert_refused(message, "mixed.yaml", *settings)


def test_pure_spectra_that_are_not_known_are_not_drawn(stored: Project):
    stored.assert_refused(
        "class_spectra: the pure spectra of these data are not known; show others",
        "tiny.yaml",
        "--set",
        "figures=[{use: class_spectra, show: pure}]",
    )


@pytest.fixture
def mixtures() -> Spectra:
    """Five mixtures of a, b and c on 40 channels: a stands on the left, what is beside it on the right."""
    left = np.where(np.arange(40) < 20, 1.0, 0.0)
    own, other = np.tile(left, (5, 1)), np.tile(0.5 * (1 - left), (5, 1))
    other[:, 10] = 1.0 / 3  # and a little where a is
    truth = Truth(
        np.arange(40.0),
        {"a": left, "b": 1 - left},
        contents=Contents(own, other, ("b", "b", "c", "a", "c")),
    )
    samples = Samples(("a", "b", "c"), np.array([0, 0, 0, 1, 1]), tuple("vwxyz"))
    return Spectra(
        np.arange(40.0), (own + other).astype(np.float32), np.ones(5), samples, About("mixed"), truth
    )


def test_a_band_is_looked_at_in_maps_of_the_labelled_class_and_mixtures_with_the_partner(mixtures):
    values = np.ones((5, 40))
    values[:, 18:23] = np.array([-1, 1, -1, -1, 1])[:, None]
    values[1, 20] = -3  # a single channel: the mean around it counts
    values[2, :] = -1
    targets = np.array([0, 0, 0, 1, 0])  # the last is taken for another class
    task = ScoreTask(Maps(values, targets), mixtures, None)
    every = AtBand(at=20).score(task)
    assert every["at_band_negative"][:2].tolist() == [2 / 3, 1]
    assert every["at_band_height"][:2] == pytest.approx([(-1 + (4 - 3) / 15 - 1) / 3, -1])
    assert np.isnan(every["at_band_negative"][2])
    with_b = AtBand(at=20, partner="b", id="with_b").score(task)
    assert with_b["with_b_negative"][0] == 0.5
    assert np.isnan(with_b["with_b_negative"][1])
    unsigned = AtBand(at=20).score(ScoreTask(Maps(abs(values), targets), mixtures, None))
    assert list(unsigned) == ["at_band_height"]


def test_mass_falls_to_the_partner_as_the_channel_does(mixtures):
    values = np.zeros((5, 40))
    values[[0, 1, 2], [5, 10, 30]] = [3, 1, 2]  # a's own, divided 3 to 1, and the partner's
    values[3] = -1
    values[0, 30] = -5  # what speaks against the class is no mass
    targets = np.array([0, 0, 0, 1, 0])
    task = ScoreTask(Maps(values, targets), mixtures, None)
    shares = PartnerMass().score(task)["partner_mass"]
    assert shares[0] == pytest.approx((0 + 0.25 + 1) / 3)
    assert np.isnan(shares[1])
    assert PartnerMass(partner="b").score(task)["partner_mass"][0] == pytest.approx(0.125)
