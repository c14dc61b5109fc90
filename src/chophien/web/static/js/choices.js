// Address and payment on the panel of buying with one press.

/** What is chosen, with the form's token: what a pass is asked for with. */
export function readChoices(element) {
  const checked = (name) => element.querySelector(`[name=${name}]:checked`)?.value ?? "";
  const token = element.querySelector("[name=csrfmiddlewaretoken]").value;
  return { csrfmiddlewaretoken: token, address: checked("buy-address"), method: checked("buy-method") };
}

function showAddress(element) {
  const chosen = element.querySelector("[name=buy-address]:checked");
  element.querySelector("[data-address-line]").textContent = chosen.dataset.line;
}

/** Choose what a press was made with; `false` when that address is not there any more. */
export function restoreChoices(element, { address, method }) {
  const field = (name, value) => element.querySelector(`[name=${name}][value="${CSS.escape(value)}"]`);
  const place = field("buy-address", address);
  if (place === null) return false;
  place.checked = true;
  showAddress(element);
  const way = field("buy-method", method);
  if (way) way.checked = true;
  return true;
}

/** Show the address that is chosen; a tap closes the list, arrow keys go on through it. */
export function followChoices(element, signal) {
  element.addEventListener("change", (event) => event.target.name === "buy-address" && showAddress(element), { signal });
  element.addEventListener("click", (event) => {
    if (event.target.name !== "buy-address" || event.detail === 0) return;
    const choice = event.target.closest("details");
    choice.open = false;
    choice.querySelector("summary").focus();
  }, { signal });
}
