"""Keras's Adam, computed quicker where the installed Keras allows it."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import numpy as np

log = logging.getLogger(__name__)


def adam(learning_rate: float) -> Any:
    """Return an optimizer that follows Adam (Kingma & Ba 2015).

    It is the fused one where that does what Keras's own does, and Keras's own otherwise.

    Args:
        learning_rate: step size.
    """
    import keras

    return (fused_adam() if _agrees_with_keras() else keras.optimizers.Adam)(learning_rate)


@cache
def fused_adam() -> Any:
    """Return the class: Keras's Adam, whose update is one TensorFlow kernel a variable instead of ten.

    It reads private attributes of Keras's optimizer, which another version of Keras may name otherwise.
    """
    import keras
    import tensorflow as tf

    class FusedAdam(keras.optimizers.Adam):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            place = self._get_variable_index(variable)
            step = tf.cast(self.iterations.value + 1, tf.float32)
            tf.raw_ops.ResourceApplyAdam(
                var=_handle(variable),
                m=_handle(self._momentums[place]),
                v=_handle(self._velocities[place]),
                grad=gradient,
                lr=learning_rate,
                beta1=self.beta_1,
                beta2=self.beta_2,
                beta1_power=tf.pow(self.beta_1, step),
                beta2_power=tf.pow(self.beta_2, step),
                epsilon=self.epsilon,
            )

    return FusedAdam


@cache
def _agrees_with_keras() -> bool:
    """Whether both optimizers take the same three steps with two variables; if not, say so once."""
    import keras

    try:
        own, fused = _three_steps(keras.optimizers.Adam), _three_steps(fused_adam())
        if all(np.allclose(one, other, rtol=1e-4, atol=1e-6) for one, other in zip(own, fused, strict=True)):
            return True
        reason = "its steps differ from those of Keras's Adam"
    except Exception as error:  # whatever a changed Keras makes of it
        reason = f"{type(error).__name__}: {error}"
    log.warning(
        "the fused Adam does not work with Keras %s (%s). Keras's own Adam is used: fits take longer",
        keras.__version__,
        reason,
    )
    return False


def _three_steps(optimizer: Any) -> list[Any]:
    """Two variables after three steps."""
    import keras

    variables = [keras.Variable([1.0, -2.0, 3.0]), keras.Variable([[0.5]])]
    stepping = optimizer(0.1)
    stepping.build(variables)
    for scale in (1.0, -0.5, 2.0):
        gradients = [keras.ops.convert_to_tensor(scale * np.asarray(each)) for each in variables]
        stepping.apply(gradients, variables)
    return [np.asarray(each) for each in variables]


def _handle(variable: Any) -> Any:
    """TensorFlow's name for where a weight is kept, of a variable of Keras or TensorFlow."""
    return variable.handle if hasattr(variable, "handle") else variable.value.handle
