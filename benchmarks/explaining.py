"""Maps a second, one thread: against one forward pass, the literal equations, and tf-keras-vis."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from benchmarks.commands import command, fresh_folder
from benchmarks.measure import Report, Times, in_turn

SPECTRA, CHANNELS, CLASSES = 360, 1451, 9
FORWARD = "one forward pass, no map"
LITERAL = "Eqs. 8 and 9 to the letter: a gradient of every weight for each map"


def measure(repeats: int) -> Report:
    """In a process of its own, in which TensorFlow and NumPy have one thread."""
    with fresh_folder() as folder:
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        done = command(folder, "benchmarks.explaining", str(3 * repeats), **threads)
    found = {}
    for line in done.said.splitlines():
        name, maps, *seconds = line.split("\t")
        found[name] = int(maps), Times([float(each) for each in seconds])
    forward = found[FORWARD][1].median
    title = f"Explaining {SPECTRA} spectra of {CLASSES} classes with the paper's network, one thread"
    report = Report(title, ["", "maps", "time", "maps a second", "against a forward pass of all spectra"])
    for name, (maps, times) in found.items():
        rate = f"{maps / times.median:.0f}" if maps else ""
        share = f"{times.median / forward:.2f}" if maps >= SPECTRA or not maps else ""
        report.rows.append([name, str(maps or ""), str(times), rate, share])
        if maps >= SPECTRA or not maps:
            report.bars[name] = times
    (few, literal), (many, ours) = found[LITERAL], found["fc_importance, every class"]
    ratio = (literal.median / few) / (ours.median / many)
    report.remarks.append(f"A map of `fc_importance` of every class costs 1/{ratio:.0f} of a literal one.")
    return report


def main(repeats: int) -> None:
    """Print name, number of maps, and seconds of each measurement."""
    from raman_xp_occlusion import Occlusion

    from raman_xp.components import FitTask
    from raman_xp.seeds import Seeds
    from raman_xp.spectra import About, Samples, Spectra
    from raman_xp.trial.explain import explain_all
    from raman_xp_plugins.explainers.fc_importance import FcImportance
    from raman_xp_plugins.explainers.grad_cam import GradCam
    from raman_xp_plugins.explainers.integrated_gradients import IntegratedGradients
    from raman_xp_plugins.models.shallow_cnn import ShallowCnn

    rng = np.random.default_rng(0)
    labels = np.arange(SPECTRA) % CLASSES
    samples = Samples(tuple("abcdefghi"), labels, tuple(map(str, range(SPECTRA))))
    x = rng.random((SPECTRA, CHANNELS), dtype=np.float32)
    spectra = Spectra(np.arange(float(CHANNELS)), x, np.ones(SPECTRA), samples, About("noise"))
    some = spectra.take(np.arange(27))
    model = ShallowCnn(epochs=2).fit(FitTask(some, None, Seeds(0)))
    logits = model.logits(x)

    def maps(explainer: object, of: Spectra = spectra) -> Callable[[], object]:
        known = logits[: len(of)]
        return lambda: explain_all([explainer], model, of, known, some, Seeds(0), lambda *_: None)  # type: ignore[list-item]

    few = spectra.take(np.arange(4))
    calls: dict[str, tuple[int, Callable[[], object]]] = {
        FORWARD: (0, lambda: model.logits(x)),
        "fc_importance, every class": (SPECTRA * CLASSES, maps(FcImportance(target="every"))),
        "fc_importance, predicted class": (SPECTRA, maps(FcImportance())),
        "grad_cam, every class": (SPECTRA * CLASSES, maps(GradCam(target="every"))),
        "grad_cam, predicted class": (SPECTRA, maps(GradCam())),
        "tf-keras-vis, Gradcam, predicted class": (SPECTRA, _keras_vis(model.network, x, logits)),
        LITERAL: (len(few) * CLASSES, _literal(model.network, few.intensity)),
        "integrated_gradients, 32 steps": (len(few), maps(IntegratedGradients(), few)),
        "occlusion, 181 windows": (len(few), maps(Occlusion(), few)),
    }
    for _, call in calls.values():
        call()
    times = in_turn({name: call for name, (_, call) in calls.items()}, repeats)
    for name, (number, _) in calls.items():
        print(name, number, *times[name].seconds, sep="\t")


def _keras_vis(network: object, x: np.ndarray, logits: np.ndarray) -> Callable[[], object]:
    """Its maps at the bins of the layer, batch by batch; drawing them on the channels comes on top."""
    import keras
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    explainer = Gradcam(keras.Model(network.input, network.get_layer("logits").output))
    classes = logits.argmax(axis=1)
    options = {"penultimate_layer": "pool_2", "seek_penultimate_conv_layer": False, "expand_cam": False}

    def run() -> None:
        for start in range(0, len(x), 128):
            rows = slice(start, start + 128)
            explainer(CategoricalScore(classes[rows].tolist()), x[rows], **options)

    return run


def _literal(network: object, x: np.ndarray) -> Callable[[], object]:
    """For each spectrum and class the gradient of the logit by all weights of the dense layer, then Eq. 9."""
    import keras
    import tensorflow as tf

    features = tf.function(keras.Model(network.input, network.get_layer("pool_2").output))
    kernel, bias = network.get_layer("dense").weights
    out, out_bias = network.get_layer("logits").weights

    @tf.function
    def importance(activations, target):  # type: ignore[no-untyped-def]
        with tf.GradientTape() as tape:
            hidden = tf.reshape(activations, (1, -1)) @ kernel.value + bias.value
            score = (hidden @ out.value + out_bias.value)[0, target]
        by_weight = tape.gradient(score, kernel.value)
        beta = tf.reduce_sum(by_weight, axis=0)
        through = tf.reshape(tf.linalg.matvec(kernel.value, beta), activations.shape)
        return tf.reduce_sum(activations * through, axis=1)

    def run() -> None:
        for spectrum in x:
            activations = features(spectrum[None])[0]
            for target in range(CLASSES):
                importance(activations, tf.constant(target))

    return run


if __name__ == "__main__":
    main(int(sys.argv[1]))
