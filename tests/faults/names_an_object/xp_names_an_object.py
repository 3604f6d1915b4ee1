"""Is all right, but its entry point names the class."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "names_an_object"

    def explain(self, task):
        return Maps(task.spectra.intensity, task.spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
