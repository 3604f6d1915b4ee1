"""Mixtures of pure spectra: what is mixed, what is known of it, what cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raman_xp.components.contracts import checked_raw
from raman_xp.errors import DataError
from raman_xp.spectra import RawSpectra, Zone
from raman_xp.testing import Project
from raman_xp_plugins.data.amino_mixer import AminoMixer
from shared_data import SHARED_DATA

MEASURED = SHARED_DATA / "aminoacids" / "aminoacids_wide.csv"
NEEDS_DATA = pytest.mark.skipif(not MEASURED.exists(), reason="no real spectra beside the checkout")


def load(experiment: int = 0, **fields: object) -> RawSpectra:
    source = AminoMixer.model_validate(fields)
    return checked_raw(source, source.load(np.random.default_rng(experiment)))


def recipes(raw: RawSpectra) -> list[tuple[str, str, float, str]]:
    """Role, component, ratio and partner of each mixture, by its name."""
    words = [name.split() for name in raw.samples.names]
    return [(role, one, float(ratio), two) for role, one, _, ratio, two in words]


@pytest.fixture(scope="module")
def paper() -> RawSpectra:
    return load()


def test_the_mixtures_of_the_paper(paper):
    (block,) = paper.blocks
    assert block.intensity.shape == (3800, 1451)
    assert block.wavenumber[[0, -1]].tolist() == [350, 1800]
    assert len(paper.samples.classes) == 20
    of_train = [one for role, one, _, _ in recipes(paper) if role == "train"]
    assert {one: of_train.count(one) for one in set(of_train)} == dict.fromkeys(paper.samples.classes, 95)
    ratios = np.array([ratio for _, _, ratio, _ in recipes(paper)])
    assert 0.1 <= ratios.min() < 0.11
    assert 0.49 < ratios.max() <= 0.5
    assert abs(ratios.mean() - 0.3) < 0.005


def test_a_mixture_is_its_component_and_the_partner_at_its_ratio(paper):
    pure = paper.truth.means
    assert all(spectrum.max() == 1 for spectrum in pure.values())
    for row in range(0, 3800, 171):
        _, one, ratio, two = recipes(paper)[row]
        assert paper.samples.classes[paper.samples.labels[row]] == one != two
        np.testing.assert_allclose(
            paper.blocks[0].intensity[row], pure[one] + ratio * pure[two], atol=6e-4
        )  # names give three digits
        contents = paper.truth.contents
        np.testing.assert_allclose(contents.own[row], pure[one], atol=1e-6)
        np.testing.assert_allclose(
            contents.own[row] + contents.other[row], paper.blocks[0].intensity[row], rtol=1e-5
        )


def test_it_says_which_acids_are_measured_and_which_are_not(paper):
    told = "\n".join(paper.about.understood)
    assert "Ala Arg Asn Asp Glu Gly His Phe Pro Ser Trp Tyr Val (ODbL)" in told
    assert "approximate, no truth of the real acid: Cys Gln Ile Leu Lys Met Thr" in told
    assert "approximate" not in "\n".join(load(components=["Ala", "Gly"]).about.understood)
    assert paper.about.simulated


class TestProtocols:
    def test_the_papers_pairs_train_and_test(self, paper):
        pairs = {
            role: {(one, two) for found, one, _, two in recipes(paper) if found == role}
            for role in ("train", "test")
        }
        assert pairs["train"] == pairs["test"]
        assert len(pairs["train"]) == 20 * 19
        assert paper.samples.groups is None

    @pytest.mark.parametrize("number", [4, 5, 9, 20])
    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_disjoint_pairs_are_on_one_side_and_every_component_on_both(self, paper, number, seed):
        names = list(paper.samples.classes[:number])
        raw = load(seed, components=names, protocol="disjoint", per_pair=2)
        pairs: dict[str, set[frozenset[str]]] = {"train": set(), "test": set()}
        components: dict[str, set[str]] = {"train": set(), "test": set()}
        for role, one, _, two in recipes(raw):
            pairs[role].add(frozenset((one, two)))
            components[role].add(one)
        assert not pairs["train"] & pairs["test"]
        assert len(pairs["train"] | pairs["test"]) == number * (number - 1) / 2
        assert components["train"] == components["test"] == set(names)
        groups = [frozenset(group.split(" + ")) for group in raw.samples.groups]
        assert groups == [frozenset((one, two)) for _, one, _, two in recipes(raw)]


class TestMeasurement:
    def test_noise_shift_and_background_leave_the_recipes_as_they_are(self):
        some = {"components": ["Ala", "Gly", "Val"]}
        plain, measured = load(**some), load(**some, noise=0.01, shift=2.0, background=0.3)
        assert plain.samples.names == measured.samples.names
        clean = measured.truth.contents.own + measured.truth.contents.other
        rest = measured.blocks[0].intensity - clean
        noise = np.diff(rest, axis=1).std() / np.sqrt(2)
        assert noise == pytest.approx(0.01 * clean.max(axis=1).mean(), rel=0.05)
        hills = rest.mean(axis=1) / clean.max(axis=1)
        assert 0 < hills.min() < 0.05
        assert 0.15 < hills.max() <= 0.3
        moved = clean.argmax(axis=1) - (plain.truth.contents.own + plain.truth.contents.other).argmax(axis=1)
        assert 1.5 < moved.std() < 3.5

    def test_noise_and_background_are_relative_to_the_maximum_of_each_mixture(self):
        raw = load(components=["Ala", "Gly", "Val", "Trp"], ratio=(0.1, 1.0), noise=0.01)
        clean = raw.truth.contents.own + raw.truth.contents.other
        highest = clean.max(axis=1)
        assert highest.max() > 1.3 * highest.min()
        noise = (raw.blocks[0].intensity - clean).std(axis=1)
        np.testing.assert_allclose(noise / highest, 0.01, rtol=0.12)
        hilly = load(components=["Ala", "Gly", "Val", "Trp"], ratio=(1.0, 1.0), background=0.3, per_pair=40)
        clean = hilly.truth.contents.own + hilly.truth.contents.other
        rest = (hilly.blocks[0].intensity - clean).max(axis=1)
        assert 0.3 * clean.max(axis=1).min() < rest.max() <= 0.3 * clean.max()
        assert (rest <= 0.3 * clean.max(axis=1) * (1 + 1e-6)).all()

    def test_each_set_is_drawn_anew(self):
        raw = load(components=["Ala", "Gly"], noise=0.01)
        assert len(np.unique(raw.truth.contents.other.max(axis=1))) == len(raw.samples)
        first, again, other = (load(seed, components=["Ala", "Gly"]).samples.names for seed in (1, 1, 2))
        assert first == again != other
        fixed = [load(seed, components=["Ala", "Gly"], seed=7).samples.names for seed in (1, 2)]
        assert fixed[0] == fixed[1] != first


def test_the_partners_bands_are_distractors(paper):
    zones = paper.truth.zones(paper.truth.wavenumber, paper.samples.classes)
    ala, arg = (paper.samples.classes.index(name) for name in ("Ala", "Arg"))
    row = next(
        row for row, (_, *of) in enumerate(recipes(paper)) if of[::2] == ["Arg", "Ala"] and of[1] > 0.4
    )
    here = paper.truth.take(np.array([row])).zones_of_rows(paper.truth.wavenumber, zones[[arg]])[0]
    strongest = paper.truth.means["Ala"].argmax()
    assert zones[ala, strongest] != Zone.RIVAL
    assert here[strongest] == Zone.DISTRACTOR
    assert here[paper.truth.means["Arg"].argmax()] == zones[arg, paper.truth.means["Arg"].argmax()]


@NEEDS_DATA
class TestAFile:
    def test_thirteen_measured_acids(self):
        raw = load(path=MEASURED, per_pair=1)
        (block,) = raw.blocks
        assert block.wavenumber[[0, -1]].tolist() == [450, 1800]
        assert block.intensity.shape == (2 * 13 * 12, 1351)
        assert raw.about.understood[0].startswith("13 pure spectra: Ala Arg Asn Asp Glu Gly")

    def test_one_that_does_not_reach_is_told(self):
        with pytest.raises(DataError, match="cover only 450 to 1800; start: 450 and stop: 1800 would do"):
            load(path=MEASURED, start=350)

    def test_carbohydrates_are_mixed_the_same_way(self):
        raw = load(path=SHARED_DATA / "carbohydrates" / "pure_S.csv", per_pair=3)
        assert len(raw.samples.classes) == 3
        assert len(raw.samples) == 2 * 3 * 2 * 3


def pure_csv(path: Path, *columns: str) -> Path:
    lines = ["wavenumber," + ",".join(name for name in columns)]
    lines += [
        f"{w}," + ",".join(f"{1 + (w * (k + 3)) % 7}" for k in range(len(columns)))
        for w in range(400, 440, 2)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_one_end_of_a_files_range_may_be_given_alone(tmp_path):
    raw = load(path=pure_csv(tmp_path / "pure.csv", "a", "b"), start=410, step=2)
    assert raw.truth.wavenumber[[0, -1]].tolist() == [410, 438]


def test_spectra_of_one_name_are_averaged(tmp_path):
    path = pure_csv(tmp_path / "pure.csv", "a", "a", "b")
    raw = load(path=path, step=2)
    spectra = np.loadtxt(path, delimiter=",", skiprows=1)[:, 1:]
    mean = spectra[:, :2].mean(axis=1)
    np.testing.assert_allclose(raw.truth.means["a"], mean / mean.max(), rtol=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["data.ratio=[0.5, 0.1]"], "ratio: 0.5 is above 0.1"),
        (["data.ratio=[0, 0.5]"], "greater than 0"),
        (["data.ratio=[0.1, 1.5]"], "less than or equal to 1"),
        (["data.components=[Ala]"], "at least 2 items"),
        (["data.components=[Ala, Ala]"], "components: Ala stands twice; each is mixed once with each other"),
        (["data.components=[Ala, Glx]"], "no pure spectrum of Glx; did you mean"),
        (
            ["data.components=[Ala, Gly, Val]", "data.protocol=disjoint"],
            "disjoint pairs take four pure spectra at least",
        ),
        (["data.start=1800"], "stop (1800) must lie at least two steps beyond start (1800)"),
        (["data.start=1790", "data.stop=1799"], "Ala, Arg, Asn, Asp, Cys, Gln"),
        (["data.step=0.0001"], "more than 1,000,000 channels; a wider step would do"),
        (["data.shift=5000"], "shift: 5000 moves the bands out of 350 to 1800"),
        (["data.path=one.csv"], 'one.csv:1: only one class, "a"; at least two are needed'),
        (
            ["data.path=two.csv", "data.start=100"],
            "100 to 438 is asked for, but all pure spectra",
        ),
        (["data.path=none.csv"], "none.csv: no such file"),
    ],
)
def test_what_cannot_be_is_told_before_anything_runs(project: Project, settings, message):
    pure_csv(project.folder / "one.csv", "a")
    pure_csv(project.folder / "two.csv", "a", "b")
    (project.folder / "mix.yaml").write_text(
        "name: mix\ndata: {use: amino_mixer}\nsplit: {use: given}\nmodel: {use: pca_svm}\n"
    )
    result = project.invoke("run", "mix.yaml", *(part for each in settings for part in ("--set", each)))
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (project.folder / "mlflow.db").exists()
