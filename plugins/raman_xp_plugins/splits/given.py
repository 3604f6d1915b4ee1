"""The split that comes with the data."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from raman_xp import hookimpl
from raman_xp.components import Split, SplitTask, Splitter
from raman_xp.errors import DataError
from raman_xp_plugins.splits.folds import stratified_folds


class Given(Splitter):
    """Rows whose role is `train` train, rows whose role is `test` test."""

    name: ClassVar = "given"

    folds: Annotated[int, Field(ge=2)] | None = None
    """Folds of cross-validation inside the training rows; none where nothing is given."""

    def split(self, task: SplitTask) -> Split:
        roles = task.samples.roles
        if roles is None:
            raise DataError(
                "split: `given` needs a role, train or test, for every spectrum, and the data has none; "
                "name its column (data: {role: COLUMN}), or use another splitter such as stratified"
            )
        train, test = (np.flatnonzero(np.array(roles) == role) for role in ("train", "test"))
        return Split(train, test, stratified_folds(task, train, self.folds))


@hookimpl
def raman_xp_splitters() -> list[type[Splitter]]:
    return [Given]
