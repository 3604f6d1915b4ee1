"""The committed experiments: each says what it repeats, is sound, and is part of the paper's page."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

from raman_xp.cli.options import experiments
from raman_xp.plugins.registry import Registry
from raman_xp.testing import Project
from raman_xp_plugins.data.pure_spectra import amino_acids

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
SPECS = sorted(EXPERIMENTS.glob("*.yaml"))
COMMANDS = runpy.run_path(str(EXPERIMENTS / "paper" / "commands.py"))["COMMANDS"]


@pytest.fixture
def pure(project: Project) -> Path:
    """A CSV of pure spectra, a column each."""
    known = amino_acids(["Ala", "Arg", "Gly", "His"], 450, 1800, 2)
    path = project.folder / "pure_spectra.csv"
    table = np.column_stack([known.wavenumber, known.intensity.T])
    np.savetxt(path, table, delimiter=",", header=",".join(["wavenumber", *known.names]), comments="")
    return path


def test_the_schema_accepts_them_and_refuses_a_typo(project: Project):
    schema = json.loads(project.invoke("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    for path in SPECS:
        # An editor's YAML 1.2 reads 1e-4 as a number; PyYAML needs the dot.
        spec = yaml.safe_load(re.sub(r"(\d)e-", r"\1.e-", path.read_text()))
        jsonschema.validate(spec, schema)
    spec["model"]["epoch"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spec, schema)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_each_is_sound_and_says_what_it_repeats(project: Project, pure: Path, path: Path):
    measured = ["--set", f"data.path={pure}"] if path.stem == "amino_measured" else []
    result = project.check(str(path), *measured)
    assert result.exit_code == 0, result.output
    assert "all checked" in result.output
    opening = "".join(line for line in path.read_text().splitlines() if line.startswith("#"))
    assert path.stem == "own_csv" or re.search(r"Fukuhara et al\. 2019", opening)
    assert path.stem == "own_csv" or re.search(r"Fig\.|Figs\.|section 4", opening)


def test_measured_spectra_that_are_not_there_are_told(project: Project):
    path = EXPERIMENTS / "amino_measured.yaml"
    project.assert_refused("pure_spectra.csv: no such file in ", str(path))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.experiment)
def test_the_papers_commands_are_sound(pure: Path, command, monkeypatch):
    monkeypatch.chdir(EXPERIMENTS.parent)
    given = {"data.path": str(pure)} if command.spec == "amino_measured" else {}
    run, spec, *rest = command.arguments(given)
    assert run == "run"
    assert set(rest[::2]) <= {"--set"}
    (experiment,) = experiments([Path(spec)], rest[1::2], Registry())
    assert {trial.header.name for trial in experiment.trials} == {command.experiment}
    assert len(experiment.trials) == 5 or not command.seeds


def test_the_paper_runs_every_experiment():
    assert {command.spec for command in COMMANDS} == {path.stem for path in SPECS} - {"own_csv"}
    assert len({command.experiment for command in COMMANDS}) == len(COMMANDS)
