"""Address for plugins: text of strangers, made harmless."""

from raman_xp.text.plain_text import cell, in_markdown, one_line, printable, text_of_cell

__all__ = ["cell", "in_markdown", "one_line", "printable", "text_of_cell"]
