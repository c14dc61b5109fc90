// Reporting a message to the moderators.
import { tell, word } from "./chat_words.js";

const reportTo = document.querySelector("[data-chat]").dataset.reportTo;

export function askReport(line) {
  const dialog = document.querySelector("[data-report]");
  document.body.append(dialog);
  dialog.querySelector("[data-report-text]").textContent = line.querySelector("bdi").textContent;
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue && sendReport(line.dataset.message, dialog);
  dialog.showModal();
}

async function sendReport(message, dialog) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", dialog.querySelector("[name=csrfmiddlewaretoken]").value);
  body.set("message", message);
  body.set("reason", dialog.returnValue);
  const answer = await fetch(reportTo, { method: "POST", body }).catch(() => null);
  tell(answer?.ok ? word((await answer.json()).outcome) : word("line"), !answer?.ok);
}
