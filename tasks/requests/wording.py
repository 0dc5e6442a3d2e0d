"""The entries of a request in words, for sentences about them: by the names of `Change.field` and of `EDITS`."""

from __future__ import annotations

from collections.abc import Mapping

from models.language import N_

ENTRIES: Mapping[str, str] = {
    "invoice_type": N_("Invoice type"),
    "reason": N_("Reason"),
    "contract_number": N_("Contract or order number"),
    "remark": N_("Remark on the invoice"),
    "delivery_email": N_("Deliver to (e-mail)"),
    "header": N_("Buyer"),
    "expected_on": N_("Needed by"),
    "gross": N_("Total with tax"),
    "attachments": N_("Attachments"),
    "item": N_("Item"),
    "tax_code": N_("Tax code"),
    "unit": N_("Unit"),
    "quantity": N_("Quantity"),
    "unit_price": N_("Unit price"),
    "discount": N_("Discount"),
    "rate": N_("Tax rate"),
    "line_gross": N_("Amount with tax"),
    "items": N_("Names and tax codes of the lines"),
    "amounts": N_("Quantities, prices and tax rates of the lines"),
}
