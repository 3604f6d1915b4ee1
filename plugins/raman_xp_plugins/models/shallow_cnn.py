"""The network of Fukuhara et al. 2019, Fig. 1."""

from __future__ import annotations

from typing import ClassVar

from raman_xp import hookimpl
from raman_xp.components import Model
from raman_xp_plugins.models.convolutional import ConvolutionalNetwork


class ShallowCnn(ConvolutionalNetwork):
    """Two convolutions of 64 filters of width 8 and 128 dense units: 3,008,393 weights for 1451 channels
    and 9 classes (Fukuhara et al. 2019, doi 10.1016/j.aca.2019.08.064, Fig. 1)."""

    name: ClassVar = "shallow_cnn"
    blocks: ClassVar = 2


@hookimpl
def raman_xp_models() -> list[type[Model]]:
    return [ShallowCnn]
