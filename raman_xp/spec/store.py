"""Where results go: the user says it, who may not be the author of a spec."""

from __future__ import annotations

from raman_xp.components import Tracker
from raman_xp.spec.validation import Checker


def users_tracker(tracker: Tracker, checker: Checker, path: str) -> Tracker:
    """Return the tracker without what the spec's file says of the place where results go.

    What the command line says stays. A file that names another place than the user has chosen is a problem.

    Args:
        tracker: as the spec describes it, options of the command line included.
        checker: of the spec; told what is wrong.
        path: of the spec, as its marks have it.
    """
    given = checker.doc.value.get("track")
    if not isinstance(given, dict):
        return tracker
    named = [
        key
        for key in tracker.user_keys
        if given.get(key) is not None and checker.doc.mark(("track", key)).source == path
    ]
    if not named:
        return tracker
    users = type(tracker)(**tracker.model_dump(exclude={*named}))
    if users.address != tracker.address:
        for key in named:
            checker.say(
                ("track", key),
                f"the spec names the store {tracker.address}, and results go to {users.address}. Whoever "
                "runs a spec says where results go: remove the key or, if you trust that store, add "
                f"--{key.replace('_', '-')} {given[key]}",
            )
    return users
