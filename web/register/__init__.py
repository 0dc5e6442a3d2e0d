"""The register (台账) of issued invoices: find, sum, export, prove."""
