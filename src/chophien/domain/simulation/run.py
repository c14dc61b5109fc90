"""The whole of a simulation: cart after cart, or cart after cart priced ahead elsewhere."""

from collections.abc import Callable, Iterable

from chophien.domain.simulation.assess import Outcome, assess
from chophien.domain.simulation.carts import Cart, RefusedCart
from chophien.domain.simulation.left import Left
from chophien.domain.simulation.plan import Plan
from chophien.domain.simulation.tally import Tally


def simulate(carts: Iterable[Cart | RefusedCart], plan: Plan) -> Tally:
    """Price all carts under a plan, in their order: budgets and flash units go to earlier carts."""
    tally = Tally(plan)
    for cart in carts:
        take_in(cart, tally)
    return tally


def take_in(cart: Cart | RefusedCart, tally: Tally) -> None:
    """Price the next cart and add it up."""
    if isinstance(cart, RefusedCart):
        tally.refuse(cart)
    else:
        tally.add(assess(cart, tally.plan, tally.left))


def take_in_ahead(
    outcome: Outcome | RefusedCart, tally: Tally, assess_again: Callable[[Left], Outcome]
) -> None:
    """Add up the next cart, priced ahead of its turn with what was left of the limits then.

    It counts where what is left now leads to the same; else it is priced anew.
    """
    if isinstance(outcome, RefusedCart):
        tally.refuse(outcome)
    elif tally.left.agrees_with(outcome.evidence):
        tally.add(outcome)
    else:
        tally.add(assess_again(tally.left))
