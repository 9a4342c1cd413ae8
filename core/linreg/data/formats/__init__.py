"""The formats of tables: delimited text, JSON lines, Parquet and Arrow, each read in blocks of rows."""
