"""Claims a name that is taken."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "grad_cam"

    def explain(self, task):
        return Maps(task.spectra.intensity, task.spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
