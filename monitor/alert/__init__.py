"""Stories become Alerts, Alerts become Deliveries: severity, routing, and why not."""

from monitor.alert.alerting import Alerted, Policy, alert
from monitor.alert.digest import digest
from monitor.alert.notice import notice

__all__ = ["Alerted", "Policy", "alert", "digest", "notice"]
