"""Spreadsheets: templates made of the forms, and workbooks read back with errors by sheet, row and column."""

from kg.spreadsheets.apart import read_apart
from kg.spreadsheets.reading import Spreadsheet, read_spreadsheet
from kg.spreadsheets.templates import write_csv_template, write_template

__all__ = ["Spreadsheet", "read_apart", "read_spreadsheet", "write_csv_template", "write_template"]
