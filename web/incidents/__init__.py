"""Incidents: steps of flows that failed, and helping them on."""
