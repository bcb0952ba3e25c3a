"""A network outside Pellucid: as torch exports it, run by onnxruntime.

`pip install onnx onnxscript onnxruntime`; with torch of the CPU kept as it is by `pip install
--no-deps onnx onnxscript onnx_ir onnxruntime`, and then `pip install protobuf ml_dtypes flatbuffers
packaging`. Nothing else in Pellucid needs them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

ONNX = ("onnx", "onnxscript", "onnxruntime")


def has_onnx() -> bool:
    """Whether a network can be exported and run elsewhere."""
    return all(find_spec(name) for name in ONNX)


class Exported:
    """A module as torch exports it.

    Args:
        module: Takes some tensors, gives one.
        tensors: Rows to try it with.
        folder: For the file in between.

    Attributes:
        graph: Its plain operations, run by torch.
    """

    def __init__(self, module: torch.nn.Module, tensors: Sequence[Tensor], folder: Path) -> None:
        import onnxruntime

        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        some = tuple(tensor[:7].contiguous() for tensor in tensors)
        batch = {0: torch.export.Dim.DYNAMIC}
        program = torch.onnx.export(
            module.eval(),
            some,
            dynamo=True,
            verbose=False,
            dynamic_shapes=(tuple(batch for _ in some),),
        )
        assert program
        self.graph = program.exported_program.module()
        program.save(folder / "network.onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            folder / "network.onnx", options, providers=["CPUExecutionProvider"]
        )

    def run(self, tensors: Sequence[Tensor]) -> Callable[[], Tensor]:
        """What runs it in onnxruntime, on one thread."""
        names = [port.name for port in self._session.get_inputs()]
        feed = dict(zip(names, (tensor.numpy() for tensor in tensors), strict=True))
        return lambda: torch.from_numpy(self._session.run(None, feed)[0])
