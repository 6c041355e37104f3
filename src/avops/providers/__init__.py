"""Language models of several providers behind `ports.Model`."""
