"""A request to stop ends one run, not those that follow in the same process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from raman_xp.cli import _stopped
from raman_xp.running.execution import in_processes
from raman_xp.system import stopping
from raman_xp.system.stopping import Stopped, stop_on_signals
from raman_xp.testing import Project


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_over_with_its_run(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), stop_on_signals() as stop:
        os.kill(os.getpid(), number)
    assert stop.was_asked
    assert signal.getsignal(number) is before
    with pytest.raises(ValueError, match="a fault"), stop_on_signals():
        raise ValueError("a fault")


def interrupted_in_a_library() -> None:
    try:
        interrupt()
    except KeyboardInterrupt as error:
        raise TypeError("as native code does") from error


def test_a_stop_that_a_library_turned_into_its_own_error_is_a_stop():
    with pytest.raises(KeyboardInterrupt), stop_on_signals():
        interrupted_in_a_library()


def test_a_deferred_stop_comes_at_the_end():
    reached = []

    def work() -> None:
        with stop_on_signals() as stop, stop.deferred():
            interrupt()
            reached.append(stop.was_asked)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached == [True]


def test_further_requests_do_not_disturb_a_run_that_stops():
    done = []

    def work() -> None:
        with stop_on_signals():
            try:
                interrupt()
            finally:
                interrupt()
                interrupt()
                done.append("marked")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["marked"]


def test_a_request_that_a_library_has_swallowed_ends_the_wait_for_a_fit():
    def work() -> None:
        with stop_on_signals() as stop, in_processes(1, stop, begin=0) as backend:
            with suppress(KeyboardInterrupt):
                interrupt()
            backend.next(lambda progress: None)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert time.monotonic() - began < 10


def test_a_request_is_raised_again_where_a_library_has_swallowed_the_first(monkeypatch):
    monkeypatch.setattr(stopping, "_ONE", 0.1)
    raised = []

    def work() -> None:
        with stop_on_signals():
            with suppress(KeyboardInterrupt):
                interrupt()
            time.sleep(0.2)
            try:
                interrupt()
            except KeyboardInterrupt:
                raised.append("again")
                raise

    with pytest.raises(KeyboardInterrupt):
        work()
    assert raised == ["again"]


def test_further_requests_are_deferred_as_well():
    reached = []

    def work() -> None:
        with stop_on_signals() as stop, stop.deferred():
            interrupt()
            interrupt()
            reached.append(stop.was_asked)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached == [True]


def test_a_late_request_is_obeyed_where_the_first_was_deferred(monkeypatch):
    monkeypatch.setattr(stopping, "PATIENCE", 0.2)
    reached = []

    def work() -> None:
        with stop_on_signals() as stop, stop.deferred():
            interrupt()
            reached.append("after the first")
            time.sleep(0.3)
            interrupt()
            reached.append("after the second")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached == ["after the first"]


def test_a_request_is_obeyed_at_once_where_stopping_takes_too_long():
    code = """
import os, signal
from raman_xp.system import stopping
stopping.PATIENCE = 0
with stopping.stop_on_signals() as stop:
    try:
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        stop.begin_stopping()
        os.kill(os.getpid(), signal.SIGINT)
        print("never reached")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith("Stopped at once: runs that were open may show RUNNING until the next")


def test_another_thread_than_the_main_one_keeps_its_handlers():
    ended = []

    def work() -> None:
        with stop_on_signals():
            ended.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [before]


def test_a_run_that_was_stopped_does_not_stop_the_next_in_this_process(stored: Project, install):
    install(
        "xp-stops",
        {"explainer.stops": "xp_stops"},
        xp_stops="""
        import os, signal
        from raman_xp import hookimpl
        from raman_xp.components import Explainer

        class Stops(Explainer):
            name = "stops"
            by_signal: bool = True
            def explain(self, task):
                if self.by_signal:
                    os.kill(os.getpid(), signal.SIGINT)
                    task.model.logits(task.spectra.intensity)
                raise ValueError("a fault")

        @hookimpl
        def raman_xp_explainers():
            return [Stops]
        """,
    )
    stored.spec(
        """
        name: stops
        data: {use: pharma_csv, path: tiny.csv}
        split: {use: stratified, test: 0.4, folds: null}
        model: {use: pca_svm, components: 2, C: 1}
        explain: [{use: stops}]
        pictures: false
        """
    )
    stopped = stored.run().assert_error("Stopped. What was begun is marked KILLED", code=130)
    assert "%" not in stopped.stdout
    assert stored.trial().info.status == "KILLED"
    stored.run("tiny.yaml", "--set", "explain.stops.by_signal=false").assert_error(
        "ValueError: a fault", code=1
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "Stopped. No trial was open. Finished fits are kept"),
        (Stopped(), "Stopped. What was begun is marked KILLED in the store. Finished fits are kept"),
        (
            Stopped(["a", "b"]),
            "Stopped. The store could not be reached to mark a, b as KILLED: it may show RUNNING until",
        ),
    ],
)
def test_a_stop_tells_what_is_true(error, said):
    assert _stopped(error).startswith(said)
