// Forms whose button says `data-stay` are sent without leaving the page, so that a video runs
// on; what the server answers (a notice, the cart's count) is shown here.

const SHOWN_MS = 4500;

function showAnswer(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const place = document.querySelector("[data-notices]");
  place.replaceChildren(...page.querySelectorAll("[data-notices] > *"));
  setTimeout(() => place.replaceChildren(), SHOWN_MS);
  const fresh = page.querySelectorAll("a[href] > .count");
  for (const count of fresh) {
    for (const link of document.querySelectorAll(`a[href="${count.parentElement.getAttribute("href")}"]`)) {
      const old = link.querySelector(".count");
      if (old) old.textContent = count.textContent;
      else link.append(count.cloneNode(true));
    }
  }
}

async function send(form, button) {
  const body = new FormData(form, button);
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "follow" });
    if (!answer.ok) throw new Error(String(answer.status));
    showAnswer(await answer.text());
    button.disabled = false;
    document.dispatchEvent(new CustomEvent("sent"));
  } catch {
    button.disabled = false;
    button.removeAttribute("data-stay"); // the plain way shows what is wrong
    form.requestSubmit(button);
  }
}

export function stayOnPage() {
  document.addEventListener("submit", (event) => {
    if (!event.submitter?.matches("[data-stay]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
}
