"""The network of Fukuhara et al. 2019 in PyTorch, explained as one of Keras is."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from raman_xp import hookimpl
from raman_xp.components import Capability, Features, FitTask, FittedModel, Gradients, Model
from raman_xp.receptive_field import Step, Window, bin_centers, look_offsets
from raman_xp.spectra import Floats, Spectra

WEIGHTS = "weights.npz"


class TorchNetwork(FittedModel):
    """A ``torch.nn.Sequential`` from spectra (n, channels) to logits (n, classes)."""

    def __init__(self, network: Any, curves: Mapping[str, Floats]) -> None:
        self.network, self.curves = network.eval(), curves
        self.trunk, self.head = network[:7], network[7:]  # the last feature map lies between

    def logits(self, x: Floats) -> NDArray[np.float32]:
        return np.asarray(self.network(_tensor(x)).detach())

    def features(self, x: Floats, layer: str | None = None) -> Features:
        at = self.trunk(_tensor(x)).detach()
        steps = [step for layer in self.trunk for step in _steps(layer)]
        return Features(
            activations=np.ascontiguousarray(np.asarray(at).swapaxes(1, 2)),  # PyTorch has (n, maps, bins)
            logits=np.asarray(self.head(at).detach()),
            centers=bin_centers(x.shape[1], [step.window for step in steps]),
            offsets=look_offsets(steps, at.shape[1]),
            gradients=lambda along: Gradients(_gradients(self.head, at, along).swapaxes(2, 3)),
        )

    def input_gradients(self, x: Floats, cotangents: Floats) -> NDArray[np.float32]:
        return _gradients(self.network, _tensor(x), cotangents)

    def save(self, folder: Path, example: Spectra) -> None:
        import mlflow

        x = np.array(example.intensity[:2])
        about = {"signature": mlflow.models.infer_signature(x, self.logits(x)), "input_example": x}
        needs = [f"torch=={version('torch')}"]
        mlflow.pytorch.save_model(self.network, str(folder), pip_requirements=needs, **about)
        # Read back by `TorchCnn.load`: plain arrays run no code, whoever wrote them.
        np.savez(
            folder / WEIGHTS, **{name: np.asarray(each) for name, each in self.network.state_dict().items()}
        )


class TorchCnn(Model):
    """Two blocks of convolution, LeakyReLU and max-pooling, a dense layer, dropout and a softmax (Fig. 1)."""

    name: ClassVar = "torch_cnn"
    capabilities: ClassVar = frozenset(Capability) - {Capability.LAYERS}
    frameworks: ClassVar = ("torch",)

    filters: int = Field(64, ge=1, le=4096)
    """Filters of each convolution."""
    kernel_size: int = Field(8, ge=1, le=65536)
    """Width of the filters, in channels."""
    units: int = Field(128, ge=1, le=65536)
    """Width of the first dense layer."""
    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of dense units silenced while training."""
    learning_rate: PositiveFloat = 1e-4
    """Step size of Adam."""
    epochs: int = Field(200, ge=0, le=1_000_000)
    """Passes over the training spectra."""
    batch_size: PositiveInt = 32
    """Spectra a step."""

    def build(self, channels: int, classes: int) -> Any:
        """The untrained network; the initial weights are drawn as Keras draws them (Glorot uniform)."""
        from torch import nn

        layers = [nn.Unflatten(1, (1, -1))]
        for maps in (1, self.filters):
            layers += [nn.Conv1d(maps, self.filters, self.kernel_size, padding="same")]
            layers += [nn.LeakyReLU(0.2), nn.MaxPool1d(2, ceil_mode=True)]
        layers += [nn.Flatten(), nn.Linear(-(-channels // 4) * self.filters, self.units)]
        network = nn.Sequential(*layers, nn.Dropout(self.dropout), nn.Linear(self.units, classes))
        for values in network.parameters():
            (nn.init.xavier_uniform_ if values.ndim > 1 else nn.init.zeros_)(values)
        return network

    def fit(self, task: FitTask) -> TorchNetwork:
        import torch

        torch.set_num_threads(task.threads)
        torch.manual_seed(task.seeds.integer("weights"))
        network = self.build(task.train.channels, len(task.train.classes)).train()
        x, labels = _tensor(task.train.intensity), torch.tensor(task.train.labels)
        adam = torch.optim.Adam(network.parameters(), self.learning_rate)
        shuffle, losses = task.seeds.generator("batches"), []
        for epoch in range(1, self.epochs + 1):
            order, total = torch.from_numpy(shuffle.permutation(len(x))), 0.0
            for rows in order.split(self.batch_size):
                adam.zero_grad()
                loss = torch.nn.functional.cross_entropy(network(x[rows]), labels[rows])
                loss.backward()
                adam.step()
                total += loss.item() * len(rows)
            losses.append(total / len(x))
            task.report(epoch, self.epochs, {"train/loss": losses[-1]})
        return TorchNetwork(network, {"train/loss": np.array(losses)} if losses else {})

    def load(self, folder: Path, curves: Mapping[str, Floats], threads: int) -> TorchNetwork:
        import torch

        torch.set_num_threads(threads)
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            weights = {name: torch.from_numpy(values) for name, values in arrays.items()}
        bins, classes = weights["8.weight"].shape[1] // self.filters, len(weights["10.bias"])
        network = self.build(4 * bins, classes)
        network.load_state_dict(weights)
        return TorchNetwork(network, curves)

    def parameter_count(self, channels: int, classes: int) -> int:
        convolutions = (self.kernel_size * (1 + self.filters) + 2) * self.filters
        flat = -(-channels // 4) * self.filters
        return convolutions + (flat + 1) * self.units + (self.units + 1) * classes


def _tensor(x: Floats) -> Any:
    import torch

    return torch.tensor(x, dtype=torch.float32)  # a copy: what is handed over cannot be written


def _gradients(network: Any, at: Any, cotangents: Floats) -> NDArray[np.float32]:
    """Of t combinations (n, t, classes) of the logits with respect to the input ``at``, (n, t, ...)."""
    import torch

    at = at.detach().requires_grad_()
    logits, along = network(at), _tensor(cotangents).unbind(1)
    each = [torch.autograd.grad(logits, at, one, retain_graph=True)[0] for one in along]
    return np.asarray(torch.stack(each, dim=1))


def _steps(layer: Any) -> list[Step]:
    """How a layer widens what a bin sees: a convolution with its weights, a pooling without."""
    if hasattr(layer, "out_channels"):
        return [Step(Window(layer.kernel_size[0]), layer.weight.detach().numpy().transpose(2, 1, 0))]
    return [Step(Window(layer.kernel_size, layer.stride))] if hasattr(layer, "ceil_mode") else []


@hookimpl
def raman_xp_models() -> list[type[Model]]:
    return [TorchCnn]
