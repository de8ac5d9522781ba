"""All mutants, grouped by where the missing rule belongs."""

from tests.simulation.mutants import outside, seeing, shared, stored, work

MUTANTS = (*work.MUTANTS, *stored.MUTANTS, *outside.MUTANTS)
#: Those that random walks find.
WALKING = (*outside.WALKING, *seeing.WALKING, *shared.WALKING)
