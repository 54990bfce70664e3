"""Where findings go besides the store; each output is one small class in a module of its own."""

from detector.outputs.outbox import Outbox
from detector.outputs.port import Output

__all__ = ["Outbox", "Output"]
