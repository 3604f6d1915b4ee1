"""Simulated Raman spectra of nine medicines; nothing in them was measured.

    python experiments/data/simulate_pharma [folder]

writes ``pharma.csv`` (raw counts), ``pharma.truth.csv``, ``pharma.bands.csv`` and ``pharma.about.yaml``,
always the same, beside this folder or into the folder given. What is in the medicines stands in
``medicines.yaml`` and ``bands/``, what the instrument does to them in ``measurement.py``.

The data set was fixed before any network saw it. It is not to be adjusted to what a network makes of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chemistry import DATA, LINE_FWHM, observed_bands, read_bands, read_medicines, truth
from measurement import SEED, SESSIONS, SPECTRA, SPOT_SPREAD, spectra

ABOUT = f"""\
title: Nine medicines, simulated
simulated: true
unit: cm⁻¹
truth: pharma.truth.csv
bands: pharma.bands.csv
description: |
  SIMULATED, not measured: raw counts computed from a table of band positions (bands/) and guessed
  compositions (medicines.yaml) by simulate_pharma, seed {SEED}. Nine over-the-counter medicines by their
  labels, {SPECTRA} spectra each, as a compact 785 nm spectrometer might see their powder in 1 s: an
  instrument line of {LINE_FWHM:g} cm⁻¹, signal from full down to one twentieth, fluorescence (LaE and Psa
  most), the hump of glass that grows as focus is lost, mixtures that vary by {SPOT_SPREAD:.0%} from spot to
  spot, wavenumber errors by spectrum and by session, shot and read noise, pixels of uneven response.

  Column session, s1 to s{SESSIONS}: each session measured every class, {SPECTRA // SESSIONS} spectra of each.

  Truth is the Raman light of a class at its nominal composition in best focus, with the instrument's
  line and without background or wavenumber error, in counts; columns class/compound are the parts it is
  the sum of.

  What it cannot show: that a real medicine has these bands, or how well real medicines can be told
  apart. Masses of excipients and cross-sections are guesses; the bands of caffeine, mannitol, magnesium
  stearate and hydrotalcite are general knowledge; valine stands in for tranexamic acid and seven ring
  modes of phenylalanine for pseudoephedrine; several actives are left out; bands of valine,
  phenylalanine and glucose under 450 cm⁻¹ are not in the table. There is one preparation per class, so
  class and batch are the same thing: whatever marks the batch, such as its fluorescence (which the
  pixels' uneven response imprints with a fixed pattern), marks the class. Apart from its pixels the
  detector is equally sensitive at every wavenumber, and there are no cosmic rays, no bleaching and no
  orientation of crystals.
licence: |
  MIT, as the project, except that the rows of pharma.bands.csv whose provenance is `digitised` derive
  from ramanbiolib (https://github.com/mteranm/ramanbiolib) and are under the Open Database License 1.0
  (https://opendatacommons.org/licenses/odbl/1-0/). The spectra and the truth contain information from
  ramanbiolib, which is made available under that licence. The full attribution is in bands/README.md.
"""


def main(folder: Path) -> None:
    bands = read_bands()
    medicines = read_medicines(bands)
    tables = {
        "pharma.csv": spectra(bands, medicines),
        "pharma.truth.csv": truth(bands, medicines),
        "pharma.bands.csv": observed_bands(bands, medicines),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8")
    (folder / "pharma.about.yaml").write_text(ABOUT, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
