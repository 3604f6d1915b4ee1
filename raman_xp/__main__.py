"""``python -m raman_xp``."""

import os
import sys

# Python looks for modules in the working folder first. It is no place of code here: specs and data lie there.
if not sys.flags.safe_path and sys.path[0] == os.getcwd() != os.path.dirname(os.path.dirname(__file__)):
    del sys.path[0]

from raman_xp.cli import main

main(prog_name="raman-xp")
