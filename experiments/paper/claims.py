"""What the paper says, what was measured, and whether one bears the other out: by rules, not by eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from results import Spread, Store, Trials

HOLDS, PARTLY, NOT, INCOMPARABLE = "holds", "holds in part", "does not hold", "cannot be compared"
CHANGED = "Rule changed after a first run, which it did not decide well."
FC, CAM, INPUT = "fc_importance", "grad_cam", "input_magnitude"
PARTNERS = ("Arg", "Asn", "Asp", "Glu", "Gly", "His", "Phe", "Pro", "Ser", "Trp", "Tyr", "Val")
"""What alanine is mixed with where all spectra are measured."""


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
    lit_own, lit_other = (trials.metric(f"map/lit_{zone}/grad_cam") for zone in ("unique", "distractor"))
    height_own, height_other = (
        trials.metric(f"map/height_{zone}/grad_cam") for zone in ("unique", "distractor")
    )
    yield Claim(
        "Fig. 3",
        "Grad-CAM at the last pooling lights every peak except the common one",
        f"it lights the common peak in {lit_own.percent()} of the spectra, and {lit_other.percent()} of the random ones; "
        f"mean height, relative to the largest of the map, {height_own} and {height_other}",
        _verdict(
            lit_other.mean >= 0.9 and lit_own.mean <= 0.1,
            lit_other.mean - lit_own.mean >= 0.25,
        ),
        "it lights 90 % of the random peaks and the common one in 10 % of the spectra at most (in part: random ones "
        "more often, by 25 percentage points); lit is a tenth of the map's largest value. " + CHANGED,
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
    ours, theirs = (
        dict(zip(each.seeds, each.metric("test/accuracy").values, strict=True)) for each in (seeds, svm)
    )
    lead = Spread(tuple(ours[seed] - theirs[seed] for seed in sorted(ours.keys() & theirs.keys())))
    yield Claim(
        "Fig. S4",
        "PCA and SVM do slightly worse",
        f"accuracy {svm.metric('test/accuracy').percent()}; the network's lead, in percentage points: "
        f"{lead.text('+.1f', 100)}",
        INCOMPARABLE,
        "other samples",
        ("pharma_svm", "pharma_svm_seeds"),
        "figure_s4",
    )
    high = seeds.metric("map/mass_background/fc_importance").high
    yield Claim(
        "Fig. 5",
        "maps are near zero on background",
        "positive mass on background channels: FC-importance "
        f"{seeds.metric('map/mass_background/fc_importance').percent()}; but plain input "
        f"{seeds.metric('map/mass_background/input_magnitude').percent()}, and FC-importance of an untrained network "
        f"{untrained.metric('map/mass_background/fc_importance').percent()}: no evidence by itself",
        _verdict(
            high <= 0.05 and _more(seeds, "mass_background", INPUT, FC),
            high <= 0.05,
        ),
        "at most 5 % of the mass in every seed, and less than of the plain input (in part: the first only, which any "
        "map that follows the spectrum meets). " + CHANGED,
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
    for name, says, at in (("Buf", "1600", 1606.0), ("Knh", "360", 360.0)):
        bands = [trial.bands(FC, name) for trial in seeds.of]
        ranks = [next((n for n, p in enumerate(some, 1) if abs(p - at) <= 8), None) for some in bands]
        strongest = (f"{some[0]:.0f}" if some else "none" for some in bands)
        yield Claim(
            "§4.2",
            f"{name}'s map is strongly lit around {says} cm⁻¹",
            f"rank of the band at {at:.0f} ± 8 cm⁻¹ among the three strongest of {name}'s mean map, by seed: "
            f"{', '.join(str(rank or 'none') for rank in ranks)}; strongest of all: {', '.join(strongest)} cm⁻¹",
            _verdict(all(ranks), any(ranks)),
            "among the three strongest in every seed (in part: in one); our samples are simulated",
            ("pharma_seeds",),
            "figure_s6" if name == "Knh" else "figure_5",
        )
    vip = {each: seeds.metric(f"map/pointing/{each}") for each in (FC, CAM, "pls_vip", INPUT)}
    yield Claim(
        "Fig. S5",
        "FC-importance may extract bands better than PLS-VIP",
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
    names = seeds.first.classes
    off = {
        told: {name: trials.score("mass_off_band", each, name) for name in names}
        for told, trials, each in (
            ("three convolutions", deep, FC),
            ("two", seeds, FC),
            ("untrained", store.trials("pharma_deep_untrained"), FC),
            ("plain input", seeds, INPUT),
        )
    }
    worst = max(names, key=lambda name: off["three convolutions"][name].high)
    told = "; ".join(f"{name} {of[worst].percent()}" for name, of in off.items())
    three, two = off["three convolutions"][worst].high, off["two"][worst].high
    yield Claim(
        "§4.2",
        "with three convolutions the maps of some classes light background only",
        f"positive mass off the class's own bands, of the class that has most, {worst}: {told}. Where no class has a band: "
        f"{deep.metric(f'map/mass_background/{FC}').percent()} in the mean over the classes",
        _verdict(three >= 0.8 and two < three / 2, three >= 0.5 and two < three / 1.5),
        "in some seed 80 % of a class's mass lies off its own bands, and less than half as much with two convolutions "
        "(in part: 50 %, and two thirds). " + CHANGED,
        ("pharma_seeds", "pharma_deep_seeds", "pharma_deep_untrained"),
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
    for name, experiment, picture in (
        ("table of bands", "amino_seeds", "figure_7"),
        ("measured spectra", "amino_measured_seeds", "figure_7_measured"),
    ):
        trials = store.trials(experiment)
        height, plain = (trials.score("ala_850_height", each, "Arg") for each in (FC, INPUT))
        mass, whole = (trials.score("ala_mass", each, "Arg") for each in (FC, INPUT))
        yield Claim(
            "Fig. 7b",
            f"the map of Arg with Ala shows peaks of Arg only ({name})",
            f"at Ala's 850 cm⁻¹ the map stands at {height} of its largest value (plain input {plain}); positive mass that "
            f"falls to Ala, as the spectrum is divided: {mass.percent()} (plain input {whole.percent()})",
            _verdict(
                height.high <= 0.1 and mass.high <= whole.low / 2,
                height.high <= 0.1 or mass.high <= whole.low / 2,
            ),
            "in every seed no more than a tenth of the map's largest value at 850 cm⁻¹, and half of the plain input's mass "
            "at most on Ala (in part: one of them). " + CHANGED,
            (experiment,),
            picture,
        )
    for name, experiment in (("His", "amino_measured_seeds"), ("Leu", "amino_seeds")):
        negative = store.trials(experiment).score("ala_850_negative", FC, name)
        approximate = name == "Leu"
        yield Claim(
            "Fig. 7c" if name == "His" else "Fig. 7d",
            f"the map of {name} with Ala is negative at Ala's 850 cm⁻¹",
            f"negative in {negative.percent()} of the recognised spectra, by the log-odds"
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
        "maps are near zero on background",
        f"positive mass on background {background.percent()} (plain input "
        f"{seeds.metric('map/mass_background/input_magnitude').percent()})",
        _verdict(
            background.high <= 0.05 and _more(seeds, "mass_background", INPUT, FC), background.high <= 0.05
        ),
        "at most 5 % of the mass in every seed, and less than of the plain input (in part: the first only). "
        + CHANGED,
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
    metrics = [one.metrics for one in trials.of]
    return all(each[f"map/{name}/{explainer}"] > each[f"map/{name}/{other}"] for each in metrics)
