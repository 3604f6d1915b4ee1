"""The deeper network that Fukuhara et al. 2019 mention in section 4.2."""

from __future__ import annotations

from typing import ClassVar

from raman_xp import hookimpl
from raman_xp.components import Model
from raman_xp_plugins.models.convolutional import ConvolutionalNetwork


class ThreeLayerCnn(ConvolutionalNetwork):
    """One convolution and pooling more than `shallow_cnn`: 1,558,473 weights for 1451 channels and 9 classes,
    for the dense layer then reads 182 bins instead of 363."""

    name: ClassVar = "three_layer_cnn"
    blocks: ClassVar = 3


@hookimpl
def raman_xp_models() -> list[type[Model]]:
    return [ThreeLayerCnn]
