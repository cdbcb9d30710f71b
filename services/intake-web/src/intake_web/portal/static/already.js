// Has it been reported already? Asked while the place is told, offered in the step at hand; nothing waits for it for long.
const PAUSE = 600; // milliseconds without a key
const PATIENCE = 2_000; // milliseconds; the server gives up earlier
const TOLD = ["lang", "service_code", "address", "lat", "long"];

async function ask(body) {
  try {
    const response = await fetch("/portal/already", { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
    return response.status === 200 ? await response.text() : response.status === 204 ? "" : null;
  } catch {
    return null;
  }
}

export function alreadyReported(form, box, said, offer) {
  let asked = "";
  let pause;
  const chosen = () => box.querySelector("[name=same_as]:checked, [name=same_as][type=hidden]")?.value ?? "";

  // True when something is offered that was not before.
  async function look(wanted = chosen()) {
    clearTimeout(pause);
    const [, code, address, lat] = TOLD.map((name) => form.elements[name].value.trim());
    const body = new URLSearchParams(TOLD.map((name) => [name, form.elements[name].value]));
    const question = code && (address || lat) ? body.toString() : "";
    if (question === asked) return false;
    asked = question;
    const html = question ? await ask(body) : "";
    if (asked !== question) return false; // a newer question is on its way
    if (html === null) { asked = ""; return false; }
    const before = new Set([...box.querySelectorAll("[name=same_as]")].map(({ value }) => value));
    box.innerHTML = html; // our own template
    const reports = [...box.querySelectorAll("[name=same_as]")];
    for (const report of reports) if (report.value === wanted) report.checked = true;
    said.textContent = box.querySelector("legend")?.textContent ?? "";
    const isNew = reports.some(({ value }) => value && !before.has(value));
    if (isNew) offer(box);
    return isNew;
  }

  const later = () => { clearTimeout(pause); pause = setTimeout(() => look(), PAUSE); };
  form.elements.address.addEventListener("input", later);
  return { look, later };
}
