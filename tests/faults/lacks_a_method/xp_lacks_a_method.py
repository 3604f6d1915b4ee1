"""Its class cannot be built."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "lacks_a_method"

    def explained(self, task):
        return Maps(task.spectra.intensity, task.spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
