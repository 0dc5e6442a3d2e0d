"""A changed flow before it is published: past requests are run again on it, and the test cases that belong to it."""

from tasks.replays.comparing import Difference, Kind, Report, RequestReplay
from tasks.replays.running import replay_on_version, replay_requests
from tasks.replays.trying import CaseResult, run_cases, run_cases_of, shipped_cases

__all__ = [
    "CaseResult",
    "Difference",
    "Kind",
    "Report",
    "RequestReplay",
    "replay_on_version",
    "replay_requests",
    "run_cases",
    "run_cases_of",
    "shipped_cases",
]
