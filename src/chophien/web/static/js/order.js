// The order's page waits for the money: it asks for the states every two seconds and reads the
// parts anew when one has changed.
import { refresh } from "./fresh.js";

const EVERY_MS = 2000;
const page = document.querySelector("[data-order-states]");
const parts = () => [...page.querySelectorAll("[data-part]")];

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(page.dataset.orderStates, { cache: "no-store" });
      const states = answer.ok ? await answer.json() : {};
      const isChanged = (part) => states[part.dataset.part] && states[part.dataset.part] !== part.dataset.partState;
      if (parts().some(isChanged)) await refresh(0);
    } catch {
      // The line is down; the next look says more, and the codes on the page stay valid.
    }
  }
  if (parts().some((part) => part.dataset.partState === "placed")) setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
