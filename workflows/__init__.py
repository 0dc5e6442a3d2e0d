"""The diagrams, decisions and forms shipped with the product. They seed version 1; later ones live in the database."""

from pathlib import Path

BPMN_DIR = Path(__file__).parent / "bpmn"
DMN_DIR = Path(__file__).parent / "dmn"
FORMS_DIR = Path(__file__).parent / "forms"
