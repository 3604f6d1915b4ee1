"""Who owns a trial: at most one runner at a time.

MLflow has no compare-and-swap. A claim is therefore a tag with a name of its own, which only its claimant
rewrites. A claimant first writes its claim to a run of the trial, and then reads the claims on all runs of
the trial. It owns the trial only after such a read has shown no other living claim.

Two claimants cannot both own the trial: each writes before it reads, so the one whose write comes second
reads the claim of the first. Of claimants that see each other, the first in `Claim.rank` waits and all others
withdraw. A claim that is held never withdraws. Clocks therefore decide who withdraws, never who owns.

The claim of a dead runner does not count, and the next owner deletes it. A runner that was only silent for
too long finds its claim deleted at its next heartbeat, or before its next write, and stops writing.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from raman_xp.errors import BusyError
from raman_xp_plugins.tracking.heartbeat import INTERVAL, SILENCE, Life, life_of, runner_of, this_runner
from raman_xp_plugins.tracking.run import Run

log = logging.getLogger(__name__)

PREFIX = "raman_xp.claim."
PAUSE, PATIENCE = 0.1, 20.0
"""Seconds between two looks at other claims, and until a claimant that waits for others withdraws."""
LOOK = 2.0
"""Seconds between two looks at a claim from another machine, whose runner may be dead."""
TRUSTED = 2 * INTERVAL
"""Seconds for which a confirmed claim is trusted without another look; far less than `heartbeat.SILENCE`."""


class State(StrEnum):
    """How far a claim is. ``CLOSING`` claims only end a dead runner's run; all others go before them.

    ``APART`` claims are of runs that repeat a trial on request. They compete with nobody.
    """

    ASKED = "asked"
    CLOSING = "closing"
    HELD = "held"
    APART = "apart"


@dataclass(frozen=True)
class Claim:
    """A claim of a runner to a trial.

    Args:
        id: unique.
        runner: machine, process and its start, as `heartbeat.this_runner` gives them.
        since: when it was made, in seconds, by its runner's clock.
        beat: number of its last sign of life.
    """

    id: str
    runner: str
    since: float
    beat: int
    state: State

    @property
    def tag(self) -> str:
        """Name of the tag that holds the claim."""
        return PREFIX + self.id

    @property
    def text(self) -> str:
        """Value of the tag that holds the claim."""
        return json.dumps(asdict(self))

    @property
    def rank(self) -> tuple[bool, float, str]:
        """Place in the queue of those that ask."""
        return self.state is State.CLOSING, self.since, self.id

    @property
    def is_settled(self) -> bool:
        """Whether it does not withdraw for others."""
        return self.state in (State.HELD, State.APART)

    @property
    def life(self) -> Life:
        """Whether its runner lives, and still has it."""
        if self.runner == this_runner():
            return Life.LIVES if self.id in _of_this_process else Life.DEAD
        return life_of(self.runner, self.id, self.beat)

    @property
    def is_alive(self) -> bool:
        """Whether its runner may live."""
        return self.life is not Life.DEAD


_of_this_process: set[str] = set()
"""Claims that this process has not given up; others with its name are left over from a failed withdrawal."""


def new_claim(state: State) -> Claim:
    """A claim of this process; `forget` ends it."""
    claim = Claim(uuid.uuid4().hex[:16], this_runner(), time.time(), 0, state)
    _of_this_process.add(claim.id)
    return claim


def forget(claim: Claim) -> None:
    """Give a claim up, also where its tag cannot be deleted."""
    _of_this_process.discard(claim.id)


def claims_on(run: Run) -> list[Claim]:
    """All claims on a run, also those of dead runners."""
    return [claim for name, text in run.tags.items() if name.startswith(PREFIX) for claim in _read(text)]


def living(runs: Iterable[Run], own: Claim | None = None) -> list[tuple[Run, Claim]]:
    """Claims of living runners, other than one's own, each with its run."""
    found = [(run, claim) for run in runs for claim in claims_on(run)]
    return [(run, claim) for run, claim in found if claim.is_alive and (own is None or claim.id != own.id)]


def _read(text: str) -> Iterator[Claim]:
    try:
        told = json.loads(text)
        claim = Claim(
            str(told["id"]),
            str(told["runner"]),
            float(told["since"]),
            int(told["beat"]),
            State(told["state"]),
        )
        runner_of(claim.runner)
    except (ValueError, KeyError, TypeError):
        return  # somebody has edited the tag: it is nobody's claim
    yield claim


def refuse(name: str, at_work: Sequence[tuple[Run, Claim]]) -> None:
    """Refuse a trial that others work on.

    Raises:
        BusyError: there are others.
    """
    for run, claim in at_work:
        raise BusyError(
            f"{name}: {runner_of(claim.runner)} is at work on it (run {run.id}); "
            "wait for it or stop it, or start with --fresh to do it twice"
        )


class Claims:
    """Makes, confirms and withdraws claims in one store.

    Args:
        client: an ``MlflowClient``.
        runs_of: reads all runs of the trial with this key, as the store has them now.
    """

    def __init__(self, client: Any, runs_of: Callable[[str], list[Run]]) -> None:
        self.client = client
        self.runs_of = runs_of

    def put(self, run: Run, claim: Claim) -> None:
        """Write a claim, or a new state or heartbeat of it."""
        self.client.set_tag(run.id, claim.tag, claim.text)

    def withdraw(self, run: Run, claim: Claim) -> None:
        """Delete a claim from its run."""
        forget(claim)
        self._delete(run, claim)

    def awaited(self, key: str, name: str) -> list[Run]:
        """Wait until it is known whether the runners that have claimed a trial live.

        Args:
            name: of the trial, for messages.

        Returns:
            All runs of the trial, none of which a living runner works on.

        Raises:
            BusyError: a living runner is at work on the trial.
        """
        is_told = False
        while True:
            runs = self.runs_of(key)
            others = living(run for run in runs if not run.is_whole)
            lives = [pair for pair in others if pair[1].life is Life.LIVES]
            # Who only closes a dead runner's run is done in a moment.
            refuse(name, [pair for pair in lives if pair[1].state is not State.CLOSING])
            if len(lives) == len(others):
                return runs
            if not is_told:
                run, claim = next(pair for pair in others if pair not in lives)
                log.warning(
                    "%s: %s has begun it (run %s) and may have died. Waiting up to %.0f s for a sign of life",
                    name,
                    runner_of(claim.runner),
                    run.id,
                    SILENCE,
                )
                is_told = True
            time.sleep(LOOK)

    def settled(self, key: str, claim: Claim) -> tuple[list[Run], list[tuple[Run, Claim]]]:
        """Wait until a claim that is written has won or lost.

        Returns:
            All runs of the trial as read by the decisive look; and the claims to which this one has lost:
            none where it has won.
        """
        end = time.monotonic() + PATIENCE
        while True:
            runs = self.runs_of(key)
            others = living(runs, claim)
            before = [pair for pair in others if pair[1].is_settled or pair[1].rank < claim.rank]
            if before or not others:
                return runs, before
            if time.monotonic() > end:
                return runs, others
            time.sleep(PAUSE)

    def revoke_dead(self, runs: Sequence[Run]) -> None:
        """Delete the claims of dead runners; one that comes back then finds that it has lost the trial."""
        for run in runs:
            for claim in claims_on(run):
                if not claim.is_alive:
                    self._delete(run, claim)

    def _delete(self, run: Run, claim: Claim) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self.client.delete_tag(run.id, claim.tag)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":  # another runner has deleted it
                raise


class Ownership:
    """The claim of this process to a trial that it works on.

    Args:
        claim: which is written, and has won.
        key: of the trial.
        name: of the trial, for messages.
    """

    def __init__(self, claims: Claims, run: Run, claim: Claim, key: str, name: str) -> None:
        self._claims, self._run, self._claim, self._key, self._name = claims, run, claim, key, name
        self._confirmed = time.time()
        self._lost = ""
        self._lock = threading.Lock()

    @property
    def is_lost(self) -> bool:
        """Whether another runner is known to own the trial."""
        return bool(self._lost)

    def require(self) -> None:
        """Check that this process still owns the trial; called before each write.

        Raises:
            BusyError: another runner has taken the trial over.
        """
        # The wall clock counts the time for which a machine slept; a monotonic clock may not.
        if not self._lost and not 0 <= time.time() - self._confirmed < TRUSTED:
            self.beat()
        if self._lost:
            raise BusyError(self._lost)

    def beat(self) -> None:
        """Confirm the claim and give a sign of life, or find that the claim is lost."""
        with self._lock:
            if self._lost or self._claim.id not in _of_this_process:
                return
            now = time.time()  # before the look
            runs = self._claims.runs_of(self._key)
            own = any(claim.id == self._claim.id for run in runs for claim in claims_on(run))
            taken = [] if self._claim.state is State.APART else self._taken(runs)
            if taken or not own:
                self._lost = self._reason(taken or living(runs, self._claim))
                if own:
                    with suppress(Exception):  # the claim does not count any more, deleted or not
                        self._claims.withdraw(self._run, self._claim)
                forget(self._claim)
                return
            self._claim = replace(self._claim, beat=self._claim.beat + 1)
            self._claims.put(self._run, self._claim)
            self._confirmed = now

    def release(self) -> None:
        """Give the trial up; its run is ended."""
        with self._lock:
            if self._lost:
                return
            self._claims.withdraw(self._run, self._claim)

    def _taken(self, runs: Sequence[Run]) -> list[tuple[Run, Claim]]:
        """Claims that another runner holds, and that came first."""
        held = [pair for pair in living(runs, self._claim) if pair[1].state is State.HELD]
        return [pair for pair in held if pair[1].rank < self._claim.rank]

    def _reason(self, taken: Sequence[tuple[Run, Claim]]) -> str:
        who = f"{runner_of(taken[0][1].runner)} has" if taken else "another runner has"
        return (
            f"{self._name}: {who} taken over run {self._run.id}, because this runner (process {os.getpid()}) "
            "gave no sign of life for too long. This runner writes nothing more to that run. Recorded fits "
            "are kept; run the same command again once the other runner has ended"
        )
