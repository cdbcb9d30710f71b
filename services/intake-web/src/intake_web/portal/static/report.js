// The report form in steps, with suggestions, photo previews, a draft on the device, and sending from the page.
import { alreadyReported } from "./already.js";
import * as draft from "./draft.js";
import { position, smaller } from "./photos.js";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const form = one("#report-form");
const texts = JSON.parse(form.dataset.texts);
const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const steps = all("[data-step]");
const last = steps.length - 1;
const sending = one("#sending");
const picker = one("#photos");
const { lat, long, service_code: service, description } = form.elements;
let files = [];
let at = 0;
let returns = false;
let busy = false;

// --- steps
const stepper = make("p", { className: "stepper" });
const next = make("button", { type: "button", className: "button", textContent: say("next") });
const back = make("button", { type: "button", className: "button second", textContent: say("back") });
const send = one("[data-send]");
one("[data-check]").hidden = true;
form.prepend(stepper);
send.before(next);
send.after(back);

function show(index, { focus = true, record = true } = {}) {
  at = index;
  steps.forEach((step, i) => { step.hidden = i !== at; });
  stepper.replaceChildren(say("step", { at: at + 1, all: last + 1 }), make("i"));
  stepper.dataset.at = at + 1;
  next.hidden = at === last;
  send.hidden = at !== last;
  back.hidden = at === 0 || returns;
  next.textContent = say(returns ? "backToCheck" : "next");
  sending.textContent = "";
  if (record) history.pushState({ at }, "", "#" + steps[at].id);
  if (focus) {
    const title = one("h2", steps[at]);
    title.focus({ preventScroll: true });
    form.scrollIntoView();
  }
}

async function go(index) {
  if (index < last) { show(index); return; }
  const answer = await post("check");
  if (answer?.summary) {
    one("#summary").innerHTML = answer.summary; // our own template, escaped on the server
    one("[data-photo-count]").textContent = files.length ? say("photos", { n: files.length }) : say("noPhotos");
    returns = false;
    show(last);
  } else if (!answer) {
    sending.textContent = say("offline");
  }
}

next.addEventListener("click", async () => {
  if (at === 0 && !(await whatIsGood())) return;
  if (await already.look()) { reach("same_as"); return; } // once: the next press goes on
  await go(returns ? last : at + 1);
});
back.addEventListener("click", () => show(at - 1));
addEventListener("popstate", ({ state }) => show(state?.at ?? 0, { record: false }));
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input:not([type=file])") && at < last) {
    event.preventDefault();
    next.click();
  }
});

// --- mistakes
function clear() {
  one(".error-summary")?.remove();
  all(".error", form).forEach((element) => element.remove());
  all(".wrong", form).forEach((element) => element.classList.remove("wrong"));
  all("[aria-invalid]", form).forEach((element) => element.removeAttribute("aria-invalid"));
  document.title = document.title.replace(say("error") + " ", "");
}

function reach(anchor) {
  const target = document.getElementById(anchor);
  const step = target?.closest("[data-step]");
  if (step) show(steps.indexOf(step), { focus: false });
  (target?.matches("input:not([type=hidden]), textarea, select, fieldset") ? target : one("h2", step ?? form))?.focus();
}

function mark({ field, text }) {
  const box = one(`[data-field="${CSS.escape(field)}"]`);
  if (!box) return;
  box.classList.add("wrong");
  const line = make("p", { className: "error", id: `${field}-error` }, make("span", { className: "unseen", textContent: say("error") }), " " + text);
  const control = document.getElementById(field);
  if (box.matches("fieldset")) one("legend", box).after(line);
  else (one("input:not([type=hidden]), textarea, select", box) ?? box.firstElementChild).before(line);
  control?.setAttribute("aria-invalid", "true");
  control?.setAttribute("aria-describedby", [one(".hint", box)?.id, line.id].filter(Boolean).join(" "));
}

function complain(errors) {
  clear();
  if (!errors.length) return false;
  errors.forEach(mark);
  document.title = `${say("error")} ${document.title}`;
  const list = make("ul", {}, ...errors.map(({ field, text }) => {
    const link = make("a", { href: "#" + field, textContent: text });
    link.addEventListener("click", (event) => { event.preventDefault(); reach(field); });
    return make("li", {}, link);
  }));
  const box = make("div", { className: "error-summary", tabIndex: -1 }, make("h2", { textContent: say("problem") }), list);
  box.setAttribute("role", "alert");
  one("h1").before(box);
  const first = document.getElementById(errors[0].field)?.closest("[data-step]");
  if (first) { returns = at === last; show(steps.indexOf(first), { focus: false }); }
  box.focus();
  return true;
}

async function whatIsGood() {
  const answer = await post("check", { quiet: true });
  const here = (answer?.errors ?? []).filter(({ field }) => document.getElementById(field)?.closest("[data-step]") === steps[0]);
  return !complain(here);
}

// --- sending
async function post(action, { quiet = false } = {}) {
  const data = new FormData(form);
  data.delete("photos");
  data.set("action", action);
  if (action === "send") files.forEach((file, i) => data.append("photos", file, `photo-${i + 1}`));
  let response;
  try {
    response = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers: { Accept: "application/json" } });
  } catch {
    return null;
  }
  const answer = await response.json().catch(() => ({ text: say("failed") }));
  if (answer.errors && !quiet) complain(answer.errors);
  return answer;
}

form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.classList.contains("language")) {
    button.formAction = form.getAttribute("action") + location.hash;
    draft.keepWords(fields()); // the photos were kept when they were chosen
    return;
  }
  event.preventDefault();
  if (button?.dataset.go) { returns = true; show(steps.indexOf(document.getElementById(button.dataset.go).closest("[data-step]"))); return; }
  if (at < last) { next.click(); return; }
  if (busy) return;
  busy = true;
  send.setAttribute("aria-disabled", "true");
  sending.textContent = say("sending");
  await keep();
  const answer = await post("send");
  busy = false;
  send.removeAttribute("aria-disabled");
  if (answer?.location) { await draft.forget(); location.assign(answer.location); return; }
  if (!answer) { sending.textContent = say(navigator.onLine ? "failed" : "offline"); return; }
  if (answer.confirm) { form.append(make("input", { type: "hidden", name: "is_confirmed", value: "yes" })); }
  if (!answer.errors) sending.textContent = answer.confirm ?? answer.text ?? say("failed");
});
addEventListener("online", () => { if (at === last && sending.textContent) sending.textContent = say("resend"); });

// --- the draft on this device
const fields = () => [...new FormData(form)].filter(([, value]) => typeof value === "string").filter(([name]) => !["lang", "website"].includes(name));
async function keep() {
  if (!description.value && !form.elements.address.value && !files.length) return;
  draft.keepWords(fields());
  await draft.keepPhotos(files);
}
let keeping;
form.addEventListener("input", () => { clearTimeout(keeping); keeping = setTimeout(() => draft.keepWords(fields()), 400); });

let sameAs;
async function restore() {
  const found = await draft.kept();
  if (!found || one(".error-summary")) return;
  const isSame = found.fields.some(([name, value]) => name === "form_key" && value === form.elements.form_key.value);
  if (!isSame && description.value) return; // the page brought words of its own: those are newer
  const code = found.fields.find(([name]) => name === "service_code")?.[1] ?? "";
  if (isSame || !service.value) { service.value = code; await ask(); }
  sameAs = found.fields.find(([name]) => name === "same_as")?.[1];
  const seen = new Map();
  for (const [name, value] of found.fields) {
    const controls = all(`[name="${CSS.escape(name)}"]`, form);
    if (name === "service_code") continue;
    for (const control of controls) {
      if (control.type === "radio" || control.type === "checkbox") { if (control.value === value) control.checked = true; } else if (!seen.has(name)) { control.value = value; }
    }
    seen.set(name, true);
  }
  files = found.files.slice(0, +form.dataset.maxPhotos);
  preview();
  point();
  if (isSame) return;
  const remove = make("button", { type: "button", className: "link", textContent: say("delete") });
  const note = make("p", { className: "notice" }, say("found") + " ", remove);
  remove.addEventListener("click", async () => { await draft.forget(); location.replace("/report"); });
  stepper.before(note);
}

// --- what it is about
const questions = one("#questions");
async function ask() {
  form.elements.questions_of.value = service.value;
  if (!service.value) { questions.replaceChildren(); needed(); return; }
  const given = new FormData(form);
  try {
    const response = await fetch(`/portal/services/${encodeURIComponent(service.value)}?lang=${form.elements.lang.value}`);
    questions.innerHTML = response.status === 200 ? await response.text() : ""; // our own template
    all("[name^=attribute]", questions).forEach((control) => {
      if (control.matches("[type=radio], [type=checkbox]")) control.checked = given.getAll(control.name).includes(control.value);
      else control.value = given.get(control.name) ?? "";
    });
  } catch {
    form.elements.questions_of.value = ""; // offline: asked when it is sent
  }
  needed();
}
const needed = () => { one("[for=address] .optional").hidden = Boolean(one("[data-place-needed]", questions)); };
service.addEventListener("change", () => { press(); ask(); already.later(); });

const suggestions = one("#suggestions");
const press = () => all(".chip").forEach((chip) => chip.setAttribute("aria-pressed", String(chip.value === service.value)));
let suggesting;
function tell(emergency) {
  const place = one("#emergency-told");
  if ((place.dataset.told ?? "") === emergency) return; // only a change is read aloud
  place.dataset.told = emergency;
  place.innerHTML = emergency; // our own template
}
async function suggest() {
  if (description.value.trim().length < 4) { suggestions.hidden = true; tell(""); return; }
  const body = new URLSearchParams({ description: description.value, lang: form.elements.lang.value });
  const found = await fetch("/portal/suggest", { method: "POST", body }).then((response) => response.json()).catch(() => null);
  tell(found?.emergency ?? "");
  suggestions.hidden = !found?.services?.length;
  if (suggestions.hidden) return;
  const codes = found.services.map(({ code }) => code).join();
  if (codes === suggestions.dataset.codes) return;
  suggestions.dataset.codes = codes;
  suggestions.replaceChildren(make("p", { textContent: say("suggested") }), ...found.services.map(({ code, name }) => {
    const chip = make("button", { type: "button", className: "chip", value: code, textContent: name });
    chip.addEventListener("click", () => { service.value = service.value === code ? "" : code; service.dispatchEvent(new Event("change", { bubbles: true })); form.dispatchEvent(new Event("input")); });
    return chip;
  }));
  press();
}
description.addEventListener("input", () => { clearTimeout(suggesting); suggesting = setTimeout(suggest, 350); });

// --- where
const already = alreadyReported(form, one("#already"), one("#already-said"), (box) => steps[at].append(box));
let drawPin = () => {};
function point() {
  const has = lat.value && long.value;
  one("#point").textContent = has ? say("located", { lat: lat.value, long: long.value }) : "";
  one("#unlocate").hidden = !has;
  drawPin();
}
function place(latitude, longitude) {
  lat.value = latitude.toFixed(5);
  long.value = longitude.toFixed(5);
  point();
  already.later();
  draft.keepWords(fields());
}
one("#locate").addEventListener("click", () => {
  const failed = () => { one("#point").textContent = say("noLocation"); };
  if (!navigator.geolocation) { failed(); return; }
  navigator.geolocation.getCurrentPosition(({ coords }) => place(coords.latitude, coords.longitude), failed, { enableHighAccuracy: true, timeout: 15_000 });
});
one("#unlocate").addEventListener("click", () => { lat.value = long.value = ""; point(); already.later(); one("#locate").focus(); });
one("#show-map")?.addEventListener("click", async ({ currentTarget }) => {
  currentTarget.hidden = true;
  const { drawMap } = await import("./map.js");
  drawPin = await drawMap(one("#map"), () => (lat.value && long.value ? [+lat.value, +long.value] : null), place);
});

// --- contact
const { email } = form.elements;
const asked = one("#updates");
const mayTell = () => { asked.hidden = !email.value.trim(); };
email.addEventListener("input", mayTell);

// --- photos
function preview(note = "") {
  one("#previews").replaceChildren(...files.map((file, i) => {
    const image = make("img", { src: URL.createObjectURL(file), alt: say("photo", { n: i + 1 }) });
    image.onload = () => URL.revokeObjectURL(image.src);
    const remove = make("button", { type: "button", className: "link", textContent: say("remove", { n: i + 1 }) });
    remove.addEventListener("click", () => { files.splice(i, 1); preview(); draft.keepPhotos(files); picker.focus(); });
    return make("li", {}, image, remove);
  }));
  one("#photo-place").textContent = note;
}
picker.addEventListener("change", async () => {
  const chosen = [...picker.files];
  picker.value = "";
  const most = +form.dataset.maxPhotos;
  const taken = chosen.slice(0, Math.max(0, most - files.length));
  const ready = await Promise.all(taken.map(smaller));
  const fitting = ready.filter((file) => file.size <= +form.dataset.maxBytes);
  files.push(...fitting);
  preview(taken.length < chosen.length ? say("tooMany", { n: most }) : fitting.length < ready.length ? say("tooLarge") : "");
  await draft.keepPhotos(files);
  draft.keepWords(fields());
  const spot = (await Promise.all(taken.map(position))).find(Boolean);
  if (!spot || lat.value) return;
  const use = make("button", { type: "button", className: "button second", textContent: say("usePhotoPlace") });
  use.addEventListener("click", () => { place(...spot); one("#photo-place").textContent = say("located", { lat: lat.value, long: long.value }); });
  one("#photo-place").append(say("photoPlace", { lat: spot[0].toFixed(5), long: spot[1].toFixed(5) }) + " ", use);
});

// --- begin
const wrong = one(".error-summary a");
const begin = wrong ? steps.indexOf(document.getElementById(wrong.hash.slice(1))?.closest("[data-step]")) : steps.findIndex((step) => "#" + step.id === location.hash);
all(".error-summary a").forEach((link) => link.addEventListener("click", (event) => { event.preventDefault(); reach(link.hash.slice(1)); }));
show(begin > 0 && begin < last ? begin : 0, { focus: false, record: false });
point();
await restore();
mayTell();
already.look(sameAs);
suggest();
