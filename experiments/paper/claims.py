"""What the paper says, what was measured, and whether one bears the other out: by rules, not by eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from results import Spread, Store, Trials

HOLDS, PARTLY, NOT, INCOMPARABLE = "holds", "holds in part", "does not hold", "cannot be compared"
FC, CAM, INPUT = "fc_importance", "grad_cam", "input_magnitude"
MEASURED_ACIDS = ("Arg", "Asn", "Asp", "Glu", "Gly", "His", "Phe", "Pro", "Ser", "Trp", "Tyr", "Val")
"""Partners of alanine in the file of measured spectra."""


@dataclass(frozen=True)
class Claim:
    """A statement of the paper beside what was measured.

    Args:
        where: section or figure.
        says: the statement, in our words.
        measured: what was found.
        verdict: one of the four above.
        rule: when it holds, and when not.
        experiments: whose commands repeat it.
        picture: in docs/paper, without ending, if there is one.
    """

    where: str
    says: str
    measured: str
    verdict: str
    rule: str
    experiments: tuple[str, ...]
    picture: str = ""


def claims(store: Store) -> Iterator[Claim]:
    """All of them, in the order of the paper."""
    for of_section in (_single_peaks, _common_peaks, _medicines, _deeper, _amino_acids):
        yield from of_section(store)


def _single_peaks(store: Store) -> Iterator[Claim]:
    peaks = store.trials("lorentzian")
    accuracy, pointing = peaks.metric("test/accuracy"), peaks.metric("map/pointing/fc_importance")
    yield Claim(
        "§4.1",
        "the network tells single Lorentzian peaks apart, and FC-importance lies on the peak",
        f"test accuracy {accuracy.percent()}; points at the peak: FC-importance {pointing.percent()}, Grad-CAM "
        f"{peaks.metric('map/pointing/grad_cam').percent()}, plain input "
        f"{peaks.metric('map/pointing/input_magnitude').percent()}",
        _verdict(min(accuracy.mean, pointing.mean) >= 0.95, min(accuracy.mean, pointing.mean) >= 0.5),
        "both at least 95 % (in part: 50 %)",
        ("lorentzian",),
        "lorentzian",
    )
    sizes = _by(store.trials("filter_size"), "model.kernel_size", "map/width/fc_importance")
    yield Claim(
        "Fig. 2a",
        "the map narrows as the filters shrink from 128 channels to 8",
        f"width of the map's band, in channels (the line is 4 wide): {_listed(sizes)}",
        _falls(list(reversed(sizes.values()))),
        "the mean width falls with every step (in part: from first to last)",
        ("filter_size",),
        "figure_2a",
    )
    counts = _by(store.trials("filter_count"), "model.filters", "map/width/fc_importance")
    mass = _by(store.trials("filter_count"), "model.filters", "map/mass_unique/fc_importance")
    yield Claim(
        "Fig. 2b",
        "the map gets more focused from 8 filters to 256",
        f"width of the map's band, in channels: {_listed(counts)}; positive mass on the class's own peak, in per cent: "
        f"{_listed(mass, scale=100)}",
        _falls(list(counts.values())),
        "the mean width falls with every step (in part: from first to last)",
        ("filter_count",),
        "figure_2b",
    )
    pointing_by = _by(store.trials("filter_count"), "model.filters", "map/pointing/fc_importance")
    few, many = pointing_by[64], pointing_by[256]
    yield Claim(
        "Fig. 2b",
        "64 filters are enough",
        f"maps that point at the peak: {_listed(pointing_by, scale=100)} %",
        _verdict(few.mean >= many.mean - 0.01, few.mean >= many.mean - 0.1),
        "64 filters point as well as 256, within a percentage point (in part: ten)",
        ("filter_count",),
        "filter_count_pointing",
    )


def _common_peaks(store: Store) -> Iterator[Claim]:
    trials = store.trials("common_peaks")
    pointing = {each: trials.metric(f"map/pointing/{each}") for each in (FC, CAM, INPUT)}
    own = {each: trials.metric(f"map/mass_unique/{each}") for each in (FC, CAM, INPUT)}
    other = {each: trials.metric(f"map/mass_distractor/{each}") for each in (FC, CAM, INPUT)}
    yield Claim(
        "Fig. 3",
        "among three random peaks, FC-importance lies on the one that the class has in common",
        f"accuracy {trials.metric('test/accuracy').percent()}; points at the common peak: FC-importance "
        f"{pointing[FC].percent()}, Grad-CAM {pointing[CAM].percent()}, plain input {pointing[INPUT].percent()}; "
        f"positive mass on the common peak {own[FC].percent()}, {own[CAM].percent()}, {own[INPUT].percent()}; on "
        f"random peaks {other[FC].percent()}, {other[CAM].percent()}, {other[INPUT].percent()}",
        _verdict(pointing[FC].mean >= 0.95, pointing[FC].mean > 2 * pointing[INPUT].mean),
        "95 % of the maps point at it (in part: twice as many as of the plain input)",
        ("common_peaks",),
        "figure_3",
    )
    dark = trials.metric("map/dark_unique/grad_cam")
    lit_own, lit_other = (trials.metric(f"map/height_{zone}/grad_cam") for zone in ("unique", "distractor"))
    yield Claim(
        "Fig. 3",
        "Grad-CAM at the last pooling lights every peak except the common one",
        f"height of its map on the common peak {lit_own}, on the highest random one {lit_other} of its largest; "
        f"the common peak is dark (under a tenth) in {dark.percent()} of the spectra",
        _verdict(dark.mean >= 0.9, lit_own.mean < lit_other.mean / 2),
        "the common peak is dark in 90 % of the spectra (in part: in the mean less than half as high as the highest "
        "random one; made stricter after the first runs: 10 % dark had been enough)",
        ("common_peaks",),
        "figure_3",
    )


def _medicines(store: Store) -> Iterator[Claim]:
    one, seeds = store.trials("pharma"), store.trials("pharma_seeds")
    svm, untrained = store.trials("pharma_svm_seeds"), store.trials("pharma_untrained")
    yield Claim(
        "§4.2",
        "nine medicines are told apart without a mistake",
        f"our medicines are simulated: test accuracy {seeds.metric('test/accuracy').percent()}, 95 % interval of the "
        f"first seed {100 * one.metric('test/accuracy_low').mean:.1f} to "
        f"{100 * one.metric('test/accuracy_high').mean:.1f} %; cross-validation in four folds "
        f"{seeds.metric('cv/accuracy_mean').percent()}",
        INCOMPARABLE,
        "other samples",
        ("pharma", "pharma_seeds"),
        "accuracy_by_signal",
    )
    difference = Spread(
        tuple(
            ours - theirs
            for ours, theirs in zip(
                seeds.metric("test/accuracy").values, svm.metric("test/accuracy").values, strict=True
            )
        )
    )
    yield Claim(
        "Fig. S4",
        "PCA and SVM do slightly worse",
        f"accuracy {svm.metric('test/accuracy').percent()}; the network's lead, in percentage points: "
        f"{difference.text('+.1f', 100)}",
        INCOMPARABLE,
        "other samples",
        ("pharma_svm", "pharma_svm_seeds"),
        "figure_s4",
    )
    yield Claim(
        "Fig. 5",
        "maps consist of strong bands, near zero on background",
        "positive mass on background channels: FC-importance "
        f"{seeds.metric('map/mass_background/fc_importance').percent()}; but plain input "
        f"{seeds.metric('map/mass_background/input_magnitude').percent()}, and FC-importance of an untrained network "
        f"{untrained.metric('map/mass_background/fc_importance').percent()}: no evidence by itself",
        _verdict(
            seeds.metric("map/mass_background/fc_importance").mean <= 0.05,
            seeds.metric("map/mass_background/fc_importance").mean <= 0.2,
        ),
        "at most 5 % of the mass on background (in part: 20 %)",
        ("pharma_seeds", "pharma_untrained"),
        "figure_5",
    )
    yield Claim(
        "§4.2",
        "weights are low where rivals have bands, high where only the class has",
        "positive mass on unique channels, on rivals': FC-importance "
        f"{_two(seeds, 'mass_unique', 'mass_rival', FC)}; Grad-CAM {_two(seeds, 'mass_unique', 'mass_rival', CAM)}; "
        f"plain input {_two(seeds, 'mass_unique', 'mass_rival', INPUT)}; untrained FC-importance "
        f"{_two(untrained, 'mass_unique', 'mass_rival', FC)}",
        _verdict(
            _more(seeds, "mass_unique", FC, INPUT) and _more(seeds, "mass_rival", INPUT, FC),
            _more(seeds, "mass_unique", FC, INPUT) or _more(seeds, "mass_rival", INPUT, FC),
        ),
        "in every seed more mass than the plain input on unique channels and less on rivals' (in part: one of them)",
        ("pharma_seeds", "pharma_untrained"),
        "figure_5",
    )
    for name, at, reach in (("Buf", 1606.0, 8.0), ("Knh", 360.0, 8.0)):
        ranks = [
            next((n for n, p in enumerate(trial.bands(FC, name), 1) if abs(p - at) <= reach), None)
            for trial in seeds.of
        ]
        told = ", ".join(str(rank) if rank else "none" for rank in ranks)
        first = [trial.bands(FC, name) for trial in seeds.of]
        yield Claim(
            "Fig. S6" if name == "Knh" else "Fig. 5",
            f"{name}'s map is strongly lit around {at:.0f} cm⁻¹",
            f"rank of that band among the three strongest of {name}'s mean map, by seed: {told}; strongest of all: "
            f"{', '.join(f'{bands[0]:.0f}' for bands in first)} cm⁻¹",
            _verdict(all(rank is not None for rank in ranks), any(rank is not None for rank in ranks)),
            "among the three strongest in every seed (in part: in one); our samples are simulated",
            ("pharma_seeds",),
            "figure_s6" if name == "Knh" else "figure_5",
        )
    vip = {each: seeds.metric(f"map/pointing/{each}") for each in (FC, CAM, "pls_vip", INPUT)}
    yield Claim(
        "Fig. S5",
        "FC-importance extracts bands better than PLS-VIP",
        "share of classes (or maps) that point at a channel unique to the class: FC-importance "
        f"{vip[FC].percent()}, VIP {vip['pls_vip'].percent()}, Grad-CAM {vip[CAM].percent()}, plain input "
        f"{vip[INPUT].percent()}",
        INCOMPARABLE,
        "the paper gives no number, and has other samples",
        ("pharma_seeds",),
        "figure_s5_pls",
    )


def _deeper(store: Store) -> Iterator[Claim]:
    seeds, deep = store.trials("pharma_seeds"), store.trials("pharma_deep_seeds")
    yield Claim(
        "§4.2",
        "three convolutions recognise all spectra as well",
        f"test accuracy {deep.metric('test/accuracy').percent()} (two convolutions: "
        f"{seeds.metric('test/accuracy').percent()})",
        INCOMPARABLE,
        "other samples",
        ("pharma_deep", "pharma_deep_seeds"),
        "pharma_deep",
    )
    worst = {
        name: max((trials.score("mass_off_band", FC, each).high, each) for each in trials.of[0].classes)
        for name, trials in (("two convolutions", seeds), ("three convolutions", deep))
    }
    told = "; ".join(f"{name}: {100 * share:.1f} % ({label})" for name, (share, label) in worst.items())
    plain = max(seeds.score("mass_off_band", INPUT, each).mean for each in seeds.of[0].classes)
    share = worst["three convolutions"][0]
    yield Claim(
        "§4.2",
        "with three convolutions the maps of some classes light background only",
        f"largest share of positive mass off the bands of the class itself, of any class in any seed: {told}; of the "
        f"plain input {100 * plain:.1f} %. Where no class has a band: {deep.metric(f'map/mass_background/{FC}').percent()}",
        _verdict(share > 0.5, share > 2 * worst["two convolutions"][0] and share > 0.1),
        "over half of a class's mass off its own bands in some seed (in part: over 10 %, and twice that of two "
        "convolutions)",
        ("pharma_deep_seeds",),
        "pharma_deep",
    )


def _amino_acids(store: Store) -> Iterator[Claim]:
    one, seeds, svm = (store.trials(name) for name in ("amino", "amino_seeds", "amino_svm_seeds"))
    accuracy = seeds.metric("test/accuracy")
    yield Claim(
        "§4.3",
        "the stronger of two mixed amino acids is recognised without a mistake",
        f"test accuracy {accuracy.percent()}, cross-validation {one.metric('cv/accuracy_mean').percent()}; training "
        "and test mix the same pure spectra in the same pairs, so this is partly built in",
        _verdict(accuracy.low == 1, accuracy.mean >= 0.99),
        "100 % in every seed (in part: 99 % in the mean); seven of our twenty acids are approximate",
        ("amino", "amino_seeds"),
        "figure_6",
    )
    lead = accuracy.mean - svm.metric("test/accuracy").mean
    yield Claim(
        "Fig. S8",
        "PCA and SVM do slightly worse",
        f"accuracy {svm.metric('test/accuracy').percent()}",
        _verdict(0 < lead < 0.05, lead > 0),
        "less accurate, by under five percentage points (in part: less accurate)",
        ("amino_svm", "amino_svm_seeds"),
        "figure_s8",
    )
    disjoint = store.trials("amino_disjoint_seeds")
    yield Claim(
        "beyond",
        "(not in the paper) the same with pairs that were never trained, noise and shifts",
        f"test accuracy {disjoint.metric('test/accuracy').percent()}",
        "–",
        "",
        ("amino_disjoint", "amino_disjoint_seeds"),
    )
    for where, name, experiment in (
        ("Fig. 7b", "table of bands", "amino_seeds"),
        ("Fig. 7b", "measured spectra", "amino_measured_seeds"),
    ):
        trials = store.trials(experiment)
        fc, plain = (trials.score("mass_distractor", each, "Arg") for each in (FC, INPUT))
        at = trials.score("negative_at", FC, "Arg")
        yield Claim(
            where,
            f"the map of Arg with Ala shows Arg only ({name})",
            f"positive mass of Arg's maps where the partner is stronger {fc.percent()} (plain input "
            f"{plain.percent()}); negative at Ala's 850 cm⁻¹ in {at.percent()} of the spectra, not just dark",
            _verdict(fc.high <= 0.05, fc.mean < plain.mean / 2),
            "at most 5 % of the mass in every seed (in part: half of the plain input's)",
            (experiment,),
            "figure_7" if experiment == "amino_seeds" else "figure_7_measured",
        )
    for name, experiment in (("His", "amino_measured_seeds"), ("Leu", "amino_seeds")):
        negative = store.trials(experiment).score("negative_at", FC, name)
        approximate = name == "Leu"
        yield Claim(
            "Fig. 7c" if name == "His" else "Fig. 7d",
            f"the map of {name} with Ala is negative at Ala's 850 cm⁻¹",
            f"negative in {negative.percent()} of the spectra, by the log-odds"
            + (
                "; our leucine is approximate, with its own strongest band at 848 cm⁻¹" if approximate else ""
            ),
            INCOMPARABLE if approximate else _verdict(negative.low >= 0.95, negative.mean > 0.5),
            "other leucine" if approximate else "in 95 % of the spectra in every seed (in part: in half)",
            (experiment,),
            "figure_7" if approximate else "figure_7_measured",
        )
    background = seeds.metric("map/mass_background/fc_importance")
    yield Claim(
        "§4.3",
        "maps are near zero on background and weak bands",
        f"positive mass on background {background.percent()} (plain input "
        f"{seeds.metric('map/mass_background/input_magnitude').percent()})",
        _verdict(background.mean <= 0.05, background.mean <= 0.2),
        "at most 5 % (in part: 20 %); near zero by construction, as the plain input is",
        ("amino_seeds",),
        "figure_7",
    )


def _verdict(holds: bool, partly: bool) -> str:
    return HOLDS if holds else PARTLY if partly else NOT


def _falls(spreads: list[Spread]) -> str:
    means = [each.mean for each in spreads]
    steps = [after < before for before, after in pairwise(means)]
    return _verdict(all(steps), means[-1] < means[0])


def _by(trials: Trials, param: str, metric: str) -> dict[object, Spread]:
    """Value of a parameter → the metric over the seeds."""
    return {
        value: Trials([one for one in trials.of if one.params[param] == str(value)]).metric(metric)
        for value in trials.values(param)
    }


def _listed(spreads: dict[object, Spread], scale: float = 1.0) -> str:
    form = ".0f" if scale == 100 else ".1f"
    return "; ".join(f"{value}: {spread.text(form, scale)}" for value, spread in spreads.items())


def _two(trials: Trials, first: str, second: str, explainer: str) -> str:
    shares = (trials.metric(f"map/{name}/{explainer}") for name in (first, second))
    return " and ".join(f"{100 * each.mean:.0f} %" for each in shares)


def _more(trials: Trials, name: str, explainer: str, other: str) -> bool:
    """Whether a share is greater for the one than for the other, in every trial."""
    mine, theirs = (trials.metric(f"map/{name}/{each}").values for each in (explainer, other))
    return all(a > b for a, b in zip(mine, theirs, strict=True))
