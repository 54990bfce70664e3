"""A small cluster that exists only in its logs: namespaces of unlike services, harmless changes, and faults on demand.

`write_history` writes what the kubelet would have left behind by now, `Simulator.run_live` goes on from there in real
time, `request_fault` asks a running one for a fault.
"""

from __future__ import annotations

from detector.demo.cluster import CLUSTER
from detector.demo.faults import DemoFault, FaultKind, history_faults, plan_fault, read_faults
from detector.demo.live import Simulator, request_fault
from detector.demo.simulate import simulate
from detector.demo.writer import log_folder, write_history

__all__ = [
    "CLUSTER",
    "DemoFault",
    "FaultKind",
    "Simulator",
    "history_faults",
    "log_folder",
    "plan_fault",
    "read_faults",
    "request_fault",
    "simulate",
    "write_history",
]
