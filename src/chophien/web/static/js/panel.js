// The panel of buying with one press: what it costs, from when on, and what became of it.
// Everything that is said stands in the page; here it is shown at its time.
import { take } from "./answers.js";
import { followChoices, readChoices, restoreChoices } from "./choices.js";
import { now, render } from "./clock.js";
import { refresh } from "./fresh.js";
import { ask, findKept, forget, keep, makeKey } from "./lane.js";
import { money } from "./money.js";
import { getPass, isDue } from "./passes.js";
import { fetchTicket, goToRoom, readTicket, takeWish } from "./turns.js";
import { countDown, say, showPhase } from "./words.js";

const LOOK_MS = 20_000;
const SPREAD_MS = 15_000;

/** One panel; `around` holds the field for the number of units: the panel itself, or its form. */
export class Panel {
  constructor(element, around) {
    this.element = element;
    this.around = around;
    this.offer = this.readOffer();
    this.phase = "";
    this.ended = new AbortController();
    const { signal } = this.ended;
    this.find("[data-go]")?.addEventListener("click", () => this.press(), { signal });
    followChoices(element, signal);
    around.addEventListener("change", (event) => this.onChange(event.target), { signal });
    // Back from the order's page: this one is as it was when it was left.
    addEventListener("pageshow", ({ persisted }) => persisted && !this.isIdle && location.reload(), { signal });
    // Enter in a field of the panel is no press of the cart's buttons around it.
    element.addEventListener("keydown", (event) => event.key === "Enter" && event.target.matches("input") && event.preventDefault(), { signal });
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  get isIdle() {
    return !["asking", "lost"].includes(this.phase);
  }

  get quantityField() {
    return this.around.querySelector("[name=quantity]");
  }

  readOffer() {
    const { due, opens, room } = this.element.dataset;
    return due && { due: Number(due), quantity: this.quantity, opens_ms: Date.parse(opens), room: Number(room) || null };
  }

  get quantity() {
    return Number(this.quantityField?.value ?? 1);
  }

  get canPress() {
    return this.find("[name=buy-address]") !== null; // logged in, with an address
  }

  get choices() {
    return readChoices(this.element);
  }

  get ticket() {
    return this.offer?.room ? readTicket(this.offer.room) : null;
  }

  start() {
    const kept = findKept();
    if (kept && kept.sku === Number(this.element.dataset.buyNow)) return this.resume(kept);
    this.restoreWish();
    this.settle();
    if (this.canPress) this.look();
    return this.findTicket();
  }

  async findTicket() {
    const { room } = this.offer ?? {};
    if (!room || !this.canPress) return;
    await fetchTicket(this.element.dataset.rooms, room);
    this.settle();
  }

  stop() {
    this.ended.abort();
    clearTimeout(this.timer);
    clearInterval(this.looking);
  }

  // ---- time

  settle() {
    clearTimeout(this.timer);
    if (!this.offer || this.phase === "asking") return;
    const left_ms = this.offer.opens_ms - now();
    if (left_ms > 0) {
      this.show(this.offer.room && !this.ticket ? "room" : "before");
      for (const place of this.element.querySelectorAll("[data-opens-in]")) place.textContent = render(left_ms);
      this.timer = setTimeout(() => this.settle(), Math.min(left_ms, left_ms % 1000 || 1000));
      return;
    }
    if (this.phase === "before") {
      this.say("open");
      refresh(SPREAD_MS); // the rest of the page shows the price at its own moment
    }
    this.show(this.offer.room && !this.ticket ? "room" : "ready");
  }

  /** Keep a good pass at hand while somebody looks at the page. */
  look() {
    const renew = () => !document.hidden && isDue(this.choices) && this.getPass().catch(() => undefined);
    renew();
    this.looking = setInterval(renew, LOOK_MS);
    document.addEventListener("visibilitychange", renew, { signal: this.ended.signal });
  }

  getPass() {
    return getPass(this.element.dataset.passFrom, this.choices);
  }

  // ---- choices

  onChange(field) {
    if (field.name === "quantity") this.count();
    // The limit counts by the address' phone, too.
    if (["buy-address", "buy-method"].includes(field.name)) this.getPass().then(() => this.count(), () => undefined);
  }

  /** What so many units cost; asked anew when quantity or address change. */
  async count() {
    if (!this.canPress || !this.isIdle) return;
    const query = new URLSearchParams({ quantity: this.quantity, show: this.element.dataset.show });
    const answer = await fetch(`${this.element.dataset.readyFrom}?${query}`, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok || !this.isIdle) return;
    const ready = await answer.json();
    if (ready.quantity !== undefined && ready.quantity !== this.quantity) return; // typed on meanwhile
    if (ready.outcome === "ready") this.offerAnew(ready);
    else this.giveToCart(ready.why);
  }

  offerAnew(ready) {
    this.offer = { due: ready.due, quantity: ready.quantity, opens_ms: Date.parse(ready.opens_at), room: ready.room };
    const full = ready.unit * ready.quantity;
    const sums = { ...ready, goods_full: full, off: full - ready.goods };
    for (const place of this.element.querySelectorAll("[data-sum]")) place.textContent = money(sums[place.dataset.sum] ?? 0);
    for (const line of this.element.querySelectorAll("[data-off]")) line.hidden = sums.off === 0;
    this.find("[data-cart-less]").hidden = ready.cart_due === null;
    this.find("[data-quantity]").textContent = ready.quantity;
    if (this.phase === "by_cart") this.say(null);
    this.settle();
  }

  giveToCart(why) {
    this.offer = null;
    clearTimeout(this.timer);
    this.say({ limit: "limit", cheaper: "cheaper", sold_out: "taken" }[why] ?? "too_many");
    this.show(why === "sold_out" ? "sold_out" : "by_cart");
  }

  // ---- the press

  press() {
    if (this.phase === "lost") return this.resume(findKept(), { isWanted: true });
    if (this.phase === "room") return goToRoom(this, this.offer.room);
    if (this.phase !== "ready" || !this.offer) return undefined;
    if (this.offer.quantity !== this.quantity) return this.count(); // the sum for it is on its way
    const { address, method } = this.choices;
    const press = {
      key: makeKey(),
      sku: Number(this.element.dataset.buyNow),
      quantity: this.quantity,
      due: this.offer.due,
      show: Number(this.element.dataset.show) || null,
      ticket: this.ticket,
      address,
      method,
    };
    keep(press);
    this.say("asking");
    return this.ask(press);
  }

  /** Ask for a press that had no answer, with its own key, address and payment. */
  resume(kept, { isWanted = false } = {}) {
    this.element.hidden = false;
    const isStale = kept === null || (kept.isOld && !isWanted);
    if (isStale || (this.canPress && !restoreChoices(this.element, kept))) {
      forget();
      this.settle();
      if (this.canPress) this.look();
      this.say("old");
      return undefined;
    }
    if (this.quantityField) this.quantityField.value = kept.quantity;
    this.say("again");
    return this.ask({ ...kept, isAgain: true });
  }

  async ask(press) {
    this.show("asking");
    const fields = { ...this.choices, address: press.address, method: press.method };
    const told = await ask(
      this.element.dataset.lane,
      press,
      (isFresh) => getPass(this.element.dataset.passFrom, fields, isFresh),
      (outcome, wait_ms) => this.wait(outcome, wait_ms),
    );
    this.phase = "";
    take(this, told, press);
  }

  wait(outcome, wait_ms) {
    if (!["none", "busy", "too_many"].includes(outcome)) return;
    this.say(outcome === "none" ? "again" : "busy", { isAgain: true });
    countDown(this.element, wait_ms);
  }

  restoreWish() {
    const wanted = this.quantityField && takeWish(this.element.dataset.buyNow);
    if (!wanted) return;
    this.quantityField.value = wanted;
    this.count();
  }

  show(phase) {
    const { classList } = this.around;
    classList.toggle("has-one-press", this.canPress && ["ready", "asking", "lost"].includes(phase));
    classList.toggle("is-before-opening", phase === "before");
    if (phase !== this.phase) showPhase(this.element, phase);
    this.phase = phase;
  }

  say(word, fills) {
    say(this.element, word, fills);
  }
}
