-- What `chophien check-history` reads: rows as they are, in one snapshot, added up elsewhere
-- (domain/history). Nothing here is shared with the code that it checks. Instants are
-- microseconds since 1970.

-- name: stream_orders
-- A row for each stall order with all that belongs to it, orders without any included.
SELECT o.id::text, o.idempotency_key::text, o.number, o.user_id, o.phone, o.due_minor,
    (extract(epoch FROM o.placed_at) * 1000000)::bigint,
    s.state, s.due_minor, (extract(epoch FROM s.expires_at) * 1000000)::bigint,
    l.skus, l.quantities, l.prices, l.kinds, l.quote_lines,
    h.skus, h.quantities, h.states,
    p.amounts, p.states
FROM orders_order o
LEFT JOIN orders_stallorder s ON s.order_id = o.id
LEFT JOIN (
    SELECT stall_order_id, array_agg(sku_id) AS skus, array_agg(quantity) AS quantities,
        array_agg(offered_price_id) AS prices, array_agg(price_kind::text) AS kinds,
        array_agg(quote_line::text) AS quote_lines
    FROM orders_orderline GROUP BY stall_order_id
) l ON l.stall_order_id = s.id
LEFT JOIN (
    SELECT stall_order, array_agg(sku_id) AS skus, array_agg(quantity) AS quantities,
        array_agg(state::text) AS states
    FROM inventory_hold GROUP BY stall_order
) h ON h.stall_order = s.id
LEFT JOIN (
    SELECT stall_order_id, array_agg(amount_minor) AS amounts, array_agg(state::text) AS states
    FROM payments_payment GROUP BY stall_order_id
) p ON p.stall_order_id = s.id
ORDER BY o.id, s.id;

-- name: count_orphans
SELECT 'orders_stallorder', count(*) FROM orders_stallorder s
WHERE NOT EXISTS (SELECT FROM orders_order o WHERE o.id = s.order_id)
UNION ALL
SELECT 'orders_orderline', count(*) FROM orders_orderline l
WHERE NOT EXISTS (SELECT FROM orders_stallorder s WHERE s.id = l.stall_order_id)
UNION ALL
SELECT 'payments_payment', count(*) FROM payments_payment p
WHERE NOT EXISTS (SELECT FROM orders_stallorder s WHERE s.id = p.stall_order_id)
UNION ALL
SELECT 'inventory_hold', count(*) FROM inventory_hold h
WHERE NOT EXISTS (SELECT FROM orders_stallorder s WHERE s.id = h.stall_order)
  AND NOT EXISTS (SELECT FROM orders_reservation r WHERE r.id = h.stall_order);

-- name: list_stock
SELECT stock.sku_id, stock.on_hand, stock.free, stock.set_aside, stock.held, stock.sold,
    coalesce(kept.reserved, 0), coalesce(kept.bought, 0), coalesce(back.units, 0),
    coalesce(presale.rest, 0)
FROM inventory_stock stock
LEFT JOIN (
    SELECT h.sku_id, sum(h.quantity) FILTER (WHERE h.state = 'held')::bigint AS reserved,
        sum(h.quantity) FILTER (WHERE h.state = 'committed')::bigint AS bought
    FROM inventory_hold h JOIN orders_reservation r ON r.id = h.stall_order
    GROUP BY h.sku_id
) kept USING (sku_id)
LEFT JOIN (
    SELECT goods.sku_id, sum(line.quantity)::bigint AS units
    FROM payments_refund refund
    JOIN payments_refundline line ON line.refund_id = refund.id
    CROSS JOIN LATERAL (
        SELECT l.sku_id FROM orders_orderline l
        WHERE l.stall_order_id = refund.stall_order_id AND l.quote_line = line.quote_line
        LIMIT 1
    ) goods
    WHERE refund.is_restocked
    GROUP BY goods.sku_id
) back USING (sku_id)
LEFT JOIN (
    SELECT sku_id, sum(allotment - taken)::bigint AS rest
    FROM promotions_presale WHERE closed_at IS NULL GROUP BY sku_id
) presale USING (sku_id)
ORDER BY stock.sku_id;

-- name: list_prices
-- Those that count units, and what else is offered of goods that the lane sells.
SELECT id, sku_id, kind, allotment, taken, per_buyer_max,
    (extract(epoch FROM starts_at) * 1000000)::bigint,
    (extract(epoch FROM ends_at) * 1000000)::bigint,
    (extract(epoch FROM closed_at) * 1000000)::bigint
FROM promotions_offeredprice
WHERE allotment IS NOT NULL
   OR (kind = 'sale' AND sku_id IN (SELECT sku_id FROM orders_readyquote))
ORDER BY id;

-- name: list_ready
SELECT sku_id, quantity, price_id, due_minor,
    (extract(epoch FROM starts_at) * 1000000)::bigint,
    (extract(epoch FROM ends_at) * 1000000)::bigint,
    (extract(epoch FROM retired_at) * 1000000)::bigint
FROM orders_readyquote
ORDER BY id;

-- name: list_uses
SELECT u.price_id, u.buyer, u.units
FROM promotions_priceuse u
JOIN promotions_offeredprice p ON p.id = u.price_id AND p.per_buyer_max IS NOT NULL;

-- name: list_phones
SELECT DISTINCT phone, buyer_key FROM orders_savedaddress;
