"""The one place that puts the parts together: for the program, the simulation and the tests."""
