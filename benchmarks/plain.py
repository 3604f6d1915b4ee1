"""The main job as one writes it by hand with pandas, Keras, scikit-learn, matplotlib and MLflow.

What raman-xp is measured against: the same data, preprocessing, split, network, folds, four maps of every
test spectrum, pictures and records, by the usual means of those libraries. Where a choice was free it fell on
the quicker one: maps in one batch instead of spectrum by spectrum, learning curves logged in one request a
fit, and no autologging.

    python -m benchmarks.plain WORKING_FOLDER
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import matplotlib
import mlflow
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers
from mlflow.entities import Metric
from scipy.interpolate import make_interp_spline
from scipy.signal import savgol_filter
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DATA = Path(__file__).parents[1] / "experiments" / "data" / "pharma.csv"
EPOCHS = 200


def read():
    table = pd.read_csv(DATA)
    axis_columns = [column for column in table.columns if column.replace(".", "").isdigit()]
    axis = np.array([float(column) for column in axis_columns])
    names, labels = np.unique(table["label"], return_inverse=True)
    return axis, table[axis_columns].to_numpy(np.float64), labels, list(names)


def preprocess(axis, spectra):
    left, right = spectra[:, :5].mean(axis=1, keepdims=True), spectra[:, -5:].mean(axis=1, keepdims=True)
    first, last = axis[:5].mean(), axis[-5:].mean()
    spectra = spectra - (left + (right - left) * (axis - first) / (last - first))
    shift = np.arange(350, 1801)
    spectra = make_interp_spline(axis, spectra.T, k=2)(shift).T
    signal = savgol_filter(spectra, 5, 2, axis=1).max(axis=1)
    return shift, (spectra / spectra.max(axis=1, keepdims=True)).astype(np.float32), signal


def split(signal, labels):
    train = []
    for label in np.unique(labels):
        rows = list(np.flatnonzero(labels == label))
        strongest = signal[rows].max()
        for fraction in (1, 1 / 2, 1 / 3, 1 / 4):
            train.append(min(rows, key=lambda row: abs(signal[row] - fraction * strongest)))
            rows.remove(train[-1])
    return np.array(train), np.setdiff1d(np.arange(len(labels)), train)


def build(channels, classes):
    model = keras.Sequential(
        [
            keras.Input((channels, 1)),
            layers.Conv1D(64, 8, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.MaxPooling1D(2, padding="same"),
            layers.Conv1D(64, 8, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.MaxPooling1D(2, padding="same", name="features"),
            layers.Flatten(),
            layers.Dense(128),
            layers.Dropout(0.5),
            layers.Dense(classes),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-4), loss, metrics=["accuracy"])
    return model


def log_history(client, run, history):
    points = [
        Metric(name, value, 0, epoch)
        for name, values in history.items()
        for epoch, value in enumerate(values)
    ]
    for start in range(0, len(points), 1000):
        client.log_batch(run, metrics=points[start : start + 1000])


def network_maps(model, x, targets, shift):
    """FC-importance (Eqs. 8 and 9 as activation times gradient) and Grad-CAM (Eqs. 6 and 7)."""
    features = keras.Model(model.inputs, model.get_layer("features").output)
    head = keras.Model(model.get_layer("features").output, model.outputs)
    activations = features(x)
    with tf.GradientTape() as tape:
        tape.watch(activations)
        scores = tf.gather(head(activations), targets, axis=1, batch_dims=1)
    gradients = tape.gradient(scores, activations)
    bins = 350 + 4 * np.arange(activations.shape[1]) + 3
    importance = tf.reduce_sum(activations * gradients, axis=2).numpy()
    weights = tf.reduce_sum(gradients, axis=1, keepdims=True)
    cam = tf.nn.relu(tf.reduce_sum(activations * weights, axis=2)).numpy()
    return {
        "fc_importance": np.stack([np.interp(shift, bins, row) for row in importance]),
        "grad_cam": np.stack([np.interp(shift, bins, row) for row in cam]),
    }


def pls_vip(x, labels):
    rows = []
    for label in np.unique(labels):
        y = (labels == label).astype(float)
        folds = list(StratifiedKFold(4).split(x, labels))
        scores = [
            cross_val_score(
                PLSRegression(k, scale=False), x, y, cv=folds, scoring="neg_mean_squared_error"
            ).mean()
            for k in range(1, 9)
        ]
        pls = PLSRegression(int(np.argmax(scores)) + 1, scale=False).fit(x, y)
        explained = pls.y_loadings_[0] ** 2 * (pls.x_scores_**2).sum(axis=0)
        weights = pls.x_weights_ / np.linalg.norm(pls.x_weights_, axis=0)
        rows.append(np.sqrt(len(weights) * (weights**2 @ explained) / explained.sum()))
    return np.stack(rows)


def draw(folder, maps, shift, x, labels, predicted, names):
    for explainer, values in maps.items():
        (folder / explainer).mkdir()
        figure, panels = plt.subplots(len(names), 1, figsize=(8, 10), sharex=True, layout="constrained")
        for label, name in enumerate(names):
            row = np.flatnonzero(labels == label)[0]
            of_row = values[label if len(values) == len(names) else row]
            of_row = of_row / max(np.abs(of_row).max(), 1e-30)
            single, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
            for each in (axes, panels[label]):
                each.plot(shift, x[row], color="black", linewidth=0.7)
                each.fill_between(shift, np.maximum(of_row, 0), color="tab:blue", alpha=0.5)
                each.fill_between(shift, np.minimum(of_row, 0), color="tab:orange", alpha=0.5)
            axes.set_title(f"{explainer}, {name}")
            axes.set_xlabel("Raman shift / cm⁻¹")
            single.savefig(folder / explainer / f"{name}.png", dpi=140)
            plt.close(single)
        figure.savefig(folder / explainer / "overview.png", dpi=140)
        plt.close(figure)
        np.savez(folder / explainer / "maps.npz", maps=values, wavenumber=shift)
    confusion = np.zeros((len(names), len(names)))
    np.add.at(confusion, (labels, predicted), 1)
    figure, axes = plt.subplots(layout="constrained")
    axes.imshow(confusion)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    figure.savefig(folder / "confusion.png", dpi=140)
    plt.close(figure)


def main(folder):
    os.chdir(folder)
    keras.utils.set_random_seed(0)
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.set_experiment("plain")
    client = mlflow.MlflowClient()
    axis, spectra, labels, names = read()
    shift, x, signal = preprocess(axis, spectra)
    train, test = split(signal, labels)
    with mlflow.start_run() as run:
        mlflow.log_params({"filters": 64, "kernel_size": 8, "learning_rate": 1e-4, "epochs": EPOCHS})
        right = 0
        for number, (fit, valid) in enumerate(StratifiedKFold(4).split(train, labels[train]), 1):
            fit, valid = train[fit], train[valid]
            with mlflow.start_run(nested=True, run_name=f"fold {number}") as child:
                model = build(len(shift), len(names))
                history = model.fit(
                    x[fit],
                    labels[fit],
                    validation_data=(x[valid], labels[valid]),
                    epochs=EPOCHS,
                    batch_size=32,
                    verbose=0,
                )
                right += int((model.predict(x[valid], verbose=0).argmax(axis=1) == labels[valid]).sum())
                log_history(client, child.info.run_id, history.history)
                model.save(folder / "model.keras")
                mlflow.log_artifact(folder / "model.keras")
        model = build(len(shift), len(names))
        history = model.fit(x[train], labels[train], epochs=EPOCHS, batch_size=32, verbose=0)
        log_history(client, run.info.run_id, history.history)
        predicted = model.predict(x[test], verbose=0).argmax(axis=1)
        accuracy = float((predicted == labels[test]).mean())
        mlflow.log_metrics({"test_accuracy": accuracy, "cv_accuracy": right / len(train)})
        maps = network_maps(model, x[test], predicted, shift)
        maps["pls_vip"] = pls_vip(x[train], labels[train])
        maps["input_magnitude"] = np.abs(x[test])
        pictures = folder / "pictures"
        pictures.mkdir()
        draw(pictures, maps, shift, x[test], labels[test], predicted, names)
        mlflow.log_artifacts(pictures)
        signature = mlflow.models.infer_signature(x[:1], model.predict(x[:1], verbose=0))
        mlflow.keras.log_model(model, name="model", signature=signature)
    print(f"test {accuracy:.4f} cv {right / len(train):.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
