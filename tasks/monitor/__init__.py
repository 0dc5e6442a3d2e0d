"""The monitor: every flow of the company, where it stands and since when, and where flows lose their time."""

from tasks.monitor.figures import Bar, Figures, Share, Week, read_figures
from tasks.monitor.filters import STATES, MonitorFilter
from tasks.monitor.heat import MOST_FLOWS, Heat, HeatMap, read_heat
from tasks.monitor.listing import FlowPage, FlowRow, Place, count_states, list_flows
from tasks.monitor.showing import FlowView, get_flow

__all__ = [
    "MOST_FLOWS",
    "STATES",
    "Bar",
    "Figures",
    "FlowPage",
    "FlowRow",
    "FlowView",
    "Heat",
    "HeatMap",
    "MonitorFilter",
    "Place",
    "Share",
    "Week",
    "count_states",
    "get_flow",
    "list_flows",
    "read_figures",
    "read_heat",
]
