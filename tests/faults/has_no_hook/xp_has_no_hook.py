"""Has no hook at all."""

from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "has_no_hook"

    def explain(self, task):
        return Maps(task.spectra.intensity, task.spectra.labels)


def raman_xp_explainers():
    return [Faulty]
