"""Changes the logits that others see too."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "changes_the_logits"

    def explain(self, task):
        task.logits()[:] = 0
        return Maps(task.spectra.intensity, task.spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
