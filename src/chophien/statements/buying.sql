-- The ordinary way to buy: what the cart's check-out reads and writes, by `prepared.run_all`.
--
--   lock_cart, find_key, find_lines       the cart is ours: what is read after that stands still
--   count_buyable … find_held             what applies to it; apps.orders.quoting prices it
--   take_name                             a number that no order has had
--   write_priced … clear_cart             what nobody else waits for is written first
--   (stock.sql) lock_stock, hold_units    then locks, in the order that apps.orders.services names
--   take_prices, use_price, spend_…
--
-- On Citus: orders, their parts and payments by stall_id as in intake.sql; carts are local.

-- name: limit_waits
SELECT set_config('lock_timeout', :wait, true);

-- name: lock_cart
SELECT id FROM orders_cart WHERE id = :cart::uuid FOR UPDATE;

-- name: find_key
SELECT id FROM orders_order WHERE idempotency_key = :key::uuid;

-- name: find_lines
-- The lines of a cart with what they name, by stall and in the order in which they came.
SELECT {parts}
FROM orders_cartline line
JOIN catalog_sku sku ON sku.id = line.sku_id
JOIN catalog_product product ON product.id = sku.product_id
JOIN sellers_stall stall ON stall.id = product.stall_id
WHERE line.cart_id = :cart::uuid
ORDER BY stall.name_vi, line.id;

-- name: find_festival
-- The festival that is on; else the next one; else the last one.
SELECT {parts}
FROM festivals_festival festival
ORDER BY
    festival.starts_at <= :at::timestamptz AND festival.ends_at > :at::timestamptz DESC,
    festival.starts_at > :at::timestamptz DESC,
    CASE WHEN festival.ends_at > :at::timestamptz THEN festival.starts_at END,
    festival.ends_at DESC,
    festival.id
LIMIT 1;

-- name: find_sale
-- Whether a sku is on sale; the cart is ours from here on.
SELECT product.state, stall.state
FROM orders_cart cart
LEFT JOIN catalog_sku sku ON sku.id = :sku::bigint
LEFT JOIN catalog_product product ON product.id = sku.product_id
LEFT JOIN sellers_stall stall ON stall.id = product.stall_id
WHERE cart.id = :cart::uuid
FOR UPDATE OF cart;

-- name: count_buyable
SELECT id, count_buyable(id, :at::timestamptz) FROM unnest(:skus::bigint[]) AS wanted (id);

-- name: find_prices
SELECT {parts}
FROM promotions_offeredprice price
WHERE price.sku_id = ANY(:skus::bigint[])
  AND (price.starts_at IS NULL OR price.starts_at <= :at::timestamptz)
  AND (price.ends_at IS NULL OR price.ends_at > :at::timestamptz)
ORDER BY price.id;

-- name: find_references
SELECT id, reference_price(id, :at::timestamptz) FROM unnest(:skus::bigint[]) AS wanted (id);

-- name: find_offers
SELECT {parts}
FROM promotions_offer offer
WHERE (
    (offer.sku_ids IS NULL AND offer.stall_id = ANY(:stalls::bigint[]))
    OR offer.sku_ids && :skus::bigint[]
)
  AND (offer.starts_at IS NULL OR offer.starts_at <= :at::timestamptz)
  AND (offer.ends_at IS NULL OR offer.ends_at > :at::timestamptz)
  AND (offer.budget_minor IS NULL OR offer.spent_minor < offer.budget_minor)
ORDER BY offer.id;

-- name: find_cross_store
SELECT {parts}
FROM promotions_crossstore programme
WHERE programme.festival_id = :festival::bigint
  AND (programme.starts_at IS NULL OR programme.starts_at <= :at::timestamptz)
  AND (programme.ends_at IS NULL OR programme.ends_at > :at::timestamptz)
  AND (programme.budget_minor IS NULL OR programme.spent_minor < programme.budget_minor)
ORDER BY programme.id;

-- name: take_name
-- The next serial number, the key that turns it into names, and whether the province exists.
SELECT nextval('orders_serial'), key,
    EXISTS (SELECT FROM festivals_province WHERE id = :province::bigint)
FROM orders_numbering;

-- name: write_priced
INSERT INTO orders_pricedrequest (digest, request, quote)
VALUES (:digest::text, :request::jsonb, :quote::jsonb)
ON CONFLICT (digest) DO NOTHING;

-- name: write_order
INSERT INTO orders_order (
    id, festival_id, number, token, idempotency_key, user_id, placed_at, recipient, phone,
    province_id, ward, street, note, due_minor, priced_id
)
SELECT :id::uuid, :festival::bigint, :number::text, :token::text, :key::uuid, :user::bigint,
    :placed_at::timestamptz, :recipient::text, :phone::text, :province::bigint, :ward::text,
    :street::text, :note::text, :due::bigint, priced.id
FROM orders_pricedrequest priced WHERE priced.digest = :digest::text
RETURNING priced_id;

-- name: write_stall_orders
INSERT INTO orders_stallorder (
    id, order_id, stall_id, state, goods_minor, shipping_minor, deposit_minor, set_off_minor,
    subsidy_minor, due_minor, placed_at, expires_at
)
SELECT id, :order::uuid, stall_id, 'placed', goods, shipping, deposit, set_off, subsidy, due,
    :placed_at::timestamptz, :expires_at::timestamptz
FROM unnest(
    :ids::uuid[], :stalls::bigint[], :goods::bigint[], :shippings::bigint[], :deposits::bigint[],
    :set_offs::bigint[], :subsidies::bigint[], :dues::bigint[]
) AS part (id, stall_id, goods, shipping, deposit, set_off, subsidy, due);

-- name: write_lines
INSERT INTO orders_orderline (
    stall_order_id, sku_id, show_id, name_vi, unit_vi, quantity, unit_minor, price_kind,
    offered_price_id, paid_minor, quote_line
)
SELECT part, sku, show, name, unit, quantity, unit_minor, kind, price, paid, quote_line
FROM unnest(
    :parts::uuid[], :skus::bigint[], :shows::bigint[], :names::text[], :units::text[],
    :quantities::int[], :unit_minors::bigint[], :kinds::text[], :prices::bigint[],
    :paids::bigint[], :quote_lines::text[]
) WITH ORDINALITY AS line (
    part, sku, show, name, unit, quantity, unit_minor, kind, price, paid, quote_line, place
)
ORDER BY place;

-- name: notify
SELECT pg_notify(:channel::text, :payload::text);

-- name: clear_cart
DELETE FROM orders_cartline WHERE cart_id = :cart::uuid;

-- name: forget_picked
UPDATE orders_cart SET picked_coupons = NULL
WHERE id = :cart::uuid AND picked_coupons IS NOT NULL;

-- name: write_payments
INSERT INTO payments_payment (
    id, stall_order_id, stall_id, reference, bank_bin, bank_account, amount_minor, state
)
SELECT id, part, stall, reference, bin, account, amount, 'awaiting'
FROM unnest(
    :ids::uuid[], :parts::uuid[], :stalls::bigint[], :references::text[], :bins::text[],
    :accounts::text[], :amounts::bigint[]
) AS payment (id, part, stall, reference, bin, account, amount);

-- name: find_cart
-- A guest's cart by its id, or a person's own.
SELECT {parts} FROM orders_cart cart
WHERE cart.id = :cart::uuid AND cart.user_id IS NULL OR cart.user_id = :user::bigint;

-- name: make_cart
INSERT INTO orders_cart (id, created_at) VALUES (:cart::uuid, :at::timestamptz);

-- name: put_line
-- The units asked for, or on top of those there; no row where a cart is full or would have too
-- many. A show that does not exist is left out: it says who is thanked for the sale, no more.
INSERT INTO orders_cartline AS line (cart_id, sku_id, quantity, show_id, seen_unit_minor)
SELECT :cart::uuid, :sku::bigint, :quantity::int,
    (SELECT id FROM programme_show WHERE id = :show::bigint), :seen::bigint
WHERE (SELECT count(*) FROM orders_cartline WHERE cart_id = :cart::uuid) < :lines_max::int
   OR EXISTS (
    SELECT FROM orders_cartline
    WHERE cart_id = :cart::uuid AND sku_id = :sku::bigint
      AND presale_id IS NULL AND reservation_id IS NULL
   )
ON CONFLICT (cart_id, sku_id) WHERE presale_id IS NULL AND reservation_id IS NULL
DO UPDATE SET
    quantity = excluded.quantity + CASE WHEN :is_added::bool THEN line.quantity ELSE 0 END,
    show_id = coalesce(excluded.show_id, line.show_id),
    seen_unit_minor = coalesce(excluded.seen_unit_minor, line.seen_unit_minor)
WHERE excluded.quantity + CASE WHEN :is_added::bool THEN line.quantity ELSE 0 END
    <= :quantity_max::int
RETURNING {parts};

-- name: note_credit
-- Claim a bank's credit: no row when it was told of before, even if that commits only now.
INSERT INTO payments_bankcredit (
    bank_bin, bank_transaction, bank_account, amount_minor, reference, received_at, outcome
) VALUES (
    :bin::text, :transaction::text, :account::text, :amount::bigint, left(:reference::text, 60),
    :at::timestamptz, 'unknown_reference'
)
ON CONFLICT (bank_bin, bank_transaction) DO NOTHING
RETURNING id;

-- name: lock_payment
-- A payment by its reference, ours until the transaction ends, and what it pays.
SELECT {parts}
FROM payments_payment payment
JOIN orders_stallorder part ON part.id = payment.stall_order_id
JOIN orders_order parent ON parent.id = part.order_id
JOIN festivals_province province ON province.id = parent.province_id
JOIN sellers_stall stall ON stall.id = payment.stall_id
WHERE payment.reference = :named::text
FOR UPDATE OF payment;

-- name: has_reservations
-- Whether a stall order has deposits or balances: settled with its order, never added later.
SELECT EXISTS (SELECT FROM orders_reservation WHERE deposit_order_id = :part::uuid)
    OR EXISTS (
        SELECT FROM orders_orderline
        WHERE stall_order_id = :part::uuid AND quote_line LIKE 'r%'
    );

-- name: settle_payment
UPDATE payments_payment SET state = 'paid', settled_at = :at::timestamptz WHERE id = :payment::uuid;

-- name: settle_stall_order
UPDATE orders_stallorder SET state = 'paid', paid_at = :at::timestamptz WHERE id = :part::uuid;

-- name: close_credit
UPDATE payments_bankcredit SET outcome = :outcome::text, payment_id = :payment::uuid
WHERE id = :credit::bigint;

-- name: write_posting
INSERT INTO ledger_posting (id, kind, source, festival_id, stall_id, stall_order, booked_at)
VALUES (
    :id::uuid, :kind::text, :source::uuid, :festival::bigint, :stall::bigint, :part::uuid,
    :at::timestamptz
);

-- name: write_entries
INSERT INTO ledger_entry (posting_id, account, amount_minor)
SELECT :posting::uuid, account, amount
FROM unnest(:accounts::text[], :amounts::bigint[]) AS side (account, amount);

-- name: add_to_minute
INSERT INTO ledger_salesminute (festival_id, minute, stall_id, province_id, orders, amount_minor)
VALUES (
    :festival::bigint, date_trunc('minute', :at::timestamptz), :stall::bigint, :province::bigint,
    :orders::int, :amount::bigint
)
ON CONFLICT (festival_id, minute, stall_id, province_id) DO UPDATE
SET orders = ledger_salesminute.orders + excluded.orders,
    amount_minor = ledger_salesminute.amount_minor + excluded.amount_minor;

-- name: commit_holds
-- What is held for these stall orders becomes a sale; done twice, it does nothing more.
WITH moved AS (
    UPDATE inventory_hold SET state = 'committed'
    WHERE stall_order = ANY(:stall_orders::uuid[]) AND state = 'held'
    RETURNING sku_id, quantity
), wanted AS (
    SELECT sku_id, sum(quantity)::int AS quantity FROM moved GROUP BY sku_id
), locked AS MATERIALIZED (
    SELECT s.sku_id, w.quantity
    FROM inventory_stock s JOIN wanted w USING (sku_id)
    ORDER BY s.sku_id
    FOR UPDATE OF s
)
UPDATE inventory_stock s SET held = s.held - l.quantity, sold = s.sold + l.quantity
FROM locked l
WHERE s.sku_id = l.sku_id;

-- name: write_holds
INSERT INTO inventory_hold (
    id, stall_id, sku_id, stall_order, quantity, is_set_aside, state, expires_at
)
SELECT id, stall_id, sku_id, part, quantity, is_set_aside, 'held', :expires_at::timestamptz
FROM unnest(
    :ids::uuid[], :stalls::bigint[], :skus::bigint[], :parts::uuid[], :quantities::int[],
    :set_asides::bool[]
) AS hold (id, stall_id, sku_id, part, quantity, is_set_aside);

-- name: find_payments
SELECT {parts}
FROM orders_order parent
JOIN orders_stallorder part ON part.order_id = parent.id
JOIN payments_payment payment ON payment.stall_order_id = part.id
JOIN sellers_stall stall ON stall.id = payment.stall_id
WHERE parent.token = :token::text
ORDER BY payment.stall_id;

-- name: spend_offer
-- `true` when the amount fits the budget and is booked, or there is no budget.
WITH spent AS (
    UPDATE promotions_offer SET spent_minor = spent_minor + :amount::bigint
    WHERE id = :id::bigint AND budget_minor IS NOT NULL
      AND spent_minor <= budget_minor - :amount::bigint
    RETURNING id
)
SELECT EXISTS (SELECT FROM spent) OR NOT EXISTS (
    SELECT FROM promotions_offer WHERE id = :id::bigint AND budget_minor IS NOT NULL
);

-- name: spend_cross_store
WITH spent AS (
    UPDATE promotions_crossstore SET spent_minor = spent_minor + :amount::bigint
    WHERE id = :id::bigint AND budget_minor IS NOT NULL
      AND spent_minor <= budget_minor - :amount::bigint
    RETURNING id
)
SELECT EXISTS (SELECT FROM spent) OR NOT EXISTS (
    SELECT FROM promotions_crossstore WHERE id = :id::bigint AND budget_minor IS NOT NULL
);

-- name: spend_coupon
WITH spent AS (
    UPDATE promotions_coupon SET spent_minor = spent_minor + :amount::bigint
    WHERE id = :id::bigint AND budget_minor IS NOT NULL
      AND spent_minor <= budget_minor - :amount::bigint
    RETURNING id
)
SELECT EXISTS (SELECT FROM spent) OR NOT EXISTS (
    SELECT FROM promotions_coupon WHERE id = :id::bigint AND budget_minor IS NOT NULL
);

-- name: write_uses
INSERT INTO promotions_promotionuse (id, "order", promotion, off_minor, returned_minor, used_at)
SELECT id, :order::uuid, promotion, off, 0, :at::timestamptz
FROM unnest(:ids::uuid[], :promotions::text[], :offs::bigint[]) AS used (id, promotion, off);
