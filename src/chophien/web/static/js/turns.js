// From the panel of buying with one press to the waiting room, and back with a ticket.

const WISH = "buy-now-wish";
const KEPT = (room) => `ticket:${room}`; // where the waiting room's page puts it

/** Off to the waiting room; what was chosen is kept for the way back. */
export function goToRoom(panel, room) {
  const { buyNow, rooms } = panel.element.dataset;
  panel.say("room");
  sessionStorage.removeItem(KEPT(room)); // the lane did not take it, if there was one
  sessionStorage.setItem(WISH, JSON.stringify({ sku: buyNow, quantity: panel.quantity }));
  location.assign(`${rooms.replace(/\d+/, room)}?next=${encodeURIComponent(location.pathname)}`);
}

/** How many of this sku somebody wanted before the waiting room; told once. */
export function takeWish(sku) {
  const wish = JSON.parse(sessionStorage.getItem(WISH) ?? "null");
  if (wish?.sku !== sku) return null;
  sessionStorage.removeItem(WISH);
  return wish.quantity;
}

export const readTicket = (room) => sessionStorage.getItem(KEPT(room));

/** A place whose turn is on counts here, too, when it was taken in another window. */
export async function fetchTicket(rooms, room) {
  const answer = await fetch(`${rooms.replace(/\d+/, room)}ticket.json`, { cache: "no-store" }).catch(() => null);
  const told = answer?.ok ? await answer.json() : {};
  if (told.state === "now") sessionStorage.setItem(KEPT(room), told.ticket);
}
