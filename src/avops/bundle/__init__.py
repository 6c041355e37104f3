"""Bundles: a project's documents in one zip, out and in again; also what the AV-AIops Streamlit app exports."""
