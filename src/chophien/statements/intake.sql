-- The hot lane: what arrives in a few milliseconds becomes orders in one transaction.
--
--   lock_stock (stock.sql), lock_prices         the rows that decide are ours, in ascending order
--   find_ready, find_orders (find_parts), find_uses   what is true now that nobody else can change
--   … domain.intake.judge decides, first come first served …
--   hold_units (stock.sql), count_units, count_uses
--   write_orders, write_stall_orders, write_lines, write_holds, write_payments, write_promotion_uses
--   COMMIT, and only then is anybody answered
--
-- What there is one of for each order comes as one text with spaces between, in the order in which
-- they came: arrays the driver writes element by element, which cost a fifth of an order. Rows say
-- just what the cart's check-out writes (apps.orders.services, apps.payments.services).

-- name: lock_prices
-- Prices with an allotment.
SELECT id, allotment - taken AS left_units, per_buyer_max
FROM promotions_offeredprice
WHERE id = ANY(:price_ids::bigint[])
ORDER BY id
FOR NO KEY UPDATE;

-- name: find_ready
-- Those of the ready quotes that still hold, and the batch's instant: the database's clock, so that
-- all machines go by one, read after the locks.
SELECT ARRAY(
    SELECT id FROM orders_readyquote WHERE id = ANY(:ready_ids::bigint[]) AND retired_at IS NULL
) AS ready_ids, clock_timestamp() + fair_offset() AS at;

-- name: find_orders
-- Orders that these keys have made before: hardly ever any.
SELECT id::text, idempotency_key::text AS key, user_id, number, token, due_minor
FROM orders_order
WHERE idempotency_key = ANY(string_to_array(:keys, ' ')::uuid[]);

-- name: find_parts
-- What a repeated request must agree with. Its own statement, since on Citus orders lie elsewhere
-- than their parts.
SELECT s.order_id::text, s.expires_at, l.sku_id, sum(l.quantity)::int AS quantity
FROM orders_stallorder s
JOIN orders_orderline l ON l.stall_order_id = s.id
WHERE s.order_id = ANY(string_to_array(:order_ids, ' ')::uuid[])
GROUP BY s.order_id, s.expires_at, l.sku_id;

-- name: find_uses
SELECT u.price_id, u.buyer, u.units
FROM unnest(string_to_array(:price_ids, ' ')::bigint[], string_to_array(:buyers, ' '))
    AS w (price_id, buyer)
JOIN promotions_priceuse u ON u.price_id = w.price_id AND u.buyer = w.buyer;

-- name: count_units
UPDATE promotions_offeredprice p
SET taken = p.taken + m.units
FROM unnest(:price_ids::bigint[], :units::int[]) AS m (price_id, units)
WHERE p.id = m.price_id;

-- name: count_uses
INSERT INTO promotions_priceuse AS u (price_id, buyer, units)
SELECT price_id, buyer, units
FROM unnest(
    string_to_array(:price_ids, ' ')::bigint[], string_to_array(:buyers, ' '),
    string_to_array(:units, ' ')::int[]
) AS m (price_id, buyer, units)
ON CONFLICT (price_id, buyer) DO UPDATE SET units = u.units + excluded.units;

-- name: write_orders
-- The address is copied: it stays on the order when the buyer removes it.
INSERT INTO orders_order (
    id, festival_id, number, token, idempotency_key, user_id, placed_at, recipient, phone,
    province_id, ward, street, note, due_minor, priced_id
)
SELECT w.id::uuid, q.festival_id, w.number, w.token, w.key::uuid, a.user_id, :placed_at::timestamptz,
    a.recipient, a.phone, a.province_id, a.ward, a.street, a.note, q.due_minor, q.priced_id
FROM unnest(
    string_to_array(:order_ids, ' '), string_to_array(:numbers, ' '), string_to_array(:tokens, ' '),
    string_to_array(:keys, ' '), string_to_array(:address_ids, ' ')::bigint[],
    string_to_array(:ready_ids, ' ')::bigint[]
) AS w (id, number, token, key, address_id, ready_id)
JOIN orders_readyquote q ON q.id = w.ready_id
JOIN orders_savedaddress a ON a.id = w.address_id;

-- name: write_stall_orders
INSERT INTO orders_stallorder (
    id, order_id, stall_id, state, goods_minor, shipping_minor, deposit_minor, set_off_minor,
    subsidy_minor, due_minor, placed_at, expires_at
)
SELECT w.id::uuid, w.order_id::uuid, q.stall_id, 'placed', q.goods_minor, q.shipping_minor, 0, 0,
    q.subsidy_minor, q.due_minor, :placed_at::timestamptz, :expires_at::timestamptz
FROM unnest(
    string_to_array(:ids, ' '), string_to_array(:order_ids, ' '),
    string_to_array(:ready_ids, ' ')::bigint[]
) AS w (id, order_id, ready_id)
JOIN orders_readyquote q ON q.id = w.ready_id;

-- name: write_lines
-- `-` is no show. One that does not exist is left out: it says who is thanked for the sale, no more.
INSERT INTO orders_orderline (
    stall_order_id, sku_id, show_id, name_vi, unit_vi, quantity, unit_minor, price_kind,
    offered_price_id, paid_minor, quote_line
)
SELECT w.id::uuid, q.sku_id, s.id, q.name_vi, q.unit_vi, q.quantity, q.unit_minor, q.price_kind,
    q.price_id, q.goods_minor, q.sku_id::text
FROM unnest(
    string_to_array(:ids, ' '), string_to_array(:ready_ids, ' ')::bigint[],
    string_to_array(:show_ids, ' ', '-')::bigint[]
) AS w (id, ready_id, show_id)
JOIN orders_readyquote q ON q.id = w.ready_id
LEFT JOIN programme_show s ON s.id = w.show_id;

-- name: write_holds
INSERT INTO inventory_hold (
    id, stall_id, sku_id, stall_order, quantity, is_set_aside, state, expires_at
)
SELECT w.id::uuid, q.stall_id, q.sku_id, w.id::uuid, q.quantity, q.price_kind = 'flash', 'held',
    :expires_at::timestamptz
FROM unnest(string_to_array(:ids, ' '), string_to_array(:ready_ids, ' ')::bigint[])
    AS w (id, ready_id)
JOIN orders_readyquote q ON q.id = w.ready_id;

-- name: write_payments
INSERT INTO payments_payment (
    id, stall_order_id, stall_id, reference, bank_bin, bank_account, amount_minor, state
)
SELECT w.id::uuid, w.id::uuid, q.stall_id, w.reference, q.bank_bin, q.bank_account, q.due_minor, 'awaiting'
FROM unnest(
    string_to_array(:ids, ' '), string_to_array(:references, ' '),
    string_to_array(:ready_ids, ' ')::bigint[]
) AS w (id, reference, ready_id)
JOIN orders_readyquote q ON q.id = w.ready_id;

-- name: write_promotion_uses
INSERT INTO promotions_promotionuse (id, "order", promotion, off_minor, returned_minor, used_at)
SELECT gen_random_uuid(), w.order_id::uuid, e.key, e.value::bigint, 0, :placed_at::timestamptz
FROM unnest(string_to_array(:order_ids, ' '), string_to_array(:ready_ids, ' ')::bigint[])
    AS w (order_id, ready_id)
JOIN orders_readyquote q ON q.id = w.ready_id
CROSS JOIN LATERAL jsonb_each_text(q.uses) AS e (key, value);

-- name: list_ready
-- What is sold now or soon, and what was sold just before: a late press is told that it is over.
SELECT q.id, q.sku_id, q.quantity, q.price_id, q.price_kind = 'flash' AS is_counted,
    p.per_buyer_max IS NOT NULL AS is_limited, q.due_minor, (SELECT count(*) FROM jsonb_object_keys(q.uses)) AS use_count,
    q.starts_at, q.ends_at, p.ends_at AS price_ends_at
FROM orders_readyquote q
JOIN promotions_offeredprice p ON p.id = q.price_id
WHERE q.retired_at IS NULL
    AND q.ends_at > clock_timestamp() + fair_offset() - interval '10 minutes'
ORDER BY q.starts_at, q.id;

-- name: read_clock
SELECT clock_timestamp() AS real, clock_timestamp() + fair_offset() AS fair;

-- name: take_serials
SELECT nextval('orders_serial') FROM generate_series(1, :count::int);

-- name: read_numbering_key
SELECT key FROM orders_numbering;

-- name: tell_stock
-- What pages hear: many at once, after the commit, at most a few times a second.
SELECT pg_notify('chophien', payload) FROM unnest(:payloads::text[]) AS p (payload);
