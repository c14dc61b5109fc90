-- Unpaid orders whose time is over, many in one transaction: those that have nothing but units, so
-- that nothing has to be decided for one that depends on another. Reservations, coupons and
-- budgets are let go one by one (apps.payments.services.expire). Locks as there: payments, which
-- are skipped where somebody is paying, orders, stock by sku, prices by id.
--
-- On Citus each batch is of one stall: distribution column stall_id.

-- name: pick_plain
SELECT payment.id, part.id, part.order_id
FROM orders_stallorder part
JOIN payments_payment payment ON payment.stall_order_id = part.id
WHERE part.state = 'placed' AND part.expires_at <= :at::timestamptz
  AND payment.state = 'awaiting'
  AND NOT EXISTS (
    SELECT FROM orders_orderline line
    WHERE line.stall_order_id = part.id
      AND (line.quote_line LIKE 'd%' OR line.quote_line LIKE 'r%')
  )
  AND NOT EXISTS (
    SELECT FROM promotions_promotionuse used
    LEFT JOIN promotions_offer offer
        ON used.promotion LIKE 'o%' AND offer.id = substr(used.promotion, 2)::bigint
    LEFT JOIN promotions_crossstore programme
        ON used.promotion LIKE 'x%' AND programme.id = substr(used.promotion, 2)::bigint
    WHERE used."order" = part.order_id
      AND (used.promotion LIKE 'c%'
        OR offer.budget_minor IS NOT NULL OR programme.budget_minor IS NOT NULL)
  )
ORDER BY part.expires_at, payment.id
LIMIT :most::int
FOR UPDATE OF payment SKIP LOCKED;

-- name: lock_orders
SELECT id FROM orders_order WHERE id = ANY(:orders::uuid[]) ORDER BY id FOR UPDATE;

-- name: expire_payments
UPDATE payments_payment SET state = 'expired' WHERE id = ANY(:payments::uuid[]);

-- name: expire_stall_orders
UPDATE orders_stallorder SET state = 'expired' WHERE id = ANY(:parts::uuid[]);

-- name: find_flash_units
-- What limits counted for these orders, and by whom they counted it.
SELECT line.offered_price_id, parent.user_id, parent.phone, line.quantity
FROM orders_orderline line
JOIN orders_stallorder part ON part.id = line.stall_order_id
JOIN orders_order parent ON parent.id = part.order_id
WHERE line.stall_order_id = ANY(:parts::uuid[]) AND line.price_kind = 'flash';

-- name: lock_prices
SELECT id FROM promotions_offeredprice
WHERE id = ANY(:prices::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: give_back_prices
UPDATE promotions_offeredprice price SET taken = price.taken - back.units
FROM unnest(:prices::bigint[], :units::int[]) AS back (price, units)
WHERE price.id = back.price AND price.allotment IS NOT NULL
RETURNING price.sku_id, price.closed_at, back.units;

-- name: give_back_uses
UPDATE promotions_priceuse used SET units = used.units - back.units
FROM unnest(:prices::bigint[], :buyers::text[], :units::int[]) AS back (price, buyer, units)
WHERE used.price_id = back.price AND used.buyer = back.buyer;

-- name: give_back_discounts
-- Each discount's share of these parts, in the history of what promotions gave.
UPDATE promotions_promotionuse used SET returned_minor = used.returned_minor + back.off
FROM (
    SELECT part.order_id, discount.value ->> 'id' AS promotion, sum(share.value::bigint) AS off
    FROM orders_stallorder part
    JOIN orders_order parent ON parent.id = part.order_id
    JOIN orders_pricedrequest priced ON priced.id = parent.priced_id
    CROSS JOIN LATERAL jsonb_array_elements(priced.quote -> 'adjustments') AS discount (value)
    CROSS JOIN LATERAL jsonb_each_text(discount.value -> 'lines') AS share (line, value)
    WHERE part.id = ANY(:parts::uuid[])
      AND EXISTS (
        SELECT FROM orders_orderline line
        WHERE line.stall_order_id = part.id AND line.quote_line = share.line
      )
    GROUP BY part.order_id, discount.value ->> 'id'
) AS back
WHERE used."order" = back.order_id AND used.promotion = back.promotion;
