"""The pictures of a trial on its way, whichever of them kills the process that draws it."""

from __future__ import annotations

from raman_xp.results import Drawn, MissingPicture
from raman_xp.running.trial_pictures import PATIENCE, TrialPictures, listed, told


def begun(*names: str) -> TrialPictures:
    pictures = TrialPictures()
    pictures.begin(names)
    return pictures


def test_pictures_are_counted_as_they_are_drawn():
    pictures = begun("a", "b", "c")
    assert (pictures.done, pictures.total, pictures.is_complete) == (0, 3, False)
    pictures.take(["a", "b"], Drawn({"a.png": b"a"}, [MissingPicture("b", "no ink")], 1.5))
    assert (pictures.done, pictures.total, pictures.is_complete) == (2, 3, False)
    pictures.take(["c"], Drawn({"c.png": b"c"}, seconds=0.5))
    assert pictures.is_complete
    assert dict(pictures.files) == {"a.png": b"a", "c.png": b"c"}
    assert pictures.missing == [MissingPicture("b", "no ink")]
    assert pictures.seconds == 2.0


def test_a_trial_without_pictures_is_complete():
    assert TrialPictures().is_complete


def test_a_group_that_failed_is_drawn_one_by_one_and_a_picture_that_failed_is_not_drawn_again():
    pictures = begun("a", "b", "c")
    assert list(pictures.failed(["a", "b"], "killed")) == [("a",), ("b",)]
    assert pictures.done == 0
    assert list(pictures.failed(["b"], "killed")) == []
    assert pictures.missing == [MissingPicture("b", "killed")]
    assert pictures.done == 1


def test_after_some_pictures_that_failed_the_others_are_not_tried():
    names = [f"p{number}" for number in range(PATIENCE + 2)]
    pictures = begun(*names)
    for name in names[:PATIENCE]:
        assert not pictures.give_up([name])
        assert list(pictures.failed([name], "killed")) == []
    assert list(pictures.failed(names[PATIENCE:], "killed")) == []
    assert pictures.give_up(["more"])
    assert pictures.is_complete
    assert pictures.missing[-1].reason == "not tried after 3 pictures of the trial had ended their process"


def test_missing_pictures_are_listed_with_their_reasons():
    missing = [MissingPicture("a", "no ink", "Traceback\n"), MissingPicture("b", "killed")]
    assert listed(missing) == b"a: no ink\n\nTraceback\n\nb: killed"
    assert told(missing) == "2 pictures could not be drawn: a (no ink) and 1 other"
    assert told(missing[:1]) == "1 picture could not be drawn: a (no ink)"
