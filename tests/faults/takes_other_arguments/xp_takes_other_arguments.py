"""Its method takes something else than it will be given."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "takes_other_arguments"

    def explain(self, spectra, model):
        return Maps(spectra.intensity, spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
