"""Customers and their invoice headers: find, create, change, import, export."""

from tasks.customers.checks import TaxIdCheck, check_tax_number
from tasks.customers.details import create_customer, deactivate_customer, edit_customer, reactivate_customer
from tasks.customers.exporting import export_customers
from tasks.customers.headers import (
    HeaderHistory,
    add_header,
    change_header,
    get_header,
    list_headers,
    retire_header,
    set_default_header,
)
from tasks.customers.importing import (
    get_import,
    import_errors,
    import_template,
    preview_import,
    run_import,
    upload_import,
)
from tasks.customers.planning import ImportPlan, PlannedRow, RowFault
from tasks.customers.search import (
    STATES,
    CustomerFilter,
    CustomerPage,
    find_customers,
    get_customer,
    list_customers,
    show_tax_id,
)
from tasks.customers.similar import find_similar
from tasks.customers.values import (
    CUSTOMER_LIMITS,
    HEADER_LIMITS,
    CustomerDraft,
    HeaderDraft,
    customer_draft,
    header_draft,
)

__all__ = [
    "CUSTOMER_LIMITS",
    "HEADER_LIMITS",
    "STATES",
    "CustomerDraft",
    "CustomerFilter",
    "CustomerPage",
    "HeaderDraft",
    "HeaderHistory",
    "ImportPlan",
    "PlannedRow",
    "RowFault",
    "TaxIdCheck",
    "add_header",
    "change_header",
    "check_tax_number",
    "create_customer",
    "customer_draft",
    "deactivate_customer",
    "edit_customer",
    "export_customers",
    "find_customers",
    "find_similar",
    "get_customer",
    "get_header",
    "get_import",
    "header_draft",
    "import_errors",
    "import_template",
    "list_customers",
    "list_headers",
    "preview_import",
    "reactivate_customer",
    "retire_header",
    "run_import",
    "set_default_header",
    "show_tax_id",
    "upload_import",
]
