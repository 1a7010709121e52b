"""What people read: the table in a terminal, the tables for a paper, and the page with everything on it.

Its only input is what `results/` holds, and film strips; `card_text` alone reads a metric itself. Import from the
modules; nothing is loaded here.
"""
