"""The designer's desk: editing a flow, and what its editors ask the server for."""
