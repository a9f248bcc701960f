"""The Markdown bank format: what a bank is, how it is read and written, and the shipped bank."""
