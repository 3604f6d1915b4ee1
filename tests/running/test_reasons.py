"""Whatever ends a fit, its reason arrives: from processes, from Dask, of whatever class the error is."""

from __future__ import annotations

import pickle
from textwrap import dedent

import pytest

from raman_xp.errors import ComponentError, RamanXpError, alone
from running.conftest import QUICK, Quick

FAILING = """
    from typing import ClassVar

    from raman_xp import hookimpl
    from raman_xp.components import FitTask, Model
    from raman_xp.errors import ComponentError, DataError
    from tblib import pickling_support

    pickling_support.install()  # from here on, pickles of errors hold what they came from


    class Unreadable(Exception):
        \"\"\"Its pickle cannot be read: it asks for two values, and is given one.\"\"\"

        def __init__(self, first, second):
            super().__init__(f"{first} and {second}")


    class Held(Exception):
        \"\"\"Its pickle cannot be written.\"\"\"

        def __init__(self, text):
            super().__init__(text)
            self.held = lambda: None


    class Ours(ComponentError):
        def __init__(self, first, second):
            super().__init__(f"{first} and {second}")


    def in_a_circle(error):
        other = KeyError("the reason")
        error.__cause__, other.__cause__ = other, error
        return error


    ERRORS = {
        "plain": lambda: ValueError("no light"),
        "ours": lambda: ComponentError("no light"),
        "data": lambda: DataError("no light"),
        "unreadable": lambda: Unreadable("no light", "no air"),
        "held": lambda: Held("no light"),
        "own class": lambda: Ours("no light", "no air"),
        "circle": lambda: in_a_circle(ComponentError("no light")),
        "itself": lambda: in_itself(ComponentError("no light")),
        "memory": lambda: MemoryError("no light"),
        "rows": lambda: rows(),
    }


    def in_itself(error):
        error.__cause__ = error
        return error


    def rows():
        from raman_xp.errors import RowErrors

        return RowErrors({3: "no light"})


    class Failing(Model):
        name: ClassVar = "failing"
        how: str = "plain"

        def fit(self, task):
            raise ERRORS[self.how]()

        def load(self, folder, curves, threads):
            raise NotImplementedError

        def parameter_count(self, channels, classes):
            return 1


    @hookimpl
    def raman_xp_models():
        return [Failing]
    """
HOW = ("plain", "ours", "data", "unreadable", "held", "own class", "circle", "itself", "memory", "rows")


@pytest.fixture
def failing(quick: Quick, install, monkeypatch: pytest.MonkeyPatch) -> Quick:
    site = install("xp-failing", {"model.failing": "xp_failing"}, xp_failing=dedent(FAILING))
    monkeypatch.setenv("PYTHONPATH", str(site))
    quick.spec(QUICK.replace("use: nearest_mean", "use: failing"), "quick.yaml")
    return quick


@pytest.mark.parametrize("workers", ["0", "1"])
def test_the_reason_arrives_and_the_fit_is_tried_once(failing: Quick, workers, caplog):
    errors = ", ".join(HOW)
    ran = failing.run("quick.yaml", "--workers", workers, "--set", f"sweep={{model.how: [{errors}]}}")
    ran.assert_error(code=1)
    told = [line for line in ran.stderr.splitlines() if line.startswith("Error: ")]
    assert len(told) == len(HOW)
    for line in told:
        assert "no light" in line
    assert "attempt" not in caplog.text + ran.stderr
    assert "killed, out of memory" not in ran.stderr


def test_the_reason_arrives_from_a_cluster(failing: Quick, cluster):
    file = str(cluster(workers=1).file)
    for how in ("itself", "circle", "unreadable"):
        ran = failing.invoke("run", "quick.yaml", "--cluster", file, "--set", f"model.how={how}")
        assert ran.exit_code == 1
        assert "no light" in ran.stderr


def test_an_error_stands_alone():
    error = ComponentError("no light")
    error.__cause__, error.__context__ = error, KeyError("before")
    assert alone(error) is error
    assert error.__cause__ is None
    assert error.__context__ is None
    assert isinstance(pickle.loads(pickle.dumps(error)), RamanXpError)
