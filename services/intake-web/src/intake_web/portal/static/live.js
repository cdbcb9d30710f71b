// Keeps the status page up to date: asks with an entity tag, ever more seldom, and not while nobody looks.
const region = document.querySelector("[data-live]");
const announce = document.querySelector("#announce");
const SHORTEST = 3_000;
const LONGEST = 60_000;
let wait = SHORTEST;
let etag = region.dataset.etag;
let timer;

function again(milliseconds) {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, milliseconds);
}

async function ask() {
  try {
    const response = await fetch(region.dataset.live, { headers: { "If-None-Match": etag }, cache: "no-store" });
    if (response.ok) {
      const news = await response.json();
      const tag = response.headers.get("ETag");
      if (tag !== etag) {
        region.innerHTML = news.html; // our own template, escaped on the server
        document.title = document.title.replace(/^.*(?= – )/, news.title);
        announce.textContent = news.announce;
        wait = SHORTEST;
      }
      etag = tag;
    }
  } catch {
    // offline: the next round asks again
  }
  wait = Math.min(wait * 1.25, LONGEST);
  again(wait);
}

document.addEventListener("visibilitychange", () => { wait = SHORTEST; again(0); });
again(wait);
