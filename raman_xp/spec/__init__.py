"""From a YAML file to trials that have no open choice left."""

from raman_xp.spec.experiment import Experiment, Trial, load_experiment

__all__ = ["Experiment", "Trial", "load_experiment"]
