"""What a planned set of promotions would cost: carts of before, priced again under a plan.

Read `plan` (what is planned), `assess.assess` (one cart: as it was, and under the plan), `tally`
(all carts added up, in memory that does not grow with them), `report` (the document that people
and files are made from). docs/reference/simulation.md gives the forms.
"""
