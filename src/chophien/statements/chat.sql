-- What is said in rooms: read and written by the hub's talk desk (hotlane.chat) and by apps.chat.
--
--   find_room … list_codes      what holds in a room; read again when somebody changed it
--   write_messages, write_drafts, add_likes   a batch of what was said: an array statement each
--   give_codes                  A1, A2 … for goods of a run-of-show that have none
--
-- On Citus: chat_chatmessage and comment_orders_draftorder by room_id; the rest is local.

-- name: find_room
SELECT
    room.id, room.show_id, show.festival_id, show.starts_at, show.ends_at,
    host.person_id, host.name,
    COALESCE(rules.slow_s, 0) AS slow_s, COALESCE(rules.links, 'refuse') AS links,
    COALESCE(rules.is_closed, false) OR EXISTS (
        SELECT FROM vetting_stop stop
        WHERE stop.show_id = show.id AND stop.kind IN ('room_muted', 'show_stopped')
          AND NOT EXISTS (SELECT FROM vetting_lift lift WHERE lift.stop_id = stop.id)
    ) AS is_closed,
    now() AS real, fair_now() AS fair
FROM live_room room
JOIN programme_show show ON show.id = room.show_id
JOIN programme_host host ON host.id = show.host_id
LEFT JOIN chat_roomrules rules ON rules.room_id = room.id
WHERE room.id = :room::bigint;

-- name: list_words
SELECT phrase, action FROM chat_listedword
WHERE festival_id = :festival::bigint AND (room_id IS NULL OR room_id = :room::bigint)
ORDER BY id LIMIT :words_max::bigint;

-- name: list_mutes
SELECT writer, max(ends_at) AS ends_at FROM chat_mute
WHERE festival_id = :festival::bigint AND (room_id IS NULL OR room_id = :room::bigint)
  AND ends_at > fair_now() AND lifted_at IS NULL
GROUP BY writer;

-- name: list_moderators
SELECT user_id AS id FROM chat_moderator WHERE room_id = :room::bigint;

-- name: list_organisers
SELECT person.id FROM accounts_user person
WHERE person.is_active AND (person.is_superuser OR EXISTS (
    SELECT FROM accounts_user_groups member
    JOIN auth_group club ON club.id = member.group_id
    WHERE member.user_id = person.id AND club.name = 'organisers'
));

-- name: list_codes
-- Each code with its sku first, then the other ways to buy the same product.
SELECT code.code, other.id AS sku_id,
    concat_ws(' ', other.unit_vi, other.unit_en, other.unit_zh) AS words
FROM comment_orders_ordercode code
JOIN catalog_sku own ON own.id = code.sku_id
JOIN catalog_sku other ON other.product_id = own.product_id
JOIN catalog_product product ON product.id = own.product_id AND product.state = 'published'
WHERE code.room_id = :room::bigint
ORDER BY code.id, other.id <> own.id, other.id;

-- name: write_messages
-- A comment of another platform that is here already is not written again; ids of the new ones.
INSERT INTO chat_chatmessage
    (id, room_id, said_at, writer, name, kind, platform, outside_id, text, state, why)
SELECT
    id, room_id, said_at, writer, name, kind, platform, outside_id, said, state, why
FROM unnest(
    :ids::uuid[], :rooms::bigint[], :said_ats::timestamptz[], :writers::text[], :names::text[],
    :kinds::text[], :platforms::text[], :outside_ids::text[], :texts::text[], :states::text[],
    :whys::text[]
) AS said_now (
    id, room_id, said_at, writer, name, kind, platform, outside_id, said, state, why
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: write_drafts
-- One open draft for each writer and sku, however often and from wherever it is said at once. The
-- same again counts once, also after it was ordered; another quantity takes the place of the
-- first, and has to be confirmed anew.
INSERT INTO comment_orders_draftorder AS draft
    (id, token, room_id, sku_id, code, quantity, writer, name, platform, phone, state, said_count,
     said_at, expires_at)
SELECT
    id, token, room_id, sku_id, code, quantity, writer, name, platform, last_phone, 'draft',
    said_count, said_at, expires_at
FROM (
    SELECT DISTINCT ON (room_id, writer, sku_id)
        *,
        count(*) OVER (PARTITION BY room_id, writer, sku_id) AS said_count,
        first_value(phone) OVER (
            PARTITION BY room_id, writer, sku_id ORDER BY phone = '', place DESC
        ) AS last_phone
    FROM unnest(
        :ids::uuid[], :tokens::uuid[], :rooms::bigint[], :skus::bigint[], :codes::text[],
        :quantities::bigint[], :writers::text[], :names::text[], :platforms::text[],
        :phones::text[], :said_ats::timestamptz[], :expires_ats::timestamptz[]
    ) WITH ORDINALITY AS wish (
        id, token, room_id, sku_id, code, quantity, writer, name, platform, phone, said_at,
        expires_at, place
    )
    ORDER BY room_id, writer, sku_id, place DESC
) AS last_wish
WHERE NOT EXISTS (
    SELECT FROM comment_orders_draftorder done
    WHERE done.room_id = last_wish.room_id AND done.writer = last_wish.writer
      AND done.sku_id = last_wish.sku_id AND done.quantity = last_wish.quantity
      AND done.state = 'ordered'
)
ON CONFLICT (room_id, writer, sku_id) WHERE state IN ('draft', 'confirmed')
DO UPDATE SET
    quantity = EXCLUDED.quantity,
    code = EXCLUDED.code,
    state = CASE WHEN draft.quantity = EXCLUDED.quantity THEN draft.state ELSE 'draft' END,
    phone = CASE WHEN EXCLUDED.phone = '' THEN draft.phone ELSE EXCLUDED.phone END,
    name = EXCLUDED.name,
    said_count = draft.said_count + EXCLUDED.said_count,
    said_at = EXCLUDED.said_at,
    expires_at = EXCLUDED.expires_at;

-- name: add_likes
INSERT INTO chat_likes AS likes (room_id, count)
SELECT room_id, many FROM unnest(:rooms::bigint[], :counts::bigint[]) AS liked (room_id, many)
ORDER BY room_id
ON CONFLICT (room_id) DO UPDATE SET count = likes.count + EXCLUDED.count;

-- name: give_codes
INSERT INTO comment_orders_ordercode (room_id, sku_id, code)
SELECT missing.room_id, missing.sku_id, 'A' || (missing.last_number + missing.place)
FROM (
    SELECT
        room.id AS room_id, segment.sku_id,
        row_number() OVER (PARTITION BY room.id ORDER BY segment.position) AS place,
        COALESCE((
            SELECT max(substr(code.code, 2)::int) FROM comment_orders_ordercode code
            WHERE code.room_id = room.id AND code.code ~ '^A[1-9][0-9]*$'
        ), 0) AS last_number
    FROM live_room room
    JOIN programme_segment segment ON segment.show_id = room.show_id
    WHERE room.id = ANY(:rooms::bigint[]) AND NOT EXISTS (
        SELECT FROM comment_orders_ordercode code
        WHERE code.room_id = room.id AND code.sku_id = segment.sku_id
    )
) AS missing
WHERE missing.last_number + missing.place < 1000
ON CONFLICT DO NOTHING
RETURNING room_id;

-- name: tell_talk
-- To the hub's desks: comments that came from outside, ready to be said.
SELECT pg_notify('chophien_talk', :payload::text);

-- name: note_ordered
-- Drafts whose goods were in a cart that was ordered.
UPDATE comment_orders_draftorder draft
SET state = 'ordered', order_id = :order::uuid
WHERE draft.state = 'confirmed'
  AND (draft.cart_id = :cart::uuid OR draft.user_id = :user::bigint)
  AND EXISTS (
    SELECT FROM orders_orderline line
    JOIN orders_stallorder part ON part.id = line.stall_order_id
    WHERE part.order_id = :order::uuid AND line.sku_id = draft.sku_id
  );

-- name: forget_reports
-- Reports of the messages that `forget_messages` deletes next.
DELETE FROM chat_report WHERE message_id IN (
    SELECT id FROM chat_chatmessage WHERE said_at < :before::timestamptz
    ORDER BY said_at, id LIMIT :count_max::bigint
);

-- name: forget_messages
-- Messages that have been kept as long as they have to be, some at a time; held ones too.
DELETE FROM chat_chatmessage WHERE id IN (
    SELECT id FROM chat_chatmessage WHERE said_at < :before::timestamptz
    ORDER BY said_at, id LIMIT :count_max::bigint
)
RETURNING id;
