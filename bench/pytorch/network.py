"""The encoder-decoder with skip connections of Deep Image Prior (Ulyanov, Vedaldi, Lempitsky, CVPR 2018), in PyTorch.

Written for comparison with the engine: same modules, same order of parameters, nothing tuned.
"""
import math

import torch
from torch import nn

ACTIVATIONS = {
    "LeakyReLU": lambda: nn.LeakyReLU(0.2, inplace=True),
    "ReLU": lambda: nn.ReLU(inplace=True),
    "Swish": nn.SiLU,
    "ELU": nn.ELU,
}


def lanczos_kernel(a, factor):
    """The side x side kernel of a reduction by `factor` whose output pixels sit in the middle of their block (phase 0.5)."""
    side = 2 * a * factor
    line = []
    for tap in range(side):
        t = abs(tap - (side - 1) / 2) / factor
        line.append(a * math.sin(math.pi * t) * math.sin(math.pi * t / a) / (math.pi * t) ** 2)
    line = torch.tensor(line)
    kernel = line.outer(line)
    return kernel / kernel.sum()


def lanczos_reduction(channels, a, factor):
    """A trainable convolution that starts as a Lanczos reduction of each channel, as in the original."""
    kernel = lanczos_kernel(a, factor)
    side = kernel.shape[0]
    reduction = nn.Conv2d(channels, channels, side, stride=factor)
    with torch.no_grad():
        reduction.weight.zero_()
        reduction.bias.zero_()
        for channel in range(channels):
            reduction.weight[channel, channel] = kernel
    return nn.Sequential(nn.ReplicationPad2d((side - factor) // 2), reduction)


def convolution(inputs, outputs, side, padding, bias, down=None):
    """A convolution that keeps the size, or halves it in the way that `down` names."""
    stride = 2 if down == "stride" else 1
    reach = (side - 1) // 2
    layers = []
    if padding == "reflection" and reach > 0:
        layers.append(nn.ReflectionPad2d(reach))
        reach = 0
    layers.append(nn.Conv2d(inputs, outputs, side, stride=stride, padding=reach, bias=bias))
    if down == "avg":
        layers.append(nn.AvgPool2d(2))
    elif down == "max":
        layers.append(nn.MaxPool2d(2))
    elif down in ("lanczos2", "lanczos3"):
        layers.append(lanczos_reduction(outputs, int(down[-1]), 2))
    return layers


def block(inputs, outputs, side, options, down=None):
    """Convolution, batch norm, activation."""
    return [*convolution(inputs, outputs, side, options["pad"], options["need_bias"], down),
            nn.BatchNorm2d(outputs), ACTIVATIONS[options["act_fun"]]()]


class Scale(nn.Module):
    """One scale: the skip branch beside the deeper branch (down, the scales below, up), then both mixed."""

    def __init__(self, inputs, level, options):
        super().__init__()
        down, up, skip = (options["num_channels_" + name][level] for name in ("down", "up", "skip"))
        side_down, side_up = options["filter_size_down"], options["filter_size_up"]

        self.skip = nn.Sequential(*block(inputs, skip, options["filter_skip_size"], options)) if skip else None
        deeper = [*block(inputs, down, side_down, options, options["downsample_mode"]), *block(down, down, side_down, options)]
        below = down
        if level + 1 < len(options["num_channels_down"]):
            deeper.append(Scale(down, level + 1, options))
            below = options["num_channels_up"][level + 1]
        mode = options["upsample_mode"]
        deeper.append(nn.Upsample(scale_factor=2, mode=mode, **({"align_corners": False} if mode == "bilinear" else {})))
        self.deeper = nn.Sequential(*deeper)

        mix = [nn.BatchNorm2d(skip + below), *block(skip + below, up, side_up, options)]
        if options["need1x1_up"]:
            mix += block(up, up, 1, options)
        self.mix = nn.Sequential(*mix)

    def forward(self, x):
        deeper = self.deeper(x)
        return self.mix(deeper if self.skip is None else torch.cat([self.skip(x), deeper], dim=1))


# The denoising configuration of the paper's supplement; the other names are the original's too.
PAPER = {
    "num_input_channels": 32,
    "num_output_channels": 3,
    "num_channels_down": [128] * 5,
    "num_channels_up": [128] * 5,
    "num_channels_skip": [4] * 5,
    "filter_size_down": 3,
    "filter_size_up": 3,
    "filter_skip_size": 1,
    "downsample_mode": "stride",
    "upsample_mode": "bilinear",
    "pad": "reflection",
    "need1x1_up": True,
    "need_bias": True,
    "need_sigmoid": True,
    "act_fun": "LeakyReLU",
}


def build(options):
    """The network of `options`, those left out as in PAPER."""
    options = {**PAPER, **options}
    layers = [Scale(options["num_input_channels"], 0, options),
              *convolution(options["num_channels_up"][0], options["num_output_channels"], 1, options["pad"], options["need_bias"])]
    if options["need_sigmoid"]:
        layers.append(nn.Sigmoid())
    return nn.Sequential(*layers)
