// What the panel does with each answer of the hot lane.
import { money } from "./money.js";
import { goToRoom } from "./turns.js";

function end(panel, word, phase) {
  panel.say(word);
  panel.show(phase);
}

const answers = {
  confirmed(panel, told, { method }) {
    const token = told.link.split("/").filter(Boolean).at(-1);
    panel.say("confirmed", { number: told.order });
    panel.show("asking");
    location.assign(method === "test_bank" ? `${panel.element.dataset.testBank}${token}/` : told.link);
  },
  price_changed(panel, { due }) {
    if (due === null) return end(panel, "gone", "by_cart");
    panel.offer.due = due;
    for (const place of panel.element.querySelectorAll("[data-sum=due]")) place.textContent = money(due);
    panel.settle();
    panel.say("price_changed", { new: money(due) });
    return panel.count();
  },
  closed(panel, { opens_at: opensAt }) {
    if (!opensAt || !panel.offer) return end(panel, "gone", "by_cart");
    panel.offer.opens_ms = Date.parse(opensAt);
    panel.say(null);
    return panel.settle();
  },
  crowded(panel) {
    panel.settle();
    panel.say("crowded");
  },
  not_admitted: (panel, { room }) => goToRoom(panel, room),
  sold_out: (panel) => end(panel, "sold_out", "sold_out"),
  limit_reached: (panel) => end(panel, "limit", "by_cart"),
  lost: (panel) => end(panel, "lost", "lost"),
  key_reused: (panel) => end(panel, "known", "by_cart"),
  log_in: (panel) => end(panel, "log_in", "by_cart"),
};

/** Show what became of a press; what no page of this fair should be told means an old page. */
export function take(panel, told, press) {
  const known = answers[told.outcome] ?? (() => end(panel, "stale", "by_cart"));
  known(panel, told, press);
}
