"""The child process that typesets one document: an order as JSON on standard input, a PDF on standard output."""

from __future__ import annotations

import json
import sys

import typst


def main() -> None:
    """Compile the ordered template with the ordered fonts only, so that every machine prints the same page."""
    order = json.load(sys.stdin)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[order["fonts"]])
    template = f"{order['root']}/{order['template']}"
    try:
        pdf = typst.compile(template, root=order["root"], font_paths=fonts, sys_inputs={"data": order["data"]})
    except typst.TypstError as fault:
        sys.exit(fault.diagnostic)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
