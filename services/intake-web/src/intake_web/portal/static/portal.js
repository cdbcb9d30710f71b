// The portal works without this file; with it, it is more comfortable. No dependencies, no build.
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const folder = import.meta.url.replace(/[^/]*$/, "");

all(".js-only").forEach((element) => { element.hidden = false; });
one("[data-focus]")?.focus();

one("[data-print]")?.addEventListener("click", () => print());
one("[data-copy]")?.addEventListener("click", async ({ currentTarget: button }) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    const field = Object.assign(document.createElement("textarea"), { value: button.dataset.copy });
    button.after(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  one("span", button).textContent = one("#copied").textContent = button.dataset.done;
});

if (one("#tracking-number") && location.pathname.endsWith("/received")) {
  import(folder + "draft.js").then((draft) => draft.forget()); // sent, also where the answer to fetch() was lost
}
if (one("#report-form[data-texts]")) import(folder + "report.js");
if (one("[data-live]")) import(folder + "live.js");
