"""The command line: one module per noun. A command parses, calls wiring, renders, and gives an exit code."""
