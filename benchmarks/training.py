"""Training, against the matrix product of the same machine: one thread against one."""

from __future__ import annotations

import sys
import time

import numpy as np

from benchmarks.commands import command, fresh_folder
from benchmarks.measure import Report, Times, in_turn

MATRIX = 2048


def measure(repeats: int) -> Report:
    """In a process of its own, in which TensorFlow has one thread."""
    with fresh_folder() as folder:
        done = command(folder, "benchmarks.training", str(repeats))
    report = Report("Training, one thread", ["", "an epoch", "GFLOP/s", "of the matrix product"], remarks=[])
    for line in done.said.splitlines():
        name, flop, *seconds = line.split("\t")
        times = Times([float(each) for each in seconds])
        rate = float(flop) / times.median / 1e9
        if name.startswith("matrix"):
            product = rate
        report.rows.append([name, str(times), f"{rate:.0f}", f"{rate / product:.2f}"])
        report.bars[name] = times
    return report


def flop_of_an_epoch(model: object, spectra: int, channels: int, classes: int) -> float:
    """Multiplications and additions, counted as two, of forward and backward passes; Adam is left out."""
    filters, width, units = model.filters, model.kernel_size, model.units  # type: ignore[attr-defined]
    half, quarter = -(-channels // 2), -(-channels // 4)
    first = 2 * channels * width * filters
    rest = 2 * half * width * filters**2 + 2 * quarter * filters * units + 2 * units * classes
    return spectra * (2.0 * first + 3.0 * rest)  # the spectra themselves need no gradient


def main(repeats: int) -> None:
    """Print name, operations and seconds of each measurement."""
    from raman_xp.seeds import Seeds
    from raman_xp.spectra import About, Samples, Spectra
    from raman_xp_plugins.models.convolutional import _trainer
    from raman_xp_plugins.models.runtime import start_tensorflow
    from raman_xp_plugins.models.shallow_cnn import ShallowCnn

    start_tensorflow(1)
    import keras
    import tensorflow as tf

    rng = np.random.default_rng(0)

    def spectra(n: int) -> Spectra:
        labels = np.arange(n) % 9
        samples = Samples(tuple("abcdefghi"), labels, tuple(map(str, range(n))))
        x = rng.random((n, 1451), dtype=np.float32)
        return Spectra(np.arange(1451.0), x, np.ones(n), samples, About("noise"))

    square = tf.random.normal((MATRIX, MATRIX))
    product = tf.function(lambda: tf.reduce_sum(square @ square))
    calls = {"matrix product, float32": (2.0 * MATRIX**3, lambda: product().numpy())}
    for n, batch, precision in (
        (1024, 32, "float32"),
        (1024, 32, "mixed_bfloat16"),
        (256, 8, "float32"),
        (27, 32, "float32"),
        (27, 32, "mixed_bfloat16"),
    ):
        model, data = ShallowCnn(batch_size=batch, precision=precision), spectra(n)
        network, trainer = model.build(1451, 9, Seeds(0)), _trainer(model, 1451, 9)

        def epoch(network=network, trainer=trainer, data=data) -> float:  # type: ignore[no-untyped-def]
            told: list[float] = []
            trainer.fit(
                network,
                data,
                {},
                epochs=2 if len(data) > 100 else 11,
                rng=np.random.default_rng(0),
                report=lambda *_: told.append(time.perf_counter()),
            )
            return (told[-1] - told[0]) / (len(told) - 1)

        calls[f"{n} spectra, batches of {batch}, {precision}"] = (flop_of_an_epoch(model, n, 1451, 9), epoch)
        if precision == "float32":
            theirs = model.build(1451, 9, Seeds(0))
            logits = keras.Model(theirs.input, theirs.get_layer("logits").output)
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            logits.compile(keras.optimizers.Adam(1e-4), loss, metrics=["accuracy"])

            def fit(logits=logits, data=data, batch=batch) -> None:  # type: ignore[no-untyped-def]
                logits.fit(data.intensity, data.labels, batch_size=batch, epochs=1, verbose=0)

            calls[f"the same by Keras's fit ({n}, {batch})"] = (flop_of_an_epoch(model, n, 1451, 9), fit)
    for _, call in calls.values():
        call()
    times = in_turn({name: call for name, (_, call) in calls.items()}, repeats)
    for name, (flop, _) in calls.items():
        print(name, flop, *times[name].seconds, sep="\t")


if __name__ == "__main__":
    main(int(sys.argv[1]))
