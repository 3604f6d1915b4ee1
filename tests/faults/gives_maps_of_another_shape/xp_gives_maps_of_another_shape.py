"""Gives maps that lack a channel."""

from raman_xp import hookimpl
from raman_xp.components import Explainer
from raman_xp.maps import Maps


class Faulty(Explainer):
    name = "gives_maps_of_another_shape"

    def explain(self, task):
        return Maps(task.spectra.intensity[:, 1:], task.spectra.labels)


@hookimpl
def raman_xp_explainers():
    return [Faulty]
