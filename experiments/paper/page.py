"""docs/paper.md, from what was measured; every number in it comes from MLflow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from claims import CAM, FC, INPUT, PARTNERS, claims
from commands import COMMANDS, Command
from results import Record, Store, Trials

SCORES = {
    FC: "log-odds",
    "fc_logit": "logit",
    "fc_margin": "margin",
    "fc_probability": "probability",
    "fc_paper_scale": "log-odds times S",
}
INTRO = """\
<!-- Written by `python experiments/paper write` from MLflow runs. Do not edit: run it again. -->

# The paper, claim by claim

Fukuhara et al. 2019, *Feature visualization of Raman spectrum analysis with deep convolutional neural network*
([doi 10.1016/j.aca.2019.08.064](https://doi.org/10.1016/j.aca.2019.08.064)), beside what this project measures. Every
experiment is a YAML file in `experiments/`, every row below names the commands that repeat it, and all
of it is made again by

```sh
python experiments/paper run --pure aminoacids.csv    # a CSV of measured amino acids, a column each
python experiments/paper write
```

Numbers are means over five seeds, from the least to the greatest in brackets. A verdict follows from its rule; rules
were written before the runs (where one was changed since, it says so), and nothing was tuned to please them. What is other than in the paper:

- **Our medicines are simulated** from measured band positions, so that no accuracy on them can be compared with the
  paper's; what can be measured is where the maps lie, for the truth of a simulation is known.
- Four training spectra a class cannot be divided into five folds: cross-validation there has four.
- The twenty amino acids are drawn from a table of bands. Thirteen come from measured spectra; Cys, Gln, Ile, Leu, Lys,
  Met and Thr are approximate, and say nothing about the real acids. The runs with *measured* spectra use those thirteen
  as they were published, from 450 cm⁻¹.
- The score explained is the log-odds of the predicted class, not its probability, which fades as it nears 1. Untrained
  networks are asked for the class of the spectrum.
- FC-importance leaves out the factor S of Eqs. 8 and 9 (`scale: unit`), which only scales a map, and turns its signs where it
  is negative; with measured amino acids both stand beside each other.
- Bins are drawn where their weights look, not stretched over the axis, which would shift bands by up to three channels;
  Grad-CAM's ReLU comes after that.
"""


def write_page(docs: Path, store: Store) -> None:
    """Write ``paper.md`` and the folder of its pictures."""
    records = [_record(store, command) for command in COMMANDS]
    _copy_pictures(docs / "paper", store)
    toy = any(record.facts["quick"] == "True" for record in records)
    parts = [
        INTRO,
        "**Written from quick runs: its numbers mean nothing.**" if toy else "",
        "## Claims\n\n" + "\n".join(_claim_table(docs, store)),
        "## Filters: size and number (Fig. 2)\n\n" + _filters(store),
        "## Common peaks (Fig. 3)\n\n" + _common_peaks(store),
        "## Medicines (Figs. 4, 5, S1, S3 to S6)\n\n" + _medicines(store),
        "## Amino acids (Figs. 6, 7, S7, S8)\n\n" + _amino_acids(store),
        "## Time and memory\n\n" + _costs(store),
    ]
    (docs / "paper.md").write_text("\n\n".join(part.strip() for part in parts if part) + "\n", "utf-8")


def _claim_table(docs: Path, store: Store) -> Iterator[str]:
    yield _row("where", "the paper says", "measured here", "verdict", "rule of the verdict", "run", "see")
    yield _row(*["---"] * 7)
    for claim in claims(store):
        picture = f"[picture](paper/{claim.picture}.png)" if claim.picture else ""
        assert not claim.picture or (docs / "paper" / f"{claim.picture}.png").exists(), claim.picture
        runs = ", ".join(f"`{name}`" for name in claim.experiments)
        yield _row(claim.where, claim.says, claim.measured, f"**{claim.verdict}**", claim.rule, runs, picture)
    yield "\nThe commands of the names in the column *run* stand at the end, with what they cost."


def _filters(store: Store) -> str:
    parts = []
    for experiment, key, figure in (
        ("filter_size", "model.kernel_size", "figure_2a"),
        ("filter_count", "model.filters", "figure_2b"),
    ):
        trials = store.trials(experiment)
        rows = []
        for value in trials.values(key):
            some = Trials([one for one in trials.of if one.params[key] == str(value)])
            rows.append(
                [
                    value,
                    some.metric("test/accuracy").percent(),
                    *(some.metric(f"map/width/{each}").text(".1f") for each in (FC, CAM, INPUT)),
                    *(some.metric(f"map/pointing/{each}").percent() for each in (FC, CAM)),
                ]
            )
        header = [key.partition(".")[2], "accuracy"]
        header += [f"width of {each}" for each in ("FC-importance", "Grad-CAM", "input")]
        header += [f"{each} points" for each in ("FC-importance", "Grad-CAM")]
        parts.append(_table(header, rows))
        parts.append(f"![{experiment}](paper/{figure}.png)")
    width = "Widths are full widths at half maximum, in channels, of the band on which a map is largest."
    return "\n\n".join([width, *parts])


def _common_peaks(store: Store) -> str:
    trials = store.trials("common_peaks")
    names = {
        "pointing": "points at the common peak",
        "mass_unique": "positive mass on the common peak",
        "mass_distractor": "on random peaks",
        "mass_background": "on background",
        "mass_rival": "where another class has its peak",
        "mass_shared": "where classes or random peaks overlap",
        "lit_unique": "lights the common peak",
        "lit_distractor": "lights random peaks",
        "height_unique": "height on the common peak",
        "height_distractor": "height on random peaks",
    }
    rows = [
        [
            told,
            *(
                trials.metric(f"map/{name}/{each}").text(".2f")
                if name.startswith("height")
                else trials.metric(f"map/{name}/{each}").percent()
                for each in (FC, CAM, INPUT)
            ),
        ]
        for name, told in names.items()
    ]
    table = _table(["", "FC-importance", "Grad-CAM", "plain input"], rows)
    return f"{table}\n\n![Fig. 3](paper/figure_3.png)"


def _medicines(store: Store) -> str:
    of = {
        "two convolutions": ("pharma_seeds", FC),
        "… Grad-CAM": ("pharma_seeds", CAM),
        "… untrained": ("pharma_untrained", FC),
        "three convolutions": ("pharma_deep_seeds", FC),
        "… Grad-CAM ": ("pharma_deep_seeds", CAM),
        "… untrained ": ("pharma_deep_untrained", FC),
        "plain input": ("pharma_seeds", INPUT),
        "PCA + SVM, integrated gradients": ("pharma_svm_seeds", "integrated_gradients"),
    }
    rows = []
    for name, (experiment, explainer) in of.items():
        trials = store.trials(experiment)
        told = [trials.metric(f"map/{each}/{explainer}").percent() for each in ("pointing", *_MASSES)]
        accuracy, folds = trials.metric("test/accuracy"), trials.metric("cv/accuracy_mean")
        quoted = explainer == INPUT
        rows.append(
            [
                name,
                "" if quoted else accuracy.percent(),
                folds.percent() if folds.values and not quoted else "",
                *told,
            ]
        )
    header = [
        "FC-importance, where nothing else is said",
        "accuracy",
        "cross-validation",
        "points at unique",
        *_MASSES.values(),
    ]
    of_class = []
    for name in store.trials("pharma").first.classes:
        cells: list[object] = [name]
        for experiment, explainer in (
            ("pharma_seeds", FC),
            ("pharma_deep_seeds", FC),
            ("pharma_untrained", FC),
            ("pharma_seeds", INPUT),
        ):
            trials = store.trials(experiment)
            shares = (trials.score(each, explainer, name) for each in _FOUR)
            cells.append(" / ".join(f"{100 * each.mean:.0f}" if each.values else "–" for each in shares))
        of_class.append(cells)
    signal = [
        [
            f"{float(row['signal_from']):.2f} to {float(row['signal_to']):.2f}",
            f"{row['correct']} of {row['spectra']}",
            f"{100 * float(row['low']):.0f} to {100 * float(row['high']):.0f} %",
        ]
        for row in store.trials("pharma").first.table("accuracy_by_signal.csv")
    ]
    pictures = {
        "Fig. 4a": "figure_4a",
        "Fig. 4b": "figure_4b",
        "Fig. 5": "figure_5",
        "Fig. S1": "figure_s1",
        "Fig. S3": "figure_s3",
        "Fig. S4": "figure_s4",
        "Fig. S5, PLS": "figure_s5_pls",
        "Fig. S5, PCA": "figure_s5_pca",
        "Fig. S6": "figure_s6",
        "three convolutions": "pharma_deep",
    }
    return "\n\n".join(
        [
            "Where the positive mass of the maps lies, as a share of it, in the mean over the classes:",
            _table(header, rows),
            "Per class, in per cent: on unique channels / rivals' / background / off its own bands (means over the seeds):",
            _table(
                ["", "two convolutions", "three convolutions", "two, untrained", "plain input"],
                of_class,
            ),
            "Accuracy of the first seed against signal, relative to the strongest spectrum, with Wilson's 95 % interval:",
            _table(["signal", "right", "interval"], signal),
            *(f"![{name}](paper/{file}.png)\n\n*{name}*" for name, file in pictures.items()),
        ]
    )


_MASSES = {
    "mass_unique": "on unique channels",
    "mass_shared": "on shared",
    "mass_rival": "on rivals'",
    "mass_background": "on background",
    "mass_off_band": "off the class's own bands",
}
_FOUR = ("mass_unique", "mass_rival", "mass_background", "mass_off_band")


def _amino_acids(store: Store) -> str:
    rows = []
    for name, experiment, single in (
        ("the paper's protocol", "amino_seeds", "amino"),
        ("PCA + SVM", "amino_svm_seeds", "amino_svm"),
        ("pairs disjoint, noise, shifts", "amino_disjoint_seeds", "amino_disjoint"),
        ("measured spectra, the paper's protocol", "amino_measured_seeds", "amino_measured"),
    ):
        trials, once = store.trials(experiment), store.trials(single)
        explainer = FC if "svm" not in experiment else "integrated_gradients"
        rows.append(
            [
                name,
                trials.metric("test/accuracy").percent(),
                once.metric("cv/accuracy_mean").percent(),
                *(
                    trials.metric(f"map/{each}/{explainer}").percent()
                    for each in ("pointing", "mass_unique", "partner_mass", "mass_background")
                ),
            ]
        )
    header = ["", "accuracy", "cross-validation (first seed)", "map points at unique", "mass on unique"]
    header += ["mass of the partner", "mass on background"]
    return "\n\n".join(
        [
            _table(header, rows),
            "**Signs at alanine's 850 cm⁻¹**: share of the recognised test mixtures with Ala whose map is negative there, by score,"
            " for partners whose spectra are measured:",
            _signs(store.trials("amino_measured_seeds")),
            "The same, seed by seed:",
            _signs_by_seed(store.trials("amino_measured_seeds")),
            *(
                f"![{name}](paper/{file}.png)\n\n*{name}*"
                for name, file in {
                    "Fig. 6": "figure_6",
                    "Fig. 7, table of bands": "figure_7",
                    "Fig. 7, measured spectra": "figure_7_measured",
                    "Fig. S7": "figure_s7",
                    "Fig. S8": "figure_s8",
                }.items()
            ),
        ]
    )


def _signs(trials: Trials) -> str:
    rows = [
        [name, *(trials.score("ala_850_negative", each, name).text(".0f", 100, " %") for each in SCORES)]
        for name in PARTNERS
    ]
    return _table(["", *SCORES.values()], rows)


def _signs_by_seed(trials: Trials) -> str:
    spreads = {name: [trials.score("ala_850_negative", each, name) for each in SCORES] for name in PARTNERS}
    rows = [
        [name, *(" ".join(f"{100 * value:.0f}" for value in spread.values) for spread in each)]
        for name, each in spreads.items()
    ]
    return _table(["per cent, seed 0 to 4", *SCORES.values()], rows)


def _costs(store: Store) -> str:
    rows, machines = [], {}
    for command in COMMANDS:
        record = _record(store, command)
        cost, facts = record.cost, record.facts
        minutes = f"{cost.seconds / 60:.1f} min" if cost.seconds >= 100 else f"{cost.seconds:.0f} s"
        resumed = " (the rest of it: it was stopped)" if facts["resumed"] == "True" else ""
        trials = len(store.trials(command.experiment))
        rows.append(
            [
                f"`{command.experiment}`",
                f"`{command}`",
                trials,
                minutes + resumed,
                f"{cost.peak_mb / 1000:.1f} GB",
            ]
        )
        machines[f"{facts['cores']} cores, raman-xp {facts['raman_xp']}, Python {facts['python']}"] = None
    where = (
        f"On {'; '.join(machines)}. Times are from the command to its end, with pictures and MLflow; memory is the "
        "greatest of all its processes together."
    )
    return f"{where}\n\n{_table(['run', 'command', 'trials', 'time', 'memory'], rows)}"


def _record(store: Store, command: Command) -> Record:
    record = store.record(command.experiment)
    if record is None:
        raise SystemExit(f"{store.folder}: {command.experiment} has not run; run it first")
    return record


def _copy_pictures(folder: Path, store: Store) -> None:
    """From the artifacts of first trials and of sweeps, in few colours."""
    folder.mkdir(parents=True, exist_ok=True)
    of_trials = {
        "lorentzian": {"overlay": "lorentzian"},
        "common_peaks": {"figure_3": "figure_3"},
        "pharma": {
            **{name: name for name in ("figure_4a", "figure_4b", "figure_5", "figure_s3", "figure_s6")},
            "figure_s5_pls": "figure_s5_pls",
            "figure_s5_pca": "figure_s5_pca",
            "preprocessing": "figure_s1",
            "accuracy_by_signal": "accuracy_by_signal",
        },
        "pharma_deep": {"overlay": "pharma_deep"},
        "pharma_svm": {"confusion": "figure_s4"},
        "amino": {name: name for name in ("figure_6", "figure_7", "figure_s7")},
        "amino_measured": {"figure_7": "figure_7_measured"},
        "amino_svm": {"confusion": "figure_s8"},
    }
    sources = {
        to: store.trials(experiment).first.folder / "figures" / f"{name}.png"
        for experiment, pictures in of_trials.items()
        for name, to in pictures.items()
    }
    for experiment, name, to in (
        ("filter_size", "figure_2a_fc_importance", "figure_2a"),
        ("filter_count", "figure_2b_fc_importance", "figure_2b"),
        ("filter_count", "pointing", "filter_count_pointing"),
    ):
        sources[to] = store.sweep(experiment) / "figures" / f"{name}.png"
    for to, source in sources.items():
        with Image.open(source) as image:
            image.convert("RGB").quantize(64).save(folder / f"{to}.png", optimize=True)


def _table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    return "\n".join([_row(*header), _row(*["---"] * len(header)), *(_row(*row) for row in rows)])


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
