"""Is written for a contract to come."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps

RAMAN_XP_API = 99


class Faulty(Explainer):
    name = "speaks_a_later_contract"

    def explain(self, task):
        return Maps(task.spectra.intensity, task.spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
