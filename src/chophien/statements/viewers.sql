-- How many watch a room: what each hub process counts, and what all of them count together.
-- Real time where it is about how long somebody watched; the fair's where it is about the show.

-- name: note_watching
-- What this process counts now. A room that does not exist (anybody may name one) gets no row.
INSERT INTO live_hubwatch (room_id, hub, watching, counted_at)
SELECT r.id, :hub::text, :watching::integer, statement_timestamp()
FROM live_room r WHERE r.id = :room_id::bigint
ON CONFLICT (room_id, hub) DO UPDATE
SET watching = excluded.watching, counted_at = excluded.counted_at
RETURNING room_id;

-- name: open_count
-- The row of all processes' count, if it is the first.
INSERT INTO live_viewercount
    (room_id, watching, peak, viewer_ms, counted_ms, viewers, sketch, counted_at)
VALUES (:room_id::bigint, 0, 0, 0, 0, 0, ''::bytea, statement_timestamp())
ON CONFLICT (room_id) DO NOTHING;

-- name: lock_count
-- What was counted so far: processes take turns.
SELECT sketch FROM live_viewercount WHERE room_id = :room_id::bigint FOR UPDATE;

-- name: write_count
-- Add up: those who watched since the last look did so until now; a look that comes late (no hub
-- ran) counts for at most :gap_ms. Processes that said nothing for as long count no more.
UPDATE live_viewercount c
SET watching = t.total,
    peak = CASE WHEN t.is_on_air THEN greatest(c.peak, t.total) ELSE c.peak END,
    peak_at = CASE WHEN t.is_on_air AND t.total > c.peak THEN t.at ELSE c.peak_at END,
    viewer_ms = c.viewer_ms + CASE WHEN t.is_on_air THEN c.watching * t.elapsed_ms ELSE 0 END,
    counted_ms = c.counted_ms + CASE WHEN t.is_on_air THEN t.elapsed_ms ELSE 0 END,
    viewers = :viewers::integer,
    sketch = :sketch::bytea,
    counted_at = t.at
FROM (
    SELECT statement_timestamp() AS at,
        s.starts_at <= fair_now() AND s.ends_at > fair_now() AS is_on_air,
        coalesce((
            SELECT sum(w.watching) FROM live_hubwatch w
            WHERE w.room_id = r.id
                AND w.counted_at > statement_timestamp() - :gap_ms::bigint * interval '1 ms'
        ), 0)::integer AS total,
        least(
            (extract(epoch FROM statement_timestamp() - v.counted_at) * 1000)::bigint,
            :gap_ms::bigint
        ) AS elapsed_ms
    FROM live_room r
    JOIN programme_show s ON s.id = r.show_id
    JOIN live_viewercount v ON v.room_id = r.id
    WHERE r.id = :room_id::bigint
) t
WHERE c.room_id = :room_id::bigint
RETURNING c.watching;

-- name: forget_hub
-- A process that ends counts nobody any more.
UPDATE live_hubwatch SET watching = 0, counted_at = statement_timestamp() WHERE hub = :hub::text;

-- name: forget_old_watches
-- Rows of processes that have not been heard of for a day.
DELETE FROM live_hubwatch WHERE counted_at < statement_timestamp() - interval '1 day';
