// The hub: what changed, told by the server. Events say what is now true, so a page that was
// away reads its state anew when the line is back.
import "../vendor/centrifuge/centrifuge.js";

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
let line = null;

function connect() {
  if (line === null) {
    const address = `${scheme}//${location.host}${document.documentElement.dataset.hub}`;
    line = new globalThis.Centrifuge(address, { minReconnectDelay: 300, maxReconnectDelay: 8000 });
    line.connect();
  }
  return line;
}

/**
 * Hear the events of a channel. `onBack` runs when the line was lost and is there again:
 * whatever was missed meanwhile has to be read from the server.
 */
export function listen(channel, onEvent, onBack = () => {}) {
  const hub = connect();
  const subscription = hub.getSubscription(channel) ?? hub.newSubscription(channel);
  let wasAway = false;
  subscription.on("publication", ({ data }) => onEvent(data));
  // For styles, and for whoever wants to know whether this page hears of changes.
  const root = document.documentElement;
  subscription.on("subscribing", () => {
    root.dataset.line = "lost";
    wasAway = subscription.wasThere === true;
  });
  subscription.on("subscribed", () => {
    subscription.wasThere = true;
    root.dataset.line = "open";
    if (wasAway) onBack();
  });
  subscription.subscribe();
  return subscription;
}
