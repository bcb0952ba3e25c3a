"""What is computed: the arithmetic of a network, on torch and nothing else.

Read in this order: `activations`, `losses`, `layers`, `network`, `optimizers`; then `input_layer`,
`embedding` and `ensemble` (more layers), `convolution`, `convolution_block` and `picture_branch`
(pictures), `autograd` and `modules` (the bridge to torch's own
networks).
"""

from pellucid.network.activations import ACTIVATIONS, ActivationFunction
from pellucid.network.embedding import CategoryEmbedding
from pellucid.network.ensemble import MemberLinear
from pellucid.network.input_layer import InputLayer, PassThrough
from pellucid.network.layers import Activation, Dropout, Layer, Linear
from pellucid.network.losses import LOSSES, Loss
from pellucid.network.modules import ModuleLayer, NetworkModule
from pellucid.network.muon import Muon
from pellucid.network.network import Network
from pellucid.network.optimizers import Adam, GradientDescent, Optimizer
from pellucid.network.picture_branch import PictureBranch
from pellucid.network.piecewise import PiecewiseLinear
from pellucid.network.scaled_linear import ScaledLinear

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "Activation",
    "ActivationFunction",
    "Adam",
    "CategoryEmbedding",
    "Dropout",
    "GradientDescent",
    "InputLayer",
    "Layer",
    "Linear",
    "Loss",
    "MemberLinear",
    "ModuleLayer",
    "Muon",
    "Network",
    "NetworkModule",
    "Optimizer",
    "PassThrough",
    "PictureBranch",
    "PiecewiseLinear",
    "ScaledLinear",
]
