"""The assistant in the terminal: its conversation and its slash commands."""
