"""What ships with the product: diagrams with test cases, decisions, forms. They seed version 1; later ones are rows."""

from pathlib import Path

BPMN_DIR = Path(__file__).parent / "bpmn"
DMN_DIR = Path(__file__).parent / "dmn"
FORMS_DIR = Path(__file__).parent / "forms"
CASES_DIR = Path(__file__).parent / "cases"
