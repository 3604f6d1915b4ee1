"""The classical baseline: what it chooses, its scores, and its maps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.svm import SVC

from raman_xp.errors import DataError
from raman_xp.spectra.partition import stratified_folds
from raman_xp.testing import Project, fit_task, planted_spectra
from raman_xp_plugins.models.pca_svm import COMPONENTS, PENALTIES, PcaSvm


def noisy(positions=(40, 90, 150), per_class=12, seed=0):
    spectra = planted_spectra(positions, per_class, channels=199, seed=seed)
    noise = np.random.default_rng(seed).normal(0, 0.15, spectra.intensity.shape)
    spectra.intensity.setflags(write=True)
    spectra.intensity[:] += noise.astype(np.float32)
    return spectra


@pytest.fixture(scope="module")
def spectra():
    return noisy()


@pytest.mark.parametrize("positions", [(40, 150), (40, 90, 150), (20, 60, 100, 140, 180)])
@pytest.mark.parametrize("fields", [{}, {"components": 5}, {"C": 0.5}, {"kernel": "rbf"}])
def test_it_recognises_and_agrees_with_the_voting_of_scikit_learn(positions, fields):
    fitted = PcaSvm(**fields).fit(fit_task(noisy(positions)))
    unseen = noisy(positions, per_class=30, seed=5)
    predicted = fitted.logits(unseen.intensity).argmax(axis=1)
    assert (predicted == unseen.labels).mean() > 0.95
    assert (predicted == fitted.pipeline.predict(unseen.intensity)).mean() > 0.97


def test_what_is_given_is_taken(spectra):
    fitted = PcaSvm(components=7, C=3.0).fit(fit_task(spectra))
    assert fitted.pipeline[0].n_components_ == 7
    assert fitted.pipeline[-1].C * fitted.pipeline[0].explained_variance_[0] == pytest.approx(3.0)
    more = PcaSvm(components=500).fit(fit_task(spectra))
    assert more.pipeline[0].n_components_ == len(spectra) - 1


def test_what_is_not_given_is_chosen_among_the_stated_and_repeats(spectra):
    fits = [PcaSvm().fit(fit_task(spectra)) for _ in range(2)]
    assert fits[0].pipeline[0].n_components_ in {27, *COMPONENTS}  # a fold has 28 spectra at least
    np.testing.assert_array_equal(*(fit.logits(spectra.intensity) for fit in fits))


@pytest.mark.parametrize("seed", range(8))
def test_the_choice_is_the_first_that_recognises_most_of_what_its_folds_hold_out(seed):
    """By scikit-learn's pipelines, each fitted on the training spectra of a fold, its components included."""
    rng = np.random.default_rng(seed)
    spectra = planted_spectra((40, 90, 150), per_class=8, channels=199, seed=seed)
    noise = rng.normal(0, 1.2, spectra.intensity.shape) * rng.lognormal(0, 1, (len(spectra), 1))
    spectra = dataclasses.replace(spectra, intensity=(spectra.intensity + noise).astype(np.float32))
    task = fit_task(spectra)
    x, labels = spectra.intensity.astype(np.float64), spectra.labels
    folds = stratified_folds(spectra.samples, 5, task.seeds.generator("inner_folds"))
    numbers = [min(number, min(len(train) for train, _ in folds) - 1) for number in COMPONENTS]
    best, chosen = -1, None
    for number in dict.fromkeys(numbers):
        for penalty in PENALTIES:
            right = 0
            for train, valid in folds:
                pca = PCA(number, svd_solver="full").fit(x[train])
                svm = SVC(C=penalty / pca.explained_variance_[0], kernel="linear")
                svm.fit(pca.transform(x[train]), labels[train])
                right += (svm.predict(pca.transform(x[valid])) == labels[valid]).sum()
            if right > best:
                best, chosen = right, (number, penalty)
    pca, svm = PcaSvm().fit(task).pipeline
    assert (pca.n_components_, pytest.approx(svm.C * pca.explained_variance_[0])) == chosen


def test_the_unit_of_intensity_plays_no_part(spectra):
    counts = dataclasses.replace(spectra, intensity=spectra.intensity * np.float32(2**14))
    plain, large = (PcaSvm(components=4, C=10).fit(fit_task(some)) for some in (spectra, counts))
    np.testing.assert_allclose(
        large.logits(counts.intensity), plain.logits(spectra.intensity), rtol=1e-2, atol=1e-2
    )


def test_groups_that_hold_several_classes_stay_whole_and_train_every_class():
    spectra = planted_spectra((40, 150), 6, channels=199)
    groups = ("both", "a", "a", "a", "a", "a", "both", "b", "b", "b", "b", "b")
    samples = dataclasses.replace(spectra.samples, groups=groups)
    fitted = PcaSvm().fit(fit_task(dataclasses.replace(spectra, samples=samples)))
    assert (fitted.logits(spectra.intensity).argmax(axis=1) == spectra.labels).all()


def test_a_class_with_one_spectrum_leaves_nothing_to_choose_on():
    spectra = planted_spectra((40, 150), 1, channels=199)
    with pytest.raises(
        DataError, match=r"where class at 40 has 1 spectrum, too .* Set both components and C"
    ):
        PcaSvm().fit(fit_task(spectra))
    pca, svm = PcaSvm(components=2, C=1.0).fit(fit_task(spectra)).pipeline
    assert pca.n_components_ == 1
    assert svm.C * pca.explained_variance_[0] == pytest.approx(1.0)


@pytest.mark.parametrize("positions", [(40, 150), (40, 90, 150)])
def test_input_gradients_are_derivatives_of_the_scores(positions):
    fitted = PcaSvm().fit(fit_task(noisy(positions)))
    x = noisy(positions, seed=5).intensity[:6].astype(np.float64)  # training spectra may lie on an edge
    cotangents = np.random.default_rng(0).normal(size=(6, 2, len(positions)))
    gradients = fitted.input_gradients(x, cotangents)
    assert gradients.shape == (6, 2, 199)
    step = 1e-3 * gradients[:, 1] / np.abs(gradients[:, 1]).max()
    change = fitted.logits(x + step).astype(np.float64) - fitted.logits(x - step)
    np.testing.assert_allclose(
        np.einsum("nc,nc->n", change, cotangents[:, 1]),
        2 * np.einsum("nx,nx->n", step, gradients[:, 1]),
        rtol=1e-3,
        atol=1e-6,
    )


def test_it_is_the_same_after_saving(tmp_path, spectra):
    fitted = PcaSvm().fit(fit_task(spectra))
    fitted.save(tmp_path / "model", spectra)
    again = PcaSvm().load(tmp_path / "model", {}, threads=1)
    np.testing.assert_array_equal(again.logits(spectra.intensity), fitted.logits(spectra.intensity))


@pytest.mark.parametrize("classes", [2, 4])
def test_the_count_by_arithmetic_is_that_of_the_fit(classes):
    spectra = noisy(tuple(30 + 40 * place for place in range(classes)))
    model = PcaSvm(components=6, C=1.0)
    pca, svm = model.fit(fit_task(spectra)).pipeline
    numbers = pca.components_.size + pca.mean_.size + svm.coef_.size + svm.intercept_.size
    assert model.parameter_count(199, classes) == numbers


def test_a_run_explains_it_with_a_gradient_and_refuses_what_it_has_not(project: Project):
    spec = (project.folder / "tiny.yaml").read_text()
    (project.folder / "svm.yaml").write_text(spec)
    settings = ["--set", "model={use: pca_svm}", "--set", "explain=[{use: integrated_gradients, steps: 4}]"]
    result = project.invoke("run", "svm.yaml", "--workers", "0", *settings)
    assert result.exit_code == 0, result.output
    refused = project.invoke("check", "svm.yaml", *settings, "--set", "model.kernel=rbf")
    assert refused.exit_code == 2
    assert "integrated_gradients needs input_gradients of the model, but pca_svm offers nothing" in (
        refused.stderr
    )
