"""Decides which unit of work is handed out next. Knows neither backends nor stores."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from raman_xp.running.trial_run import Unit
from raman_xp.trial.fit import Step

ATTEMPTS = 3
"""How often a unit is begun whose process dies."""


@dataclass(frozen=True)
class Task:
    """A unit of work of one trial.

    Args:
        trial: place of the trial in the plan.
        unit: fold and step.
        key: equal for units that do the same work; the result of one serves all.
    """

    trial: int
    unit: Unit
    key: str


class Scheduler:
    """Tasks that are left, in the order in which they are handed out.

    Of several tasks with the same key one is handed out; the others wait until it is done.

    Args:
        tasks: in the order in which they are begun; those of a trial together, so that it is finished early.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._queue = deque(tasks)
        self._running: set[str] = set()
        self._waiting: defaultdict[str, list[Task]] = defaultdict(list)
        self._deaths: Counter[Task] = Counter()

    @property
    def is_finished(self) -> bool:
        """Whether no task is queued, handed out or waiting."""
        return not self._queue and not self._running

    def next(self) -> Task | None:
        """Hand out a task; returns None where none can begin before another is done."""
        while self._queue:
            task = self._queue.popleft()
            if task.key not in self._running:
                self._running.add(task.key)
                return task
            self._waiting[task.key].append(task)
        return None

    def done(self, task: Task, following: Sequence[Task] = ()) -> None:
        """Take a task back that is done, or that needs not be done.

        Args:
            task: that was handed out.
            following: tasks of the same trial that follow from it. An explanation is begun at once, so that
                an explainer fails early. Pictures are drawn after all fits of the trial are handed out: they
                are short, and any worker that is free can draw them.
        """
        self._running.remove(task.key)
        of_others = (place for place, queued in enumerate(self._queue) if queued.trial != task.trial)
        end_of_trial = next(of_others, len(self._queue))
        for number, follower in enumerate(following):
            place = end_of_trial + number if follower.unit.step is Step.DRAW else 0
            self._queue.insert(place, follower)
        self._queue.extendleft(self._waiting.pop(task.key, []))

    def died(self, task: Task) -> bool:
        """Take a task back whose process died; returns whether it will be handed out again."""
        self._deaths[task] += 1
        if self._deaths[task] >= ATTEMPTS:
            return False
        self._running.remove(task.key)
        self._queue.appendleft(task)
        return True

    def attempts(self, task: Task) -> int:
        """Return how often the process of a task has died."""
        return self._deaths[task]
