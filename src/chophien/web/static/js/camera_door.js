// The way to the media server: a ticket from the page, and the address.

/** A ticket for one connection; a fault with a `word` is not to be tried again. */
export async function fetchTicket(page) {
  const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(page.dataset.ticketUrl, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual", cache: "no-store" });
  if (answer.type === "opaqueredirect" || answer.status === 403) throw Object.assign(new Error("logged out"), { word: "log_in" });
  if (answer.status === 409) throw Object.assign(new Error("refused"), { word: (await answer.json()).refused });
  if (!answer.ok) throw new Error(`no ticket: ${answer.status}`);
  return (await answer.json()).ticket;
}

/**
 * Where to go on air. `data-media`: a whole address, or ":8002" for another port of this host, or nothing for this
 * server.
 */
export function findAddress({ media: told, show }) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const path = `/publish/${show}`;
  if (told === "") return `${scheme}//${location.host}${path}`;
  if (told.startsWith(":")) return `${scheme}//${location.hostname}${told}${path}`;
  return told.replace(/^http/, "ws").replace(/\/$/, "") + path;
}
