"""Asks its hook for what it does not have."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "hook_wants_another_argument"

    def explain(self, task):
        return Maps(task.spectra.intensity, task.spectra.labels)


@hookimpl
def raman_xp_explainers(spectra):
    return [Faulty]
