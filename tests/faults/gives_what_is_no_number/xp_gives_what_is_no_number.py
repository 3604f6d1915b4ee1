"""Gives maps that are not finite."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "gives_what_is_no_number"

    def explain(self, task):
        return Maps(task.spectra.intensity / 0, task.spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
