"""The classical view: regression coefficients of PLS, and loadings of PCA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import Field, PositiveInt

from raman_xp import hookimpl
from raman_xp.components import Figure, FigureTask
from raman_xp.figures.choice import PAGES, PANELS, chosen_classes, noted, pages
from raman_xp.figures.rows import key_below, rows_in
from raman_xp.figures.style import AGAINST, FOR, INPUT, UNIQUE, figure, shortened, titled
from raman_xp.spectra import Floats, Spectra
from raman_xp_plugins.explainers.pls_vip import UNCHOSEN, PlsVip, vip


class LatentVariables(Figure):
    """Of each class the regression coefficients of a PLS against the rest, beside its VIP; and in a second
    picture the loadings of a PCA of all (Fukuhara et al. 2019, Fig. S5). Both know the training spectra only.
    """

    name: ClassVar = "latent_variables"
    frameworks: ClassVar = ("matplotlib", "scikit-learn")

    classes: Annotated[list[str], Field(min_length=1)] | None = None
    """Classes to draw, a panel each; default: all."""
    pls_components: PositiveInt | None = None
    """Latent variables of the PLS; default: chosen by cross-validation, as `pls_vip` does."""
    pca_components: int = Field(4, ge=1, le=12)
    """Loadings to draw."""

    def require(self, test: Spectra, explainers: Sequence[str]) -> None:
        self.require_known("classes", self.classes, test.classes)

    def draw(self, task: FigureTask) -> None:
        train = task.train
        x = train.intensity.astype(np.float64)
        self._draw_pls(task, train, x)
        self._draw_pca(task, train, x)

    def _draw_pls(self, task: FigureTask, train: Spectra, x: Floats) -> None:
        pls = PlsVip(components=self.pls_components)
        panels = {}
        names = self.classes or train.classes
        choice = chosen_classes(task, [train.classes.index(name) for name in names], PAGES * PANELS)
        for label in choice.labels:
            fit = pls.fitted(x, train.samples, label)
            nothing = np.zeros(x.shape[1])
            panels[train.classes[label]] = [
                _Line("mean training spectrum", x[train.labels == label].mean(axis=0), INPUT),
                _Line("VIP", nothing if fit is None else vip(fit), UNIQUE),
                _Line("PLS regression coefficients", nothing if fit is None else np.ravel(fit.coef_), FOR),
            ]
        title = "PLS of each class against the rest, every line by its largest value"
        if pls.unchosen(train.samples):
            title += f" ({UNCHOSEN} latent variables assumed, not chosen)"
        for page in pages(list(panels)):
            path = task.folder / f"{page.file(f'{self.slug}_pls')}.png"
            shown = {name: panels[name] for name in page.items}
            _draw(path, title, train, shown, noted(choice.note, page.note))

    def _draw_pca(self, task: FigureTask, train: Spectra, x: Floats) -> None:
        from sklearn.decomposition import PCA

        pca = PCA(min(self.pca_components, *x.shape), svd_solver="full").fit(x)
        panels = {}
        shares = zip(pca.explained_variance_ratio_, pca.components_, strict=True)
        for number, (share, loading) in enumerate(shares, 1):
            upright = loading * np.sign(loading[np.abs(loading).argmax()])  # its sign is free
            panels[f"PC {number} ({100 * share:.0f} %)"] = [_Line("loading", upright, AGAINST)]
        title = "principal components of the training spectra (share of variance)"
        _draw(task.folder / f"{self.slug}_pca.png", title, train, panels)


class _Line(NamedTuple):
    """A line of a panel, (channels,)."""

    label: str
    values: Floats
    color: str


def _draw(
    path: Path, title: str, spectra: Spectra, panels: Mapping[str, Sequence[_Line]], note: str = ""
) -> None:
    """A panel for each name, every line relative to its largest magnitude."""
    with figure(path, 8, 1.25 + 1.05 * len(panels), vector=True) as drawn:
        names = [shortened(name) for name in panels]
        first, last = map(float, spectra.wavenumber[[0, -1]])
        label = spectra.about.axis_label
        rows = rows_in(drawn, [1] * len(panels), (first, last), label, left=names, note=note)
        for row, name, lines in zip(rows, names, panels.values(), strict=True):
            relative = [line.values / max(float(np.abs(line.values).max()), 1e-300) for line in lines]
            row.scale(np.zeros(1), *relative)
            row.zero()
            for line, values in zip(lines, relative, strict=True):
                row.plot(spectra.wavenumber, values, color=line.color, label=line.label)
            row.name(name)
        rows[0].axes.set_title(titled(title, spectra.about))
        key_below(drawn, [rows[0].axes])


@hookimpl
def raman_xp_figures() -> list[type[Figure]]:
    return [LatentVariables]
