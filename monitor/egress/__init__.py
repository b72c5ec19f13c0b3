"""The only way out: one gate for every outgoing connection."""

from monitor.egress.gate import Egress
from monitor.egress.request import EgressSettings, Limits, Request, Response

__all__ = ["Egress", "EgressSettings", "Limits", "Request", "Response"]
