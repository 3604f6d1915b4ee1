"""``python -m raman_xp``."""

from raman_xp.cli import main

main(prog_name="raman-xp")
