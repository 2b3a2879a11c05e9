"""Compares the network with recorded cases: output, gradients, and the losses and output of a few Adam steps; and computes them in
float64, as an arbiter between implementations whose float32 rounding differs.

A case is NAME.json, which names tensors with shape and offset, and NAME.bin, which holds them as little-endian float32.
"""
import json
import pathlib

import numpy
import torch

import network

# Per tensor: the largest difference allowed is RELATIVE times the largest expected value, plus ABSOLUTE. Gradients of biases
# before a batch norm are zero in exact arithmetic, so only ABSOLUTE applies to them.
RELATIVE, ABSOLUTE = 1e-4, 1e-7


class Case:
    def __init__(self, path):
        self.name = path.name
        self.document = json.loads(path.read_text())
        self.values = path.with_suffix(".bin").read_bytes()
        self.tensors = {entry["name"]: entry for entry in self.document["tensors"]}

    def read(self, entry):
        count = int(numpy.prod(entry["shape"]))
        values = numpy.frombuffer(self.values, "<f4", count, entry["offset"])
        return torch.from_numpy(values.copy()).reshape(entry["shape"])

    def __getitem__(self, name):
        return self.read(self.tensors[name])

    def series(self, prefix):
        return [(name, self.read(entry)) for name, entry in self.tensors.items() if name.startswith(prefix)]


class Comparison:
    """Collects differences; `worst` is the largest share of its tolerance that any tensor took, and that tensor's name."""

    def __init__(self):
        self.worst = (0.0, "")

    def add(self, name, actual, expected):
        if actual.shape != expected.shape:
            raise SystemExit(f"{name}: the network's shape is {list(actual.shape)}, the recorded one {list(expected.shape)}")
        tolerance = RELATIVE * expected.abs().max().item() + ABSOLUTE
        difference = (actual.detach() - expected).abs().max().item()
        # A NaN compares false with everything; it must not pass.
        share = difference / tolerance if difference == difference else float("inf")
        self.worst = max(self.worst, (share, name))


def load(case, dtype):
    """The case's network with its parameters, computing in `dtype`."""
    net = network.build(case.document["network"]).to(dtype)
    parameters = list(net.parameters())
    recorded = case.series("param.")
    if len(parameters) != len(recorded):
        raise SystemExit(f"{case.name}: the network has {len(parameters)} parameters, the case {len(recorded)}")
    with torch.no_grad():
        for parameter, (name, values) in zip(parameters, recorded):
            if parameter.shape != values.shape:
                raise SystemExit(f"{name}: the network's shape is {list(parameter.shape)}, the recorded one {list(values.shape)}")
            parameter.copy_(values)
    return net, parameters


def exact(folder, out):
    """Writes NAME.exact.json and NAME.exact.bin for every case of the folder: output, gradients and losses of a float64 run."""
    for path in cases(folder):
        case = Case(path)
        net, parameters = load(case, torch.float64)
        picture, target = case["input"].double(), case["target"].double()
        adam = torch.optim.Adam(parameters, lr=0.01)
        tensors, losses = [], []
        for step in range(case.document["steps"] + 1):
            adam.zero_grad()
            output = net(picture)
            loss = (output - target).square().mean()
            loss.backward()
            if step == 0:
                tensors.append(("output", output.detach()))
                tensors += [(name, p.grad.clone()) for p, (name, _) in zip(parameters, case.series("grad."))]
            losses.append(loss.item())
            adam.step()
        tensors.append(("loss_per_step", torch.tensor(losses)))
        values, entries = b"", []
        for name, tensor in tensors:
            entries.append({"name": name, "shape": list(tensor.shape), "offset": len(values)})
            values += tensor.numpy().astype("<f4").tobytes()
        stem = pathlib.Path(out) / f"{path.stem}.exact"
        stem.with_suffix(".exact.json").write_text(json.dumps({
            "case": path.stem, "note": "A float64 run in PyTorch of the case beside it, rounded to float32 (bench/pytorch/dip.py exact).",
            "tensors": entries}, indent=1) + "\n")
        stem.with_suffix(".exact.bin").write_bytes(values)
    return 0


def compare(path):
    case = Case(path)
    net, parameters = load(case, torch.float32)
    picture, target = case["input"], case["target"]
    comparison = Comparison()
    adam = torch.optim.Adam(parameters, lr=0.01)
    losses = []
    for step in range(case.document["steps"]):
        adam.zero_grad()
        output = net(picture)
        loss = (output - target).square().mean()
        loss.backward()
        if step == 0:
            comparison.add("output", output, case["output"])
            for parameter, (name, values) in zip(parameters, case.series("grad.")):
                comparison.add(name, parameter.grad, values)
        losses.append(loss.item())
        adam.step()
    with torch.no_grad():
        output = net(picture)
        losses.append((output - target).square().mean().item())
    comparison.add("loss_per_step", torch.tensor(losses), case["loss_per_step"])

    # Reported, not judged: Adam divides a gradient by its own size, so rounding noise becomes full steps.
    drift = (output - case["output_after_steps"]).abs().max().item()
    return comparison.worst, drift


def cases(folder):
    paths = [path for path in sorted(pathlib.Path(folder).glob("skip_*.json")) if not path.stem.endswith(".exact")]
    if not paths:
        raise SystemExit(f"{folder} holds no skip_*.json")
    return paths


def check(folder):
    paths = cases(folder)
    failed = False
    for path in paths:
        (share, name), drift = compare(path)
        failed |= share > 1
        print(f"{'FAIL' if share > 1 else 'ok':4}  {path.stem:20}  worst {share:6.3f} of the tolerance ({name}); "
              f"output after the steps differs by {drift:.1e}")
    return 1 if failed else 0
