#!/usr/bin/env python3
"""Deep Image Prior in PyTorch, to compare the engine's speed, memory and results with.

    dip.py check FOLDER                                      the network against recorded cases
    dip.py exact FOLDER OUT                                  the same cases in float64, for the engine's tests
    dip.py time --size 256 --iterations 20 --json            seconds per iteration and peak memory
    dip.py serve --size 256                                  the same as a server, for `dip bench engine --against pytorch`
    dip.py restore IN.png --iterations 1800 --out OUT.png    denoises a picture

Needs torch; `check` and `exact` need numpy, `restore` numpy and Pillow too. On Debian: python3-torch, python3-numpy, python3-pil.
"""
import argparse
import contextlib
import json
import math
import statistics
import sys
import time

import torch

import network

LEARNING_RATE = 0.01
INPUT_SCALE = 0.1
INPUT_NOISE = 1 / 30
AVERAGE_DECAY = 0.99


class Optimisation:
    """The denoising run of the paper: one `step` is one iteration, averaging of the output included."""

    def __init__(self, target, arguments):
        torch.manual_seed(arguments.seed)
        layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
        device = torch.device(arguments.device)
        if device.type == "cuda":
            # float32 means float32, as in the engine; the sizes never change, so the fastest kernels may be looked for.
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
            torch.backends.cudnn.benchmark = True
        height, width = target.shape[2:]
        self.net = network.build(network.PAPER).to(device, memory_format=layout)
        self.input = (torch.rand(1, 32, height, width) * INPUT_SCALE).to(device, memory_format=layout)
        self.target = target.to(device)
        # All parameters in one kernel, which PyTorch does only if it is asked to.
        fused = {"fused": True} if device.type == "cuda" and arguments.channels_last else {}
        self.adam = torch.optim.Adam(self.net.parameters(), lr=LEARNING_RATE, **fused)
        # Weights, gradients and moments stay float32; autocast computes the convolutions in bfloat16.
        self.precision = (torch.autocast(device.type, dtype=torch.bfloat16) if arguments.precision == "bfloat16"
                          else contextlib.nullcontext())
        # A GPU computes while Python goes on: the clock is read once it has done what it was given.
        self.wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
        self.average = None

    def step(self):
        self.adam.zero_grad()
        noisy = self.input + torch.randn_like(self.input) * INPUT_NOISE
        with self.precision:
            output = self.net(noisy)
        output = output.float()
        loss = (output - self.target).square().mean()
        loss.backward()
        self.adam.step()
        output = output.detach()
        self.average = output if self.average is None else self.average * AVERAGE_DECAY + output * (1 - AVERAGE_DECAY)
        return loss.detach()


def synthetic(size):
    """Noise around gray: the time of an iteration does not depend on what the picture shows."""
    generator = torch.Generator().manual_seed(0)
    return (0.5 + 0.1 * torch.randn(1, 3, size, size, generator=generator)).clamp(0, 1)


def peak_memory():
    """The largest resident size of this process so far, bytes."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise SystemExit("This system does not report VmHWM.")


def measure(arguments):
    run = Optimisation(synthetic(arguments.size), arguments)
    for _ in range(arguments.warmup):
        run.step()
    seconds = []
    for _ in range(arguments.iterations):
        run.wait()
        start = time.perf_counter()
        run.step()
        run.wait()
        seconds.append(time.perf_counter() - start)
    report = {
        "secondsPerIteration": statistics.median(seconds),
        "iterations": arguments.iterations,
        "peakMemoryBytes": peak_memory(),
        "torch": torch.__version__,
        "precision": arguments.precision,
        "channelsLast": arguments.channels_last,
        "threads": torch.get_num_threads(),
        "size": arguments.size,
    }
    if arguments.json:
        print(json.dumps(report))
    else:
        print(f"{report['secondsPerIteration']:.3f} s/iteration (median of {arguments.iterations}), "
              f"peak memory {report['peakMemoryBytes'] / 2**20:.0f} MiB, PyTorch {torch.__version__}, {arguments.precision}, "
              f"{report['threads']} threads, {arguments.size}x{arguments.size}")
    return 0


def serve(arguments):
    """Answers each line with one JSON line: `about` says what computes, `run N` the time of N iterations, `memory` the peak; `quit` ends."""
    run = Optimisation(synthetic(arguments.size), arguments)
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            break
        if words == ["about"]:
            answer = {"engine": f"PyTorch {torch.__version__}", "device": arguments.device, "precision": arguments.precision,
                      "threads": torch.get_num_threads()}
        elif words == ["memory"]:
            answer = {"peakMemoryBytes": peak_memory()}
        elif len(words) == 2 and words[0] == "run" and words[1].isdigit():
            run.wait()
            start = time.perf_counter()
            for _ in range(int(words[1])):
                run.step()
            run.wait()
            answer = {"seconds": time.perf_counter() - start, "iterations": int(words[1])}
        else:
            answer = {"error": f"'{line.strip()}' is not understood; accepted: about, run N, memory, quit."}
        print(json.dumps(answer), flush=True)
    return 0


def psnr(picture, reference):
    """PSNR over all channels, dB, of what would be written: 8 bits a channel."""
    rounded = (picture.clamp(0, 1) * 255).round() / 255
    error = (rounded.cpu() - reference).square().mean().item()
    return math.inf if error == 0 else -10 * math.log10(error)


def restore(arguments):
    import numpy
    from PIL import Image

    def load(path):
        values = numpy.asarray(Image.open(path).convert("RGB"), dtype=numpy.float32) / 255
        return torch.from_numpy(values).permute(2, 0, 1)[None].contiguous()

    target = load(arguments.picture)
    height, width = target.shape[2:]
    if height % 32 or width % 32:
        raise SystemExit(f"{arguments.picture} is {width}x{height}; both sides must be multiples of 32.")
    reference = load(arguments.reference) if arguments.reference else None
    if reference is not None and reference.shape != target.shape:
        raise SystemExit(f"{arguments.reference} is {reference.shape[3]}x{reference.shape[2]}; the picture is {width}x{height}.")

    run = Optimisation(target, arguments)
    start = time.perf_counter()
    for iteration in range(1, arguments.iterations + 1):
        energy = run.step()
        if iteration % 100 == 0 or iteration == arguments.iterations:
            quality = f", {psnr(run.average, reference):.2f} dB" if reference is not None else ""
            print(f"{iteration}/{arguments.iterations}: energy {energy.item():.6f}{quality}, "
                  f"{(time.perf_counter() - start) / iteration:.3f} s/iteration", file=sys.stderr)
    values = (run.average[0].cpu().clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    Image.fromarray(values).save(arguments.out)
    return 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help="what convolutions compute in")
    common.add_argument("--channels-last", action="store_true", help="channels innermost in memory")
    common.add_argument("--device", default="cpu", help="cpu, or a CUDA device such as cuda:0")
    common.add_argument("--threads", type=int, help="CPU threads; one per core unless given")
    common.add_argument("--seed", type=int, default=0)

    mode = modes.add_parser("check", help="the network against recorded cases")
    mode.add_argument("folder")
    mode = modes.add_parser("exact", help="float64 numbers of recorded cases")
    mode.add_argument("folder")
    mode.add_argument("out")
    mode = modes.add_parser("time", parents=[common], help="seconds per iteration and peak memory")
    mode.add_argument("--size", type=int, default=256, help="side of the picture, a multiple of 32")
    mode.add_argument("--iterations", type=int, default=20)
    mode.add_argument("--warmup", type=int, default=2, help="iterations before the clock starts")
    mode.add_argument("--json", action="store_true", help="one JSON line")
    mode = modes.add_parser("serve", parents=[common], help="runs iterations as standard input asks")
    mode.add_argument("--size", type=int, default=256, help="side of the picture, a multiple of 32")
    mode = modes.add_parser("restore", parents=[common], help="denoises a picture")
    mode.add_argument("picture")
    mode.add_argument("--iterations", type=int, default=1800)
    mode.add_argument("--reference", help="the clean picture; progress then reports PSNR")
    mode.add_argument("--out", required=True)
    return parser.parse_args()


def main():
    arguments = parse()
    if arguments.mode == "check":
        import golden
        return golden.check(arguments.folder)
    if arguments.mode == "exact":
        import golden
        return golden.exact(arguments.folder, arguments.out)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    return {"time": measure, "serve": serve, "restore": restore}[arguments.mode](arguments)


if __name__ == "__main__":
    sys.exit(main())
