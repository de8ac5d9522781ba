"""All scenarios, by subject."""

from tests.simulation.scenarios.callbacks import CALLBACKS
from tests.simulation.scenarios.delivery import DELIVERY
from tests.simulation.scenarios.drawing import DRAWING
from tests.simulation.scenarios.evolink import EVOLINK
from tests.simulation.scenarios.trouble import TROUBLE

SCENARIOS = (*DRAWING, *DELIVERY, *EVOLINK, *CALLBACKS, *TROUBLE)
