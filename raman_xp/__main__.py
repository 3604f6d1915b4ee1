"""``python -m raman_xp``."""

import os
import sys
from contextlib import suppress

# Python looks for modules in the working folder first. It is no place of code here: specs and data lie there.
with suppress(FileNotFoundError):  # a folder that was removed, which the command tells
    if not sys.flags.safe_path and sys.path[0] == os.getcwd() != os.path.dirname(os.path.dirname(__file__)):
        del sys.path[0]

from raman_xp.cli import main

main(prog_name="raman-xp")
