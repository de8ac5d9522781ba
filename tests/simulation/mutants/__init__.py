"""All mutants, by where the rule is that they lack."""

from tests.simulation.mutants import outside, seeing, shared, stored, work

MUTANTS = (*work.MUTANTS, *stored.MUTANTS, *outside.MUTANTS)
#: Those that walks of chance find out.
WALKING = (*outside.WALKING, *seeing.WALKING, *shared.WALKING)
