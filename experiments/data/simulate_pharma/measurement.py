"""What a compact 785 nm spectrometer makes of the light of powder in a well on a glass slide, in 1 s."""

from __future__ import annotations

import numpy as np
import pandas as pd
from chemistry import SIGMA_PER_FWHM, TRUTH_AXIS, Floats, Medicine, pure
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

SEED = 785
SPECTRA = 44
"""Of each class."""
SESSIONS = 4
"""Each measures every class, so that a session tells nothing about the class."""

LADDER = (1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 20)
"""Signals that every class has; the others lie between the last and `BELOW_BEST`."""
LADDER_SPREAD = 0.02
BELOW_BEST = 0.9
SPOT_SPREAD = 0.25
"""Relative spread of the amount of each compound from spot to spot."""

LASER_NM = 785.0
START, STOP = 330.0, 1830.0
PIXELS = 524
"""Evenly spaced in wavelength, hence 3.26 to 2.52 cm⁻¹ apart."""
SESSION_SHIFT = 1.0
SPECTRUM_SHIFT = 0.4
STRETCH = 1.0
"""Change of the wavenumber error from one end of the range to the other, at most, cm⁻¹."""

FLUORESCENCE_SPREAD = 0.3
FALL_SPREAD = 0.1
FLUORESCENCE_FOCUS = 0.4
"""Power of the signal that fluorescence follows: it comes from deeper and loses less as focus is lost."""
GLASS_COUNTS = 150.0
GLASS_AT, GLASS_FWHM = 1375.0, 320.0
GLASS_IN_FOCUS = 0.15
GLASS_SPREAD = 0.25

ELECTRONS_PER_COUNT = 4.0
READ_NOISE = 60.0
"""Electrons, that of the dark current included."""
RESPONSE_SPREAD = 0.005
DARK_COUNTS = 900.0
ADC_TOP = 2**16 - 1


def spectra(bands: pd.DataFrame, medicines: list[Medicine]) -> pd.DataFrame:
    """Raw counts, one row a spectrum; the columns after label and session are the detector's pixels."""
    axis = pixels()
    response = 1 + RESPONSE_SPREAD * stream("response").standard_normal(axis.size)
    session = np.arange(SPECTRA) * SESSIONS // SPECTRA
    tables = []
    for medicine in medicines:
        signal = signals(medicine.name)
        true_axis = axis - wavenumber_error(medicine.name, axis, session)
        light = raman(bands, medicine, signal, true_axis) + background(medicine, signal, axis)
        table = pd.DataFrame(counts(medicine.name, light * response), columns=[f"{at:.2f}" for at in axis])
        table.insert(0, "session", [f"s{number + 1}" for number in session])
        table.insert(0, "label", medicine.name)
        tables.append(table)
    return pd.concat(tables)


def stream(*name: str) -> np.random.Generator:
    """Random numbers of their own for each name: a change in one part moves no other."""
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=tuple("/".join(name).encode())))


def spread(rng: np.random.Generator, relative: float, *shape: int) -> Floats:
    """Log-normal factors of mean 1 and this relative standard deviation."""
    sigma = np.sqrt(np.log1p(relative**2))
    factors: Floats = np.exp(sigma * rng.standard_normal(shape) - sigma**2 / 2)
    return factors


def pixels() -> Floats:
    """Wavenumber of each pixel, (pixels,), as the calibration has it and the header gives it."""
    first, last = (1 / (1 / LASER_NM - 1e-7 * end) for end in (START, STOP))
    axis: Floats = np.round(1e7 / LASER_NM - 1e7 / np.linspace(first, last, PIXELS), 2)
    return axis


def along(axis: Floats) -> Floats:
    """The detector's range as -½ to ½."""
    return (axis - (START + STOP) / 2) / (STOP - START)


def signals(name: str) -> Floats:
    """Height of the strongest band of each spectrum, (spectra,), relative to the best of the class."""
    rng = stream("signal", name)
    ladder = np.array(LADDER)
    ladder[1:] *= 1 + LADDER_SPREAD * rng.uniform(-1, 1, ladder.size - 1)
    others = np.exp(rng.uniform(np.log(LADDER[-1]), np.log(BELOW_BEST), SPECTRA - ladder.size))
    return rng.permutation(np.concatenate([ladder, others]))


def wavenumber_error(name: str, axis: Floats, session: NDArray[np.int64]) -> Floats:
    """How far a band appears above its place, (spectra, pixels), in cm⁻¹."""
    rng = stream("sessions")
    shift, stretch = rng.standard_normal(SESSIONS), rng.uniform(-1, 1, SESSIONS)
    # So few draws may all fall to one side, and the truth would then be off for the whole set:
    # the calibration is right on the average of the sessions.
    shift = SESSION_SHIFT * (shift - shift.mean()) / shift.std()
    stretch = STRETCH * (stretch - stretch.mean())
    own = SPECTRUM_SHIFT * stream("shift", name).standard_normal(session.size)
    error: Floats = (shift[session] + own)[:, None] + stretch[session][:, None] * along(axis)
    return error


def raman(bands: pd.DataFrame, medicine: Medicine, signal: Floats, true_axis: Floats) -> Floats:
    """Raman light in counts, (spectra, pixels): each spot is its own mixture, scaled to its signal."""
    factors = spread(stream("composition", medicine.name), SPOT_SPREAD, signal.size, len(medicine.compounds))
    mixtures = medicine.heights * factors
    on_truth = pure(bands, medicine, TRUTH_AXIS)
    best = (medicine.heights @ on_truth).max()
    mixtures *= (best * signal / (mixtures @ on_truth).max(axis=1))[:, None]
    # A spline through every half cm⁻¹ follows lines 10 cm⁻¹ wide far closer than the noise, and makes the
    # profiles be computed once instead of for every spectrum.
    grid = np.arange(START - 20, STOP + 20, 0.5)
    at_pixels = CubicSpline(grid, pure(bands, medicine, grid), axis=1)(true_axis)
    light: Floats = np.einsum("sc,csp->sp", mixtures, at_pixels)
    return light


def background(medicine: Medicine, signal: Floats, axis: Floats) -> Floats:
    """Fluorescence and, the more the focus is lost, glass: counts, (spectra, pixels)."""
    rng = stream("fluorescence", medicine.name)
    level = medicine.fluorescence * spread(rng, FLUORESCENCE_SPREAD, signal.size) * signal**FLUORESCENCE_FOCUS
    fall = medicine.fall * spread(rng, FALL_SPREAD, signal.size)
    fluorescence = level[:, None] * np.exp(-fall[:, None] * along(axis))
    out_of_focus = GLASS_IN_FOCUS + (1 - GLASS_IN_FOCUS) * (1 - signal)
    glass = GLASS_COUNTS * out_of_focus * spread(stream("glass", medicine.name), GLASS_SPREAD, signal.size)
    hump = np.exp(-((axis - GLASS_AT) ** 2) / (2 * (GLASS_FWHM * SIGMA_PER_FWHM) ** 2))
    light: Floats = fluorescence + glass[:, None] * hump
    return light


def counts(name: str, light: Floats) -> NDArray[np.int64]:
    """What the converter gives for light in counts, (spectra, pixels).

    Shot noise is drawn from a normal distribution of a Poisson's variance. With thousands of electrons the
    two agree, and no draw then depends on the last bit of the light, as a Poisson generator's would.
    """
    electrons = ELECTRONS_PER_COUNT * light
    noise = np.sqrt(electrons) * stream("shot", name).standard_normal(light.shape)
    noise += READ_NOISE * stream("read", name).standard_normal(light.shape)
    read = np.rint((electrons + noise) / ELECTRONS_PER_COUNT + DARK_COUNTS).astype(np.int64)
    if read.min() < 0 or read.max() >= ADC_TOP:
        raise SystemExit(f"{name}: {read.min()} to {read.max()} counts do not fit a 16-bit converter")
    return read
