// The hub: what changed, told by the server, and what people in a room say. Events say what is
// now true. Those that were missed while the line was lost are given when it is back; only when
// that is not possible any more does a page read its state anew.
import "../vendor/centrifuge/centrifuge.js";

const root = document.documentElement;
const PATH = "/hub/websocket";
let line = null;

// `data-hub`: a whole address, or ":8001" for another port of this host, or nothing for this server.
function findAddress() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const told = root.dataset.hub ?? "";
  if (told === "") return `${scheme}//${location.host}${PATH}`;
  if (told.startsWith(":")) return `${scheme}//${location.hostname}${told}${PATH}`;
  const address = new URL(told);
  if (address.pathname === "/") address.pathname = PATH;
  return address.href;
}

// Without a token one may listen, not speak: only pages of rooms ask for one.
async function fetchToken() {
  const answer = await fetch(root.dataset.hubToken, { cache: "no-store" });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`); // the library tries again
  return (await answer.json()).token;
}

function connect() {
  if (line === null) {
    const options = { minReconnectDelay: 300, maxReconnectDelay: 8000 };
    if (root.dataset.hubToken) options.getToken = fetchToken;
    line = new globalThis.Centrifuge(findAddress(), options);
    line.connect();
  }
  return line;
}

function follow(channel) {
  const hub = connect();
  return hub.getSubscription(channel) ?? hub.newSubscription(channel);
}

/**
 * Hear the events of a channel. `onBack` runs when the line was lost, is there again, and what was
 * missed could not be recovered: then it has to be read from the server.
 */
export function listen(channel, onEvent, onBack = () => {}) {
  const subscription = follow(channel);
  let wasAway = false;
  // With Centrifugo in the hub's place, "missed" is how it says that something may be missing.
  subscription.on("publication", ({ data }) => (data.type === "missed" ? onBack() : onEvent(data)));
  // For styles, and for whoever wants to know whether this page hears of changes.
  subscription.on("subscribing", () => {
    root.dataset.line = "lost";
    wasAway = subscription.wasThere === true;
  });
  subscription.on("subscribed", ({ recovered }) => {
    subscription.wasThere = true;
    root.dataset.line = "open";
    if (wasAway && !recovered) onBack();
  });
  subscription.subscribe();
  return subscription;
}

/**
 * Take part in a room's talk. `onTick` hears several times a second at most what happened:
 * `{said: […], left_out, likes, watching}`. What is said resolves to `{accepted: true}` or
 * `{accepted: false, code, message}`, never rejects.
 */
export function talk(roomId, onTick) {
  const subscription = follow(`chat:${roomId}`);
  subscription.on("publication", ({ data }) => onTick(data));
  subscription.subscribe();
  const tell = (data) =>
    subscription.publish(data).then(
      () => ({ accepted: true }),
      ({ code, message }) => ({ accepted: false, code, message }),
    );
  return { say: (text, more = {}) => tell({ ...more, text }), like: (count) => tell({ like: count }) };
}
