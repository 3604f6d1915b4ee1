"""What every figure is held to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from raman_xp.components import Family, Figure
from raman_xp.testing.suites.component import ComponentSuite
from raman_xp.testing.trained import EXPLAINED_BY, finished_trial

PNG = b"\x89PNG"


class FigureSuite(ComponentSuite[Figure]):
    """It draws a finished trial into files of its own name, the same each time."""

    family = Family.FIGURE

    def drawn(self, folder: Path) -> dict[str, bytes]:
        """File name → content of what it draws of a trial of three classes of mixtures, with maps of
        ``fc_importance``, ``input_magnitude`` and ``pls_vip``."""
        folder.mkdir()
        task = finished_trial(folder)
        made = self.made()
        made.require(task.test, EXPLAINED_BY)
        made.draw(task)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def test_it_draws_pictures_of_its_own_name(self, tmp_path: Path) -> None:
        files = self.drawn(tmp_path / "drawn")
        assert any(name.endswith(".png") for name in files)
        for name, content in files.items():
            assert name.startswith(self.made().slug), f"{name} does not begin with {self.made().slug}"
            assert not name.endswith(".png") or content.startswith(PNG)

    def test_its_pictures_show_something(self, tmp_path: Path) -> None:
        import matplotlib.image

        self.drawn(tmp_path / "drawn")
        for path in (tmp_path / "drawn").glob("*.png"):
            assert np.ptp(matplotlib.image.imread(path)) > 0.2

    def test_the_same_trial_gives_the_same_picture(self, tmp_path: Path) -> None:
        assert self.drawn(tmp_path / "first") == self.drawn(tmp_path / "second")
