-- The waiting rooms' part of the hot lane. A room's row is locked before anything in it changes
-- (`lock_rooms`), here as in `apps/admission/services.py`: so what is read after that is what is
-- written, and places are given one batch after the other however many processes give them.
-- On Citus: distribute admission_entrant and admission_waitingroom by the room.

-- name: read_rooms
-- All rooms that are open, and those closed since `:since`, with their goods. `:at` is now, by the
-- fair's clock: a standing room counts while its festival is on.
SELECT room.id, room.is_standing, room.opens_at, room.drawn_at, room.closed_at,
    room.is_proof_of_work, room.seed_hash, room.seed, room.entries_digest, room.pace,
    room.next_place, room.entered,
    ARRAY(
        SELECT goods.sku_id FROM admission_roomsku goods
        WHERE goods.room_id = room.id ORDER BY goods.sku_id
    ) AS sku_ids
FROM admission_waitingroom room
JOIN festivals_festival festival ON festival.id = room.festival_id
WHERE (room.closed_at IS NULL OR room.closed_at > :since)
  AND (NOT room.is_standing OR (festival.starts_at <= :at AND festival.ends_at > :at))
ORDER BY room.id;

-- name: list_sold_out
-- The open rooms of which nothing can be bought at the moment. A sku with a flash price is sold
-- out when its allotment is taken, whatever is left at the ordinary price.
SELECT room.id
FROM admission_waitingroom room
WHERE room.closed_at IS NULL AND NOT room.is_standing AND NOT EXISTS (
    SELECT FROM admission_roomsku goods
    JOIN inventory_stock stock USING (sku_id)
    LEFT JOIN LATERAL (
        SELECT sum(price.allotment - price.taken) AS left_over
        FROM promotions_offeredprice price
        WHERE price.sku_id = goods.sku_id AND price.kind = 'flash' AND price.closed_at IS NULL
          AND price.starts_at <= greatest(:at, room.opens_at)
          AND (price.ends_at IS NULL OR price.ends_at > :at)
    ) flash ON true
    WHERE goods.room_id = room.id AND coalesce(flash.left_over, stock.free) > 0
)
ORDER BY room.id;

-- name: has_rooms
-- Whether any of these skus is bought through a room.
SELECT EXISTS (
    SELECT FROM admission_roomsku WHERE sku_id = ANY(:sku_ids::bigint[]) AND closed_at IS NULL
);

-- name: read_entrants
-- The places that people have, of rooms and people side by side in two arrays.
SELECT entrant.room_id, entrant.user_id, entrant.entry, entrant.place
FROM admission_entrant entrant
JOIN unnest(:room_ids::bigint[], :user_ids::bigint[]) AS asked (room_id, user_id)
  USING (room_id, user_id)
WHERE entrant.lapsed_at IS NULL;

-- name: read_paces
-- At what pace these rooms move, without waiting for anybody.
SELECT id, pace FROM admission_waitingroom WHERE id = ANY(:room_ids::bigint[]);

-- name: lock_rooms
-- Have these rooms to oneself, in ascending order, until the transaction ends.
SELECT id, opens_at, drawn_at, closed_at, pace, next_place, entered, last_joined_at
FROM admission_waitingroom
WHERE id = ANY(:room_ids::bigint[])
ORDER BY id
FOR NO KEY UPDATE;

-- name: lapse_entrants
-- Let go of places whose turn went by unused, of people who join again.
UPDATE admission_entrant entrant SET lapsed_at = :at
FROM unnest(:room_ids::bigint[], :user_ids::bigint[]) AS gone (room_id, user_id)
WHERE entrant.room_id = gone.room_id AND entrant.user_id = gone.user_id
  AND entrant.lapsed_at IS NULL;

-- name: add_entrants
-- Give places, or before the draw none. Under the rooms' locks nobody is there twice; the
-- constraint `one_place_a_person` would refuse the batch.
INSERT INTO admission_entrant (room_id, user_id, entry, joined_at, place)
SELECT room_id, user_id, entry, joined_at, place
FROM unnest(
    :room_ids::bigint[], :user_ids::bigint[], :entries::text[], :joined_ats::timestamptz[],
    :places::int[]
) AS given (room_id, user_id, entry, joined_at, place);

-- name: move_rooms
-- Keep the numbers that moved with the joins.
UPDATE admission_waitingroom room
SET pace = moved.pace, next_place = moved.next_place, entered = moved.entered,
    last_joined_at = moved.last_joined_at
FROM unnest(
    :room_ids::bigint[], :paces::text[], :next_places::int[], :entereds::int[],
    :last_joined_ats::timestamptz[]
) AS moved (id, pace, next_place, entered, last_joined_at)
WHERE room.id = moved.id;
