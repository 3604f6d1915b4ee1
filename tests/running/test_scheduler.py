"""The order in which units of work are handed out, whatever becomes of each of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raman_xp.running.scheduler import ATTEMPTS, Scheduler, Task
from raman_xp.running.trial_run import Unit
from raman_xp.trial.fit import Step


def fit(trial: int, fold: int | None, key: str = "") -> Task:
    return Task(trial, Unit(fold), key or f"{trial} {fold}")


def follow(trial: int, step: Step, name: str = "") -> Task:
    return Task(trial, Unit(step=step, pictures=(name,)), f"{trial} {step} {name}")


def handed_out(scheduler: Scheduler) -> list[Task]:
    """All tasks that can begin now."""
    return list(iter(scheduler.next, None))


def test_tasks_are_handed_out_in_their_order():
    tasks = [fit(0, 1), fit(0, None), fit(1, 1), fit(1, None)]
    assert handed_out(Scheduler(tasks)) == tasks


def test_nothing_to_do_is_finished():
    scheduler = Scheduler([])
    assert scheduler.is_finished
    assert scheduler.next() is None


def test_it_is_finished_when_all_are_done():
    first, second = fit(0, 1), fit(0, None)
    scheduler = Scheduler([first, second])
    for task in (first, second):
        assert not scheduler.is_finished
        assert scheduler.next() == task
        assert not scheduler.is_finished
        scheduler.done(task)
    assert scheduler.is_finished


class TestTheSameWorkTwice:
    FIRST, SAME, OTHER = fit(0, 1, "same"), fit(1, 1, "same"), fit(1, 2)

    def test_the_second_waits_for_the_first_and_others_do_not(self):
        scheduler = Scheduler([self.FIRST, self.SAME, self.OTHER])
        assert handed_out(scheduler) == [self.FIRST, self.OTHER]
        scheduler.done(self.OTHER)
        assert scheduler.next() is None
        assert not scheduler.is_finished

    def test_it_is_handed_out_once_the_first_is_done(self):
        scheduler = Scheduler([self.FIRST, self.SAME])
        handed_out(scheduler)
        scheduler.done(self.FIRST)
        assert handed_out(scheduler) == [self.SAME]
        scheduler.done(self.SAME)
        assert scheduler.is_finished

    def test_it_goes_before_what_is_queued(self):
        queued = fit(1, 3)
        scheduler = Scheduler([self.FIRST, self.SAME, self.OTHER, queued])
        assert [scheduler.next(), scheduler.next()] == [self.FIRST, self.OTHER]
        scheduler.done(self.FIRST)
        assert handed_out(scheduler) == [self.SAME, queued]

    def test_it_waits_while_the_first_is_tried_again(self):
        scheduler = Scheduler([self.FIRST, self.SAME])
        handed_out(scheduler)
        assert scheduler.died(self.FIRST)
        assert handed_out(scheduler) == [self.FIRST]


class TestWhatFollows:
    def test_an_explanation_is_next(self):
        final, others = fit(0, None), [fit(0, 1), fit(1, None)]
        scheduler = Scheduler([final, *others])
        scheduler.next()
        explain = follow(0, Step.EXPLAIN)
        scheduler.done(final, [explain])
        assert handed_out(scheduler) == [explain, *others]

    def test_pictures_come_after_the_fits_of_their_trial_and_before_those_of_others(self):
        final, fold, other = fit(0, None), fit(0, 1), fit(1, None)
        scheduler = Scheduler([final, fold, other])
        scheduler.next()
        pictures = [follow(0, Step.DRAW, "a"), follow(0, Step.DRAW, "b")]
        scheduler.done(final, pictures)
        assert handed_out(scheduler) == [fold, *pictures, other]

    def test_pictures_of_the_last_trial_come_last(self):
        final, fold = fit(0, None), fit(0, 1)
        scheduler = Scheduler([final, fold])
        scheduler.next()
        pictures = [follow(0, Step.DRAW, "a")]
        scheduler.done(final, pictures)
        assert handed_out(scheduler) == [fold, *pictures]


class TestAProcessThatDies:
    def test_its_task_is_next_again_until_all_attempts_are_spent(self):
        doomed, other = fit(0, 1), fit(0, 2)
        scheduler = Scheduler([doomed, other])
        for attempt in range(1, ATTEMPTS):
            assert scheduler.next() == doomed
            assert scheduler.died(doomed)
            assert scheduler.attempts(doomed) == attempt
        assert scheduler.next() == doomed
        assert not scheduler.died(doomed)
        scheduler.done(doomed)
        assert handed_out(scheduler) == [other]

    def test_attempts_of_one_task_do_not_count_for_another(self):
        tasks = [fit(0, 1), fit(0, 2)]
        scheduler = Scheduler(tasks)
        handed_out(scheduler)
        for task in tasks:
            assert scheduler.died(task)
            assert scheduler.attempts(task) == 1


def test_a_task_that_was_not_handed_out_cannot_be_done():
    with pytest.raises(KeyError):
        Scheduler([fit(0, 1)]).done(fit(0, 1))


@given(st.data())
def test_every_task_ends_once_whatever_happens(data):
    """Any tasks with any keys, any number of slots, any deaths: each is done once, and no key runs twice."""
    keys = data.draw(st.lists(st.sampled_from("abcd"), max_size=12), label="keys")
    tasks = [fit(number // 3, number, key) for number, key in enumerate(keys)]
    slots = data.draw(st.integers(1, 4), label="slots")
    scheduler, running, done = Scheduler(tasks), [], []
    while not scheduler.is_finished:
        while len(running) < slots and (task := scheduler.next()):
            assert task.key not in {each.key for each in running}
            running.append(task)
        assert running
        task = running.pop(data.draw(st.integers(0, len(running) - 1), label="which"))
        if data.draw(st.booleans(), label="dies") and scheduler.died(task):
            continue
        done.append(task)
        scheduler.done(task)
    assert sorted(done, key=tasks.index) == tasks
    assert scheduler.next() is None
