"""Starts TensorFlow: with a fixed number of threads, and without its start-up chatter."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from raman_xp.errors import DataError, RamanXpError
from raman_xp.system.importing import quick_imports
from raman_xp.system.memory import require_addresses

ADDRESSES = 4e9
"""Bytes of addresses that TensorFlow takes, with all else."""
BACKEND = "KERAS_BACKEND"
"""Environment variable by which Keras chooses what it computes with."""


def require_backend() -> None:
    """Check that Keras will compute with TensorFlow, which can be loaded.

    Raises:
        DataError: the environment asks for another backend.
        RamanXpError: the process may address too little memory.
    """
    require_addresses(ADDRESSES, "TensorFlow")
    backend = os.environ.get(BACKEND, "tensorflow")
    if backend != "tensorflow":
        raise DataError(
            f"{BACKEND}={backend}: these networks compute with TensorFlow. Remove this environment variable, "
            f"or set {BACKEND}=tensorflow"
        )


def import_tensorflow() -> None:
    """Import TensorFlow and Keras, which takes seconds.

    Raises:
        DataError: the environment asks for another backend.
    """
    require_backend()
    os.environ.setdefault(BACKEND, "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _held_back_stderr(), quick_imports("keras", "tensorflow"):
        import keras
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")  # each new network traces its functions anew, as it must
        assert keras


def start_tensorflow(threads: int) -> None:
    """Import TensorFlow and fix the number of its threads: another number changes the last bits of results.

    Raises:
        RamanXpError: TensorFlow already runs in this process with another number.
    """
    import_tensorflow()
    with _held_back_stderr():
        import tensorflow as tf

        threading = tf.config.threading
        now = (threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads())
        if now == (threads, 1):
            return
        try:
            threading.set_intra_op_parallelism_threads(threads)
            threading.set_inter_op_parallelism_threads(1)
        except RuntimeError as error:
            raise RamanXpError(
                f"TensorFlow already runs in this process, and not with threads: {threads}; "
                "start the experiment in a fresh process, or before anything else uses TensorFlow"
            ) from error
        tf.zeros(1)  # the devices are looked for, and talked about, at the first operation


@contextmanager
def _held_back_stderr() -> Iterator[None]:
    """What native code prints to stderr meanwhile is shown only if the block fails.

    TensorFlow writes several lines there on import, before any log level is in force.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
