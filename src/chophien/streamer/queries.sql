-- name: read_snapshot
-- All that a show knows, in one statement, so that it fits together.
SELECT live_show_snapshot(%s)::text

-- name: say
-- Record a sentence if its claims still hold; no row when they do not.
SELECT utterance_id, started_at FROM live_say(%s, %s, %s, %s, %s)

-- name: list_on_air
-- Shows of AI hosts whose time it is by the fair's clock, and that nothing hinders: stopped ones
-- are left out, and those whose goods lack papers.
SELECT s.id FROM programme_show s JOIN programme_host h ON h.id = s.host_id
JOIN live_room r ON r.show_id = s.id
WHERE h.is_ai AND s.starts_at <= fair_now() AND s.ends_at > fair_now()
  AND show_hindrances(s.id, fair_now()) = '{}'
ORDER BY s.id

-- name: read_offset
-- By how many seconds the fair's clock is ahead of real time.
SELECT extract(epoch FROM fair_offset())::bigint

-- name: announce
-- Tell every page that a show began or ended.
SELECT pg_notify('chophien', json_build_object(
    'channel', 'fair', 'v', 1, 'event', json_build_object('type', 'show', 'show_id', %s::bigint)
)::text)

-- name: advance
-- Pin the next sku of the run-of-show that can be bought; the next one at all when none can.
WITH place AS (
    SELECT r.id AS room_id, coalesce(g.position, -1) AS position
    FROM live_room r
    LEFT JOIN programme_segment g ON g.show_id = r.show_id AND g.sku_id = r.pinned_id
    WHERE r.show_id = %(show_id)s
), following AS (
    SELECT place.room_id, g.sku_id
    FROM place
    JOIN programme_segment g ON g.show_id = %(show_id)s AND g.position <> place.position
    JOIN catalog_sku k ON k.id = g.sku_id
    JOIN catalog_product p ON p.id = k.product_id
    JOIN sellers_stall t ON t.id = p.stall_id
    WHERE NOT EXISTS (SELECT FROM goods_faults(ARRAY[g.sku_id], fair_now()))
    ORDER BY (p.state = 'published' AND t.state = 'admitted' AND count_buyable(g.sku_id, fair_now()) > 0) DESC,
             (g.position > place.position) DESC, g.position
    LIMIT 1
), pinned AS (
    UPDATE live_room r SET pinned_id = f.sku_id FROM following f WHERE r.id = f.room_id
    RETURNING r.id, r.pinned_id
)
SELECT pg_notify('chophien', json_build_object(
    'channel', 'room:' || id, 'v', 1, 'event', json_build_object(
        'type', 'pinned', 'room_id', id, 'sku_id', pinned_id))::text)
FROM pinned
