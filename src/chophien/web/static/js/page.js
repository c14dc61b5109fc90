// What every page does: counts down by the server's clock, follows stock and prices, and
// lets a quantity be changed without a button. Without it, every step works by plain forms.
import { tick } from "./clock.js";
import { followGoods } from "./goods.js";
import { followFields } from "./fields.js";
import { followPhases } from "./phases.js";

tick();
followFields();
followGoods();
followPhases();
