"""Imports a name that raman_xp does not have."""

from raman_xp import hookimpl
from raman_xp.components import Explainer, Oracle
from raman_xp.maps import Maps


class Faulty(Explainer):
    oracle = Oracle
    name = "imports_a_later_name"

    def explain(self, task):
        return Maps(task.spectra.intensity, task.spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
