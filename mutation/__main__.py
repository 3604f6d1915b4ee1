"""Change the code in one place at a time, and see whether a test notices.

    python mutation run [PATTERN ...]     # stage, run the tests on every mutant that no test has killed yet
    python mutation show                  # the figures of every module, and the survivors
    python mutation write                 # the same, into docs/mutants.md

A pattern selects mutants by name, such as ``raman_xp.trial.keys.*``. The mutants are in ``build/mutation``,
a copy of the sources: remove it to test every mutant again. ``[tool.mutmut]`` in ``pyproject.toml`` lists
the modules and the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from report import KILLED, PAGE, page
from staging import ROOT, STAGE, stage


def run(patterns: list[str]) -> int:
    """Test the mutants that are not killed yet; return the exit code of mutmut.

    Args:
        patterns: names of mutants to test, killed or not; none for all that live.
    """
    stage()
    (STAGE / "mutants").mkdir(exist_ok=True)  # a folder that is not there when Python starts is not searched
    (STAGE / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)  # which test covers which function
    if not patterns:  # those that match a pattern are tested in any case
        forget_survivors()
    environment = os.environ | {
        # Processes that a test starts import the mutants too, instead of the installed sources.
        "PYTHONPATH": os.pathsep.join([str(STAGE / "mutants"), str(ROOT / "mutation")]),
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, "-m", "mutmut", "run", *patterns]
    return subprocess.run(command, cwd=STAGE, env=environment, check=False).returncode


def forget_survivors() -> None:
    """Make mutmut test again what lives, and what has run out of time."""
    for file in STAGE.glob("mutants/**/*.py.meta"):
        about = json.loads(file.read_text("utf-8"))
        codes = about["exit_code_by_key"]
        about["exit_code_by_key"] = {name: code if code in KILLED else None for name, code in codes.items()}
        file.write_text(json.dumps(about, indent=4), "utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", *patterns]:
            sys.exit(run(patterns))
        case ["show"]:
            print(page())
        case ["write"]:
            PAGE.write_text(page(), "utf-8")
        case _:
            sys.exit(__doc__)
