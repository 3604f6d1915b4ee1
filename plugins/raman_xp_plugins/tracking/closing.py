"""Ends the runs that dead runners have left open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from raman_xp_plugins.tracking.claims import Claims, State, claims_on, new_claim
from raman_xp_plugins.tracking.heartbeat import RUNNER, SILENCE, Life, life_of, runner_of
from raman_xp_plugins.tracking.run import ERROR, TRIAL, Run


class Closing:
    """Ends open runs whose runners are dead.

    Args:
        client: an ``MlflowClient``.
    """

    def __init__(self, client: Any, claims: Claims) -> None:
        self.client = client
        self.claims = claims
        self._doubtful: set[str] = set()
        self._opened = time.monotonic()

    def ended(self, run: Run) -> Run:
        """Look at a run; returns it, ended where its runner died and left it open."""
        life = _life(run)
        if life is not Life.DEAD:
            if run.status == "RUNNING" and life is Life.UNKNOWN:
                self._doubtful.add(run.id)
            return run
        if run.status == "FINISHED":  # and its runner died before it could give the run up
            self.claims.revoke_dead([run])
        if run.status != "RUNNING":
            return run
        if TRIAL not in run.tags:
            return self._killed(run)
        claim = new_claim(State.CLOSING)
        self.claims.put(run, claim)
        try:
            same, others = self.claims.settled(run.tags[TRIAL], claim)
            now = next((each for each in same if each.id == run.id), run)
            if others or now.status != "RUNNING":  # somebody has taken it up meanwhile
                return now
            self.claims.revoke_dead([now])
            return self._killed(run)
        finally:
            self.claims.withdraw(run, claim)

    def end_silent(self, runs: Callable[[], Iterable[Run]]) -> None:
        """End the runs that were open when this process began, if it has watched them for long enough.

        Args:
            runs: reads all runs of the experiment.
        """
        if self._doubtful and time.monotonic() - self._opened >= SILENCE:
            for run in runs():
                if run.id in self._doubtful:
                    self.ended(run)

    def _killed(self, run: Run) -> Run:
        """A dead runner's run, ended."""
        reason = f"its runner died: {runner_of(run.tags[RUNNER])}"
        self.client.set_tag(run.id, ERROR, reason)
        self.client.set_terminated(run.id, "KILLED")
        return replace(run, status="KILLED", tags={**run.tags, ERROR: reason})


def _life(run: Run) -> Life:
    """Whether a runner works on a run. All its signs of life are looked at, for a later look to compare."""
    lives = {claim.life for claim in claims_on(run)}
    if not lives:
        lives = {life_of(run.tags[RUNNER])} if RUNNER in run.tags else {Life.LIVES}
    return next(life for life in (Life.LIVES, Life.UNKNOWN, Life.DEAD) if life in lives)
