"""How a cart is priced: one pure function from a request to an explained quote.

Read `request` (what is asked), `quote.price` (the stages in order), then a stage at a time:
`unit_prices`, `spreading`, `seller_offers`, `cross_store`, `coupons`, `shipping`. Documents come
in through `parse` and go out through `answer`. docs/reference/promotions.md states the rules.
"""
