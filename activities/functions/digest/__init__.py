"""Reading and describing a table with the standard library alone, in one pass and bounded memory."""
