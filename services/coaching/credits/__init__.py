"""The credit ledger: contact hours earned. Rows are only added; a mistake is a second row that takes back."""
