"""A trial in which one thing changes at a time: its components are plugins of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from distributions import write_distribution
from raman_xp.plugins.installed import installed
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.trial.keys import key_of
from raman_xp.trial.plan import Planned, plan

TABLE = """\
label,group,role,500,510,520,530,540,550
b,g1,train,1,5,2,3,4,2
a,g2,train,2,4,3,1,1,3
b,g3,train,1,6,2,2,4,2
a,g4,train,3,3,3,1,2,3
b,g5,test,1,7,2,3,3,2
a,g6,test,2,2,3,2,1,3
b,g7,train,1,5,2,4,4,2
a,g8,test,4,4,3,1,1,5
"""
TRUTH = "wavenumber,a,b\n" + "".join(f"{place},{place % 7},{place % 11}\n" for place in range(500, 560, 10))
SPEC = """\
name: keys
data: {use: pharma_csv, path: data.csv}
preprocess: [{use: k_step, amount: 1}, {use: k_step, amount: 2, id: second}]
split: {use: k_rows, train: [0, 1, 2, 3], test: [4, 5], folds: [[0, 1], [2, 3]]}
model: {use: k_model, amount: 1}
explain: [{use: k_explainer, amount: 1}, {use: k_explainer, amount: 2, id: other}]
score: [{use: k_score, amount: 1}]
figures: [{use: k_figure, amount: 1}]
"""
HEAD = """
    import numpy as np
    from raman_xp import hookimpl
    from raman_xp.components import Explainer, Figure, MapScore, Model, Preprocessor, Split, Splitter
    from raman_xp.maps import Maps
"""
SOURCES = {
    "preprocessor.k_step": """
        class Step(Preprocessor):
            name = "k_step"
            frameworks = ("xp-framework-a",)
            amount: float = 0

            def transform(self, wavenumber, intensity):
                return wavenumber, intensity

        @hookimpl
        def raman_xp_preprocessors():
            return [Step]
    """,
    "splitter.k_rows": """
        class Rows(Splitter):
            name = "k_rows"
            train: list[int]
            test: list[int]
            folds: list[list[int]] = []

            def split(self, task):
                train = np.array(self.train)
                folds = tuple((np.setdiff1d(train, held), np.array(held)) for held in self.folds)
                return Split(train, np.array(self.test), folds)

        @hookimpl
        def raman_xp_splitters():
            return [Rows]
    """,
    "model.k_model": """
        class NoModel(Model):
            name = "k_model"
            frameworks = ("xp-framework-b",)
            amount: float = 0

            def fit(self, task):
                raise NotImplementedError

            def load(self, folder, curves, threads):
                raise NotImplementedError

            def parameter_count(self, channels, classes):
                return 1

        @hookimpl
        def raman_xp_models():
            return [NoModel]
    """,
    "explainer.k_explainer": """
        class NoExplainer(Explainer):
            name = "k_explainer"
            frameworks = ("xp-framework-c",)
            amount: float = 0

            def explain(self, task):
                raise NotImplementedError

        @hookimpl
        def raman_xp_explainers():
            return [NoExplainer]
    """,
    "map_score.k_score": """
        class NoScore(MapScore):
            name = "k_score"
            frameworks = ("xp-framework-d",)
            amount: float = 0

            def score(self, task):
                return {}

        @hookimpl
        def raman_xp_map_scores():
            return [NoScore]
    """,
    "figure.k_figure": """
        class NoFigure(Figure):
            name = "k_figure"
            frameworks = ("xp-framework-e",)
            amount: float = 0

            def draw(self, task):
                raise NotImplementedError

        @hookimpl
        def raman_xp_figures():
            return [NoFigure]
    """,
}
FRAMEWORKS = "abcde"
"""Last letters of the distributions that the components name as their frameworks."""


@dataclass(frozen=True)
class Keys:
    """Keys of a trial.

    Args:
        fits: of the final fit, then of each fold.
        maps: of maps, scores and figures.
        trial: of all of it.
    """

    fits: tuple[str, ...]
    maps: str
    trial: str


class Folder:
    """A folder with a spec, its data, and installed plugins."""

    def __init__(self, path: Path, site: Path) -> None:
        self.path, self.site = path, site
        path.mkdir()
        self.write("data.csv", TABLE)
        self.write("data.about.yaml", "title: Eight spectra\ntruth: truth.csv\n")
        self.write("truth.csv", TRUTH)
        self.write("keys.yaml", SPEC)

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.path / name).read_text()
        assert text.count(old) == 1, f"{old!r} in {name}"
        self.write(name, text.replace(old, new))

    def planned(self, *settings: str) -> tuple[Planned, Registry]:
        registry = Registry()
        (planned,) = plan([load_experiment(self.path / "keys.yaml", registry, settings)], registry)
        return planned, registry

    def keys(self, *settings: str) -> Keys:
        planned, _ = self.planned(*settings)
        return Keys(tuple(map(key_of, planned.fits.values())), key_of(planned.explain), planned.context.key)

    def edit_code(self, component: str) -> None:
        path = self.site / f"{module_of(component)}.py"
        path.write_text(path.read_text() + "\n# other code\n")
        installed.cache_clear()  # another process would not have it

    def renew(self, distribution: str) -> None:
        """Install the next version of a distribution that has no code."""
        (info,) = self.site.glob(f"{distribution.replace('-', '_')}-*.dist-info")
        text = (info / "METADATA").read_text()
        (info / "METADATA").write_text(text.replace("Version: 1.0", "Version: 1.1"))
        installed.cache_clear()


def module_of(component: str) -> str:
    return f"xp_{component.partition('.')[0]}_module"


def install_components(site: Path) -> None:
    """Install each component as a distribution, and the distributions that they name as frameworks."""
    for component, source in SOURCES.items():
        module = module_of(component)
        write_distribution(
            site, module.replace("_", "-"), {component: module}, **{module: dedent(HEAD) + dedent(source)}
        )
    for letter in FRAMEWORKS:
        write_distribution(site, f"xp-framework-{letter}", {})
