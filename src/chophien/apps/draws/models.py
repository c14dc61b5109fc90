"""Lucky draws and gifts of a room, what stalls give for them, countdowns and milestones."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chophien.apps.catalog.models import Sku
from chophien.apps.live.models import Room
from chophien.apps.orders.models import SavedAddress
from chophien.apps.programme.models import Show
from chophien.apps.promotions.models import Coupon, WalletCoupon
from chophien.domain.limits import CARD_TEXT_CHARS_MAX
from chophien.domain.lucky import Measure, Rule, WinState, parse_rule


class GiftOffer(models.Model):
    """Units that a stall gives to one show, set aside in its stock; `left` are in no draw yet.

    While a draw or a win has some of them they are in neither `left` nor free sale.
    """

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="gift_offers")
    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="gift_offers")
    count = models.PositiveIntegerField()
    left = models.PositiveIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    made_at = models.DateTimeField()
    # Once ended, what is left or comes back goes to free sale.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["show", "sku"], condition=Q(ended_at__isnull=True), name="gift_offer_once"
            ),
            models.CheckConstraint(condition=Q(left__lte=F("count")), name="gift_not_overgiven"),
        ]


class Draw(models.Model):
    """One draw or surprise gift: announced, then frozen, then drawn; or called off before.

    `terms` is the text that is promised, and what counts; `rule` and `winners` are of it, for
    queries. The seed stays in `SealedSeed` until it is drawn.
    """

    class Kind(models.TextChoices):
        DRAW = "draw", "lucky draw"
        GIFT = "gift", "surprise gift"

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="draws")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    prize = models.CharField(max_length=CARD_TEXT_CHARS_MAX)
    coupon = models.ForeignKey(Coupon, null=True, blank=True, on_delete=models.PROTECT)
    offer = models.ForeignKey(
        GiftOffer, null=True, blank=True, on_delete=models.PROTECT, related_name="draws"
    )
    rule = models.JSONField()
    winners = models.PositiveSmallIntegerField()
    terms = models.TextField()
    steps = models.PositiveIntegerField()
    promise = models.CharField(max_length=64, unique=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True, blank=True)
    entries_digest = models.CharField(max_length=64, blank=True)
    entrant_count = models.PositiveIntegerField(default=0)
    drawn_at = models.DateTimeField(null=True, blank=True)
    seed = models.CharField(max_length=64, blank=True)
    mixed = models.CharField(max_length=64, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_why = models.CharField(max_length=CARD_TEXT_CHARS_MAX, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["closes_at"],
                condition=Q(drawn_at__isnull=True, called_off_at__isnull=True),
                name="draw_under_way",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["room"],
                condition=Q(drawn_at__isnull=True, called_off_at__isnull=True),
                name="one_draw_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(seed="", drawn_at__isnull=True)
                | (~Q(seed="") & Q(drawn_at__isnull=False)),
                name="draw_seed_told_when_drawn",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, entries_digest="")
                | (Q(frozen_at__gte=F("closes_at")) & ~Q(entries_digest="")),
                name="draw_frozen_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | Q(drawn_at__gt=F("frozen_at")),
                name="draw_drawn_after_frozen",
            ),
            models.CheckConstraint(
                condition=Q(called_off_at__isnull=True)
                | (Q(frozen_at__isnull=True) & ~Q(called_off_why="")),
                name="draw_called_off_before_frozen",
            ),
            models.CheckConstraint(
                condition=Q(winners__gte=1, closes_at__gt=F("opens_at")), name="draw_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(coupon__isnull=True) | Q(offer__isnull=True), name="draw_one_prize"
            ),
        ]

    @property
    def asks(self) -> Rule:
        """Who takes part."""
        return parse_rule(self.rule)

    @property
    def state(self) -> str:
        """`open`, `frozen`, `drawn` or `called_off`."""
        if self.called_off_at is not None:
            return "called_off"
        if self.drawn_at is not None:
            return "drawn"
        return "open" if self.frozen_at is None else "frozen"


class SealedSeed(models.Model):
    """The seed of a draw that is not drawn yet. No page, no API and no admin reads this table."""

    draw = models.OneToOneField(Draw, on_delete=models.CASCADE, primary_key=True)
    seed = models.CharField(max_length=64)


class Entrant(models.Model):
    """A person in a draw under the receipt that stands for them; `place` is the drawn order.

    Before the freezing: who tapped. After it: who tapped and lacks something (`missing`), and
    everybody in the list.
    """

    class Maker(models.TextChoices):
        DEVICE = "device", "the person's device"
        FAIR = "fair", "the fair, for who came without a script"

    draw = models.ForeignKey(
        Draw, on_delete=models.PROTECT, db_index=False, related_name="entrants"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    receipt = models.CharField(max_length=32)
    maker = models.CharField(max_length=6, choices=Maker.choices)
    joined_at = models.DateTimeField()
    missing = models.CharField(max_length=80, blank=True)
    place = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draw", "user"], name="draw_once_a_person"),
            models.UniqueConstraint(fields=["draw", "receipt"], name="draw_receipt_once"),
            models.UniqueConstraint(fields=["draw", "place"], name="draw_place_once"),
            models.CheckConstraint(
                condition=Q(place__isnull=True) | Q(missing=""), name="draw_place_needs_all"
            ),
        ]


class Win(models.Model):
    """That a person won: told, and claimed or passed on by `deadline_at`.

    Goods go by an order of their stall, a coupon into the wallet, anything else to `address`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="wins")
    entrant = models.OneToOneField(Entrant, on_delete=models.PROTECT, related_name="win")
    state = models.CharField(
        max_length=9,
        choices=[(state.value, state.value) for state in WinState],
        default=WinState.TOLD.value,
    )
    told_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    is_reminded = models.BooleanField(default=False)
    order = models.UUIDField(null=True, blank=True)
    address = models.ForeignKey(SavedAddress, null=True, blank=True, on_delete=models.PROTECT)
    held = models.ForeignKey(WalletCoupon, null=True, blank=True, on_delete=models.PROTECT)
    # When what no stall sends was handed over or sent.
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["entrant__place"]
        indexes = [
            models.Index(
                fields=["deadline_at"], condition=Q(state="told"), name="win_waits_for_claim"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in WinState]), name="win_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="told", settled_at__isnull=True)
                | (~Q(state="told") & Q(settled_at__isnull=False)),
                name="win_settled_at",
            ),
        ]


class Watch(models.Model):
    """How long a person has watched a show, and the number that their device made for it."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, db_index=False, related_name="watches")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    number = models.CharField(max_length=32)
    watched_ms = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["show", "user"], name="watch_once")]


class Countdown(models.Model):
    """An instant that a host counts down to in a room, and what then happens by itself."""

    class Kind(models.TextChoices):
        WORDS = "words", "to what its words say"
        PIN = "pin", "to the next product, which is then put on air"
        DROP = "drop", "to a coupon, which then falls"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="countdowns")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    text = models.CharField(max_length=CARD_TEXT_CHARS_MAX, blank=True)
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.CASCADE)
    coupon = models.ForeignKey(Coupon, null=True, blank=True, on_delete=models.PROTECT)
    lasts_s = models.PositiveIntegerField(default=0)
    count_max = models.PositiveIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # When it ran out, or was stopped.
    done_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["room"], condition=Q(done_at__isnull=True), name="one_countdown_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(kind="words", sku__isnull=True, coupon__isnull=True) & ~Q(text="")
                | Q(kind="pin", sku__isnull=False, coupon__isnull=True)
                | Q(kind="drop", sku__isnull=True, coupon__isnull=False, lasts_s__gte=1),
                name="countdown_has_its_goal",
            ),
        ]


class Milestone(models.Model):
    """A threshold of one show; `reached_at` is set once, with what was counted then."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="milestones")
    measure = models.CharField(
        max_length=7, choices=[(measure.value, measure.value) for measure in Measure]
    )
    threshold = models.PositiveBigIntegerField()
    reached_at = models.DateTimeField(null=True, blank=True)
    counted = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["measure", "threshold"]
        constraints = [
            models.UniqueConstraint(fields=["show", "measure", "threshold"], name="milestone_once"),
            models.CheckConstraint(condition=Q(threshold__gte=1), name="milestone_not_zero"),
            models.CheckConstraint(
                condition=Q(reached_at__isnull=True) | Q(counted__gte=F("threshold")),
                name="milestone_reached_by_count",
            ),
        ]
