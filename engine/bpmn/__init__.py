"""Reads BPMN: safe XML, the diagram as data, the linter, and the parser to executable specs."""
