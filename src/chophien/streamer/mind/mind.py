"""What the host says next, and what it has said."""

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chophien.domain.script.beats import Beat, Slot
from chophien.domain.script.checker import find_objections
from chophien.domain.script.choice import choose
from chophien.domain.script.lines_vi import LINES_VI
from chophien.domain.script.sentences import Sentence, fill, slots_of, split_story
from chophien.domain.speech.normalise import to_spoken
from chophien.streamer.desk import GoodsClaim, Utterance
from chophien.streamer.mind.grounds import Grounds, goods_grounds, is_buyable, show_grounds
from chophien.streamer.mind.plan import (
    GOODS_BEATS,
    STAND_INS,
    find_next,
    find_on_air,
    needs_next,
    plan_turn,
)
from chophien.wire.snapshot import GoodsFacts, ShowSnapshot

logger = logging.getLogger(__name__)

# Spoken disclosure, besides the mark that never leaves the picture.
DISCLOSE_EVERY_S = 240.0
# Sentences that are not said again while others are left: about ten minutes of talk.
RECENT_SENTENCES_MAX = 120
# Three lines of caption; a longer sentence of a story is left unread.
STORY_CHARS_MAX = 140
# A sentence that went stale this often is about facts that move too fast; the beat is left out.
STALE_MAX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NextProduct:
    """Nothing more is to be said of the product on air: ask the desk to move on."""


class NothingToSayError(RuntimeError):
    """The sentences for an empty shelf are missing or refused: mend the table of sentences."""


class Mind:
    """Plans beats and writes sentences. It remembers what was spoken, never what was only written.

    The same seed, snapshots and calls give the same sentences. Not safe for several threads.
    """

    def __init__(self, *, seed: str, lines: Mapping[Beat, tuple[str, ...]] = LINES_VI) -> None:
        self._seed = seed
        self._lines = lines
        self._recent: deque[str] = deque(maxlen=RECENT_SENTENCES_MAX)
        self._plan: deque[Beat] = deque()
        self._sku_id: int | None = None
        self._spoken_count = 0
        self._turn_count = 0
        self._stale_count = 0
        self._story_at: dict[int, int] = {}
        self._announced: set[int] = set()
        self._greeted = False
        self._disclosed_at_s = 0.0

    def compose(self, snapshot: ShowSnapshot, *, at_s: float) -> Utterance | NextProduct:
        """Write the next sentence from the facts as they are in `snapshot`; `at_s` is media time.

        Nothing is remembered but the plan: call `spoken` when the sentence went on air, `stale`
        when it was refused, then compose anew from a fresh snapshot.

        Raises:
            NothingToSayError: not even an idle sentence may be said.
        """
        if not self._greeted:
            greeting = self._write(Beat.GREETING, snapshot, None)
            if greeting is not None:
                return greeting
        if at_s - self._disclosed_at_s >= DISCLOSE_EVERY_S:
            disclosure = self._write(Beat.DISCLOSURE, snapshot, None)
            if disclosure is not None:
                return disclosure
        goods = find_on_air(snapshot)
        self._turn_to(goods)
        if goods is None:
            return NextProduct() if find_next(snapshot) is not None else self._idle(snapshot)
        return self._about(goods, snapshot)

    def spoken(self, utterance: Utterance, *, at_s: float) -> None:
        """Remember that a sentence went on air, and go on in the plan."""
        self._recent.append(utterance.template)
        self._spoken_count += 1
        self._stale_count = 0
        if utterance.beat is Beat.GREETING:
            self._greeted = True
        if utterance.beat in (Beat.GREETING, Beat.DISCLOSURE):
            # A greeting names the host as artificial too.
            self._disclosed_at_s = at_s
        if utterance.beat is Beat.STORY:
            self._count_story(utterance)
        if utterance.beat in (Beat.SOLD_OUT, Beat.WITHDRAWN):
            self._announced.update(claim.sku_id for claim in utterance.claims)
        if self._plan and utterance.beat in (self._plan[0], STAND_INS.get(self._plan[0])):
            self._plan.popleft()

    def stale(self, utterance: Utterance) -> None:
        """Note that the desk refused a sentence; a beat that keeps being refused is left out."""
        self._stale_count += 1
        if self._stale_count >= STALE_MAX:
            self._stale_count = 0
            if self._plan and utterance.beat in GOODS_BEATS:
                self._plan.popleft()

    def _turn_to(self, goods: GoodsFacts | None) -> None:
        sku_id = None if goods is None else goods.sku_id
        if sku_id == self._sku_id:
            return
        self._sku_id = sku_id
        self._plan = deque(plan_turn(self._turn_count)) if sku_id is not None else deque()
        self._turn_count += 1

    def _about(self, goods: GoodsFacts, snapshot: ShowSnapshot) -> Utterance | NextProduct:
        if not is_buyable(goods):
            return self._about_gone(goods, snapshot)
        self._announced.discard(goods.sku_id)
        while self._plan:
            for beat in filter(None, (self._plan[0], STAND_INS.get(self._plan[0]))):
                utterance = self._write(beat, snapshot, goods)
                if utterance is not None:
                    return utterance
            self._plan.popleft()
        if find_next(snapshot) is not None:
            return NextProduct()
        # The only product there is gets another turn.
        self._plan = deque(plan_turn(self._turn_count))
        self._turn_count += 1
        return self._write(Beat.HOOK, snapshot, goods) or self._idle(snapshot)

    def _about_gone(self, goods: GoodsFacts, snapshot: ShowSnapshot) -> Utterance | NextProduct:
        """Say once that goods are gone, then leave them."""
        if goods.sku_id not in self._announced:
            beat = Beat.SOLD_OUT if goods.on_sale else Beat.WITHDRAWN
            notice = self._write(beat, snapshot, goods)
            if notice is not None:
                return notice
        return NextProduct() if find_next(snapshot) is not None else self._idle(snapshot)

    def _idle(self, snapshot: ShowSnapshot) -> Utterance:
        idle = self._write(Beat.IDLE, snapshot, None)
        if idle is None:
            raise NothingToSayError("no idle sentence passes the checker")
        return idle

    def _write(
        self, beat: Beat, snapshot: ShowSnapshot, goods: GoodsFacts | None
    ) -> Utterance | None:
        grounds = self._grounds(beat, snapshot, goods)
        sentences = dict(self._sayable(beat, grounds))
        template = choose(
            tuple(sentences),
            seed=f"{self._seed}:{self._spoken_count}:{beat}",
            recent=tuple(self._recent),
        )
        if template is None:
            return None
        sentence = sentences[template]
        return Utterance(
            beat=beat,
            spoken=to_spoken(sentence.text),
            template=template,
            claims=_claims(beat, sentence, snapshot, goods),
            valid_until=grounds.valid_until,
        )

    def _sayable(self, beat: Beat, grounds: Grounds) -> Iterator[tuple[str, Sentence]]:
        """Fill the templates whose facts are known, and leave out what the checker refuses."""
        for template in self._lines[beat]:
            if not slots_of(template) <= grounds.values.keys():
                continue
            sentence = fill(template, grounds.values)
            objections = find_objections(sentence, buyable=grounds.buyable)
            if objections:
                logger.info("not said: %r (%s)", sentence.text, objections)
                continue
            yield template, sentence

    def _grounds(self, beat: Beat, snapshot: ShowSnapshot, goods: GoodsFacts | None) -> Grounds:
        if goods is None:
            return Grounds(values=show_grounds(snapshot), buyable=False, valid_until=None)
        grounds = goods_grounds(goods, snapshot)
        values = dict(grounds.values)
        if beat is Beat.STORY:
            sentences = _tellable(goods)
            told = self._story_at.get(goods.sku_id, 0)
            if sentences:
                values[Slot.STORY] = sentences[told % len(sentences)]
        if beat is Beat.BRIDGE:
            following = find_next(snapshot)
            if following is not None:
                values[Slot.NEXT_NAME] = following.name.vi
        return Grounds(values=values, buyable=grounds.buyable, valid_until=grounds.valid_until)

    def _count_story(self, utterance: Utterance) -> None:
        for claim in utterance.claims:
            self._story_at[claim.sku_id] = self._story_at.get(claim.sku_id, 0) + 1


def _tellable(goods: GoodsFacts) -> tuple[str, ...]:
    """Keep the sentences of a seller's story that a caption can hold and the checker lets pass."""
    return tuple(
        text
        for text in split_story(goods.story.vi)
        if len(text) <= STORY_CHARS_MAX
        and not find_objections(fill("{story}", {Slot.STORY: text}), buyable=is_buyable(goods))
    )


def _claims(
    beat: Beat, sentence: Sentence, snapshot: ShowSnapshot, goods: GoodsFacts | None
) -> tuple[GoodsClaim, ...]:
    if beat not in GOODS_BEATS or goods is None:
        return ()
    free = goods.free if Slot.STOCK in sentence.slots else None
    claims = [GoodsClaim(sku_id=goods.sku_id, digest=goods.digest, free=free)]
    following = find_next(snapshot) if needs_next(sentence.slots) else None
    if following is not None:
        claims.append(GoodsClaim(sku_id=following.sku_id, digest=following.digest))
    return tuple(claims)
