"""Timers of promotions."""

from procrastinate.contrib.django import app

from chophien.apps.festivals.clock import now
from chophien.apps.promotions.handouts import continue_handout
from chophien.apps.promotions.services import close_ended


@app.periodic(cron="* * * * * */5")
@app.task(name="promotions.close_ended", queueing_lock="promotions.close_ended", pass_context=False)
def close_ended_promotions(timestamp: int) -> None:
    """Return what flash prices and presales did not sell, every five seconds."""
    del timestamp  # the fair's own clock counts: a rehearsal moves it
    while close_ended(at=now()):
        pass


@app.task(name="promotions.give", pass_context=False)
def give_coupons(handout_id: int) -> None:
    """Give a coupon to all people of a handout; taken up again, it goes on where it was."""
    while continue_handout(handout_id=handout_id, at=now()):
        pass
