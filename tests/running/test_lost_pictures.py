"""What goes wrong while pictures are drawn costs pictures only."""

from __future__ import annotations

import json

import pytest

from raman_xp.testing.project import local_path
from running.conftest import QUICK, Quick

FAULTY = """
    import os
    import signal
    from pathlib import Path
    from raman_xp import hookimpl
    from raman_xp.components import Figure

    class Faulty(Figure):
        name = "faulty"
        def draw(self, task):
            (task.folder / (self.slug + ".txt")).write_text("half")
            if Path("fault.txt").exists():
                {fault}

    @hookimpl
    def raman_xp_figures():
        return [Faulty]
    """
FAULTS = {
    "memory": ("raise MemoryError", "MemoryError"),
    "a full disk": ('raise OSError(28, "No space left on device")', "OSError: [Errno 28] No space left"),
    "any other error": ('raise RuntimeError("out of ink")', "RuntimeError: out of ink"),
}
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
EVERY_RUN = {f"figures/{name}.png" for name in ("preprocessing", "confusion", "accuracy_by_signal")}


@pytest.fixture
def faulty(quick: Quick, install):
    """Makes a project, one of whose figures has a fault while ``fault.txt`` exists."""

    def make(fault: str, figures: str = "[{use: faulty}]") -> Quick:
        install("xp-faulty", {"figure.faulty": "xp_faulty"}, xp_faulty=FAULTY.format(fault=fault))
        quick.spec(QUICK.replace("pictures: false", f"figures: {figures}"), "quick.yaml")
        (quick.folder / "fault.txt").touch()
        return quick

    return make


def pictures(quick: Quick) -> set[str]:
    """Files of figures that the only trial has."""
    (trial,) = quick.trials()
    folder = local_path(trial.info.artifact_uri) / "figures"
    return {f"figures/{path.name}" for path in folder.iterdir() if path.suffix != ".svg"}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_while_drawing_costs_the_picture_and_says_so(faulty, fault):
    raised, reason = FAULTS[fault]
    quick = faulty(raised)
    result = quick.run("quick.yaml").assert_success()
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]
    assert quick.fits == 3
    assert "Warning: quick: 1 picture could not be drawn: figures/faulty (" in result.stderr
    assert reason in result.stderr
    assert pictures(quick) == EVERY_RUN
    (trial,) = quick.trials()
    assert trial.data.tags["raman_xp.missing_pictures"] == "figures/faulty"
    assert "1 picture could not be drawn: figures/faulty" in trial.data.tags["mlflow.note.content"]
    listed = quick.artifact("missing_pictures.txt").decode()
    assert listed.startswith("figures/faulty: ")
    assert "Traceback" in listed
    assert json.loads(quick.artifact("numbers.json"))


def test_the_same_command_draws_missing_pictures_and_fits_nothing(faulty):
    quick = faulty("raise MemoryError")
    quick.run("quick.yaml").assert_success()
    (before,) = quick.trials()
    (quick.folder / "fault.txt").unlink()
    result = quick.run("quick.yaml").assert_success()
    assert "could not be drawn" not in result.stderr
    assert quick.fits == 3
    (after,) = quick.trials()
    assert after.info.run_id == before.info.run_id
    assert after.info.status == "FINISHED"
    assert after.data.metrics["test/accuracy"] == before.data.metrics["test/accuracy"]
    assert "raman_xp.missing_pictures" not in after.data.tags
    assert "could not" not in after.data.tags["mlflow.note.content"]
    assert pictures(quick) == EVERY_RUN | {"figures/faulty.txt"}
    assert quick.artifact("missing_pictures.txt") == b"none\n"


def test_a_process_that_is_killed_while_drawing_costs_the_picture_it_was_drawing(faulty):
    quick = faulty(KILLED, "[{use: faulty}, {use: class_spectra}]")
    result = quick.invoke("run", "quick.yaml", "--workers", "1")
    assert result.exit_code == 0, result.output
    assert quick.fits == 3
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]
    assert pictures(quick) == EVERY_RUN | {"figures/class_spectra.png"}
    assert "1 picture could not be drawn: figures/faulty (quick: final: its process ended abruptly" in (
        result.stderr
    )


@pytest.mark.slow
def test_where_every_picture_kills_its_process_most_are_not_tried(faulty):
    ids = [f"f{number}" for number in range(6)]
    quick = faulty(KILLED, f"[{', '.join(f'{{use: faulty, id: {each}}}' for each in ids)}]")
    result = quick.invoke("run", "quick.yaml", "--workers", "1")
    assert result.exit_code == 0, result.output
    assert quick.fits == 3
    assert pictures(quick) == EVERY_RUN
    assert "6 pictures could not be drawn: figures/f0 (" in result.stderr
    lines = quick.artifact("missing_pictures.txt").decode().splitlines()
    assert sum("ended abruptly" in line for line in lines) in (3, 4)  # one may be handed out already
    assert "figures/f5: not tried after 3 pictures of the trial had ended their process" in lines


def test_a_process_that_is_killed_while_explaining_costs_no_fit(quick: Quick, install):
    source = """
        import os
        import signal
        from raman_xp import hookimpl
        from raman_xp.components import Explainer

        class Heavy(Explainer):
            name = "heavy"
            def explain(self, task):
                os.kill(os.getpid(), signal.SIGKILL)

        @hookimpl
        def raman_xp_explainers():
            return [Heavy]
        """
    install("xp-heavy", {"explainer.heavy": "xp_heavy"}, xp_heavy=source)
    quick.spec(QUICK.replace("use: input_magnitude", "use: heavy"), "quick.yaml")
    result = quick.invoke("run", "quick.yaml", "--workers", "1")
    assert result.exit_code == 1
    assert "(3 times; it is not tried again)" in result.stderr
    assert quick.fits <= 3  # each at most once
    (trial,) = quick.trials()
    assert trial.data.tags["raman_xp.fitted"] == trial.data.tags["raman_xp.fit_key"]
