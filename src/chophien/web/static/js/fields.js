// Quantities: plus and minus beside the field, and a form that sends itself when it is changed.

function step(button) {
  const field = button.closest(".quantity").querySelector("input");
  const wanted = Number(field.value || 0) + Number(button.dataset.step);
  field.value = Math.min(Math.max(wanted, Number(field.min || 1)), Number(field.max || 999));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Listen once for the whole page, also for parts that are swapped in later. */
export function followFields() {
  let timer = 0;
  document.documentElement.classList.add("has-script");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) step(button);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-send-on-change]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(), 450);
  });
}
