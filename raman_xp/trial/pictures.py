"""The pictures of a trial: which there are, and how each is drawn. One that fails costs itself only."""

from __future__ import annotations

import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path

from raman_xp.components import Figure, FigureTask, FittedModel, blame, blaming
from raman_xp.errors import because
from raman_xp.figures.choice import MOST_SINGLE, PAGES, PANELS, Choice, Page, choose, noted, pages
from raman_xp.figures.examples import Example, examples_of
from raman_xp.figures.maps import draw_class_map, draw_overview
from raman_xp.figures.results import draw_accuracy_by_signal, draw_confusion
from raman_xp.maps import Maps
from raman_xp.results import MissingPicture, UnitResult
from raman_xp.spec.experiment import Trial
from raman_xp.system.files import read_files, write_files
from raman_xp.text.file_names import file_names
from raman_xp.trial.preparation import Prepared
from raman_xp.trial.preprocessing_picture import draw_preprocessing

PICTURES = ("preprocessing", "confusion", "accuracy_by_signal")
"""Of every run, beside the maps."""

Draw = Callable[[Path], None]
"""Draws into an existing, empty folder, at the path that a picture has among the files of the trial."""


def pictures_of(trial: Trial, prepared: Prepared, result: UnitResult) -> tuple[tuple[str, ...], ...]:
    """Return the names of the pictures that `draw_pictures` draws, in groups; none where the spec wants none.

    The pictures of one explainer are a group, since they read the same maps, and so are the figures of the
    spec, since no two of them may draw the same file.

    Args:
        result: the final fit, with maps and what they amount to.
    """
    if not trial.header.pictures:
        return ()
    return tuple(tuple(group) for group in _Pictures(trial, prepared, result).groups() if group)


def draw_pictures(
    folder: Path,
    trial: Trial,
    prepared: Prepared,
    result: UnitResult,
    model: Callable[[], FittedModel],
    names: Sequence[str],
    report: Callable[[int, int], None],
) -> list[MissingPicture]:
    """Draw pictures, and return those that could not be drawn.

    Args:
        folder: an existing, empty folder for the pictures.
        result: the final fit, with maps and what they amount to.
        model: returns the fitted model, for figures of the spec.
        names: some of those that `pictures_of` returns.
        report: called with the pictures drawn and their number.
    """
    groups = _Pictures(trial, prepared, result, model, folder).groups()
    draws = {name: draw for group in groups for name, draw in group.items()}
    missing = []
    with tempfile.TemporaryDirectory(prefix="raman-xp-") as scratch:
        for done, name in enumerate(names, 1):
            if lost := drawn_into(folder, Path(scratch), name, draws[name]):
                missing.append(lost)
            report(done, len(names))
    return missing


def drawn_into(folder: Path, scratch: Path, name: str, draw: Draw) -> MissingPicture | None:
    """Draw a picture, and keep its files where it is complete; otherwise return why it is missing.

    Args:
        folder: an existing folder, where the files are kept.
        scratch: an existing folder that holds no files, here and afterwards.
        name: of the picture.
        draw: draws it into the scratch folder.
    """
    try:
        draw(scratch)
        for path in _files_below(scratch):
            kept = folder / path.relative_to(scratch)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, kept)
    except Exception as error:  # of memory, of the disk, of a figure: the fit and its numbers stand
        for path in _files_below(scratch):
            path.unlink()
        details = getattr(error, "__notes__", None) or traceback.format_exception(error)
        return MissingPicture(name, because(error), "".join(details))
    return None


def _files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _no_model() -> FittedModel:
    raise AssertionError("names need no model")


class _Pictures:
    """What draws each picture of a trial, by name.

    Args:
        result: the final fit, with maps and what they amount to.
        model: returns the fitted model.
        kept: folder of the pictures that are drawn already.
    """

    def __init__(
        self,
        trial: Trial,
        prepared: Prepared,
        result: UnitResult,
        model: Callable[[], FittedModel] = _no_model,
        kept: Path | None = None,
    ) -> None:
        assert result.evaluation is not None
        self._trial, self._prepared, self._result, self._model = trial, prepared, result, model
        self._kept = kept
        self._evaluation = result.evaluation
        self._test = prepared.spectra.take(result.rows)
        self._predicted = result.logits.argmax(axis=1)
        self._read: tuple[str, Maps | None] = "", None

    def groups(self) -> list[Mapping[str, Draw]]:
        """Name → what draws it, of the pictures that are drawn together."""
        of_maps = (dict(self._of_maps(explainer)) for explainer in self._result.maps)
        return [dict(self._of_every_run()), *of_maps, dict(self._of_figures())]

    @cached_property
    def _examples(self) -> Mapping[int, Example]:
        """Of each class that is tested."""
        return {example.label: example for example in examples_of(self._test, self._result)}

    def _of_every_run(self) -> Iterator[tuple[str, Draw]]:
        prepared, test, steps = self._prepared, self._test, self._trial.preprocess
        relative, bins = test.signal / prepared.spectra.signal.max(), self._evaluation.by_signal
        named: dict[str, Draw] = {
            "preprocessing": lambda path: draw_preprocessing(path, prepared, steps),
            "confusion": lambda path: draw_confusion(path, test.classes, test.labels, self._predicted),
            "accuracy_by_signal": lambda path: draw_accuracy_by_signal(
                path, bins, relative, self._result.correct
            ),
        }
        for name in PICTURES:
            path = f"figures/{name}.png"
            yield path, partial(_at, path, named[name])

    def _of_maps(self, explainer: str) -> Iterator[tuple[str, Draw]]:
        """Pages with all classes, and a picture of each class."""
        classes, examples = self._test.classes, self._examples
        choice = self._choice(PANELS * PAGES)
        shown = list(pages([examples[label] for label in choice.labels]))
        names = file_names(classes, taken=[page.file("overview") for page in shown])
        for page in shown:
            path = f"maps/{explainer}/{page.file('overview')}.png"
            yield path, partial(self._draw_overview, path, explainer, page, choice.note)
        for label in self._choice(MOST_SINGLE).labels:
            path = f"maps/{explainer}/{names[classes[label]]}.png"
            yield path, partial(self._draw_class, path, explainer, examples[label])

    def _choice(self, most: int) -> Choice:
        return choose(list(self._examples), self._test.labels, self._predicted, most)

    def _draw_overview(self, path: str, explainer: str, page: Page[Example], note: str, folder: Path) -> None:
        title, bands = explainer.replace("_", " "), self._evaluation.bands[explainer]
        draw_overview(
            folder / path, title, self._test, self._maps(explainer), page.items, bands, noted(note, page.note)
        )

    def _draw_class(self, path: str, explainer: str, example: Example, folder: Path) -> None:
        title = explainer.replace("_", " ")
        bands = self._evaluation.bands[explainer].get(self._test.classes[example.label], ())
        draw_class_map(folder / path, title, self._test, self._maps(explainer), example, bands)

    def _maps(self, explainer: str) -> Maps:
        """Those of the explainer drawn last stay in memory: the pictures of each follow each other."""
        name, maps = self._read
        if name != explainer or maps is None:
            maps = self._result.maps[explainer].about(self._predicted)
            self._read = explainer, maps
        return maps

    def _of_figures(self) -> Iterator[tuple[str, Draw]]:
        """The figures that the spec asks for."""
        for figure in self._trial.figures:
            yield f"figures/{figure.slug}", partial(self._draw_figure, figure)

    def _draw_figure(self, figure: Figure, folder: Path) -> None:
        prepared, steps = self._prepared, self._trial.preprocess
        raw, spectra, split = prepared.raw, prepared.spectra, prepared.split
        model = self._model()
        with tempfile.TemporaryDirectory(prefix="raman-xp-") as drawn:
            task = FigureTask(raw, steps, spectra, split, model, self._result, Path(drawn))
            with blaming(figure, "draw"):
                figure.draw(task)
            add_files(figure, Path(drawn), folder / "figures", self._kept and self._kept / "figures")


def _at(path: str, draw: Draw, folder: Path) -> None:
    draw(folder / path)


def add_files(figure: Figure, drawn: Path, folder: Path, kept: Path | None = None) -> None:
    """Copy what a figure has drawn into another folder.

    Args:
        kept: folder of the files that other figures have drawn; default: the same folder.

    Raises:
        ComponentError: another figure has drawn a file of the same name, or some system refuses the name.
    """
    try:
        files = read_files(drawn)
    except ValueError as error:
        blame(figure, f"drew a file that is refused: {error}")
    for name, content in files.items():
        if ((kept or folder) / name).exists():
            blame(figure, f"drew {name}, as another figure has; give one of them another id")
        write_files(folder, {name: content})
