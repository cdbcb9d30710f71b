// An unsent report stays on this device for up to a week: words in localStorage, photos in IndexedDB.
const NAME = "cary311-draft";
const WEEK = 7 * 24 * 3600 * 1000;

function photos(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const request = act(opening.result.transaction("photos", mode).objectStore("photos"));
      request.onsuccess = () => { opening.result.close(); resolve(request.result); };
      request.onerror = () => { opening.result.close(); reject(request.error); };
    };
  });
}

export function keepWords(fields) {
  try { localStorage.setItem(NAME, JSON.stringify({ at: Date.now(), fields })); } catch { /* storage is off: nothing to do */ }
}

export async function keepPhotos(files) {
  try { await photos("readwrite", (store) => store.put(files, "all")); } catch { /* likewise */ }
}

export async function kept() {
  let words;
  try { words = JSON.parse(localStorage.getItem(NAME)); } catch { return null; }
  if (!words) return null;
  if (!(Date.now() - words.at < WEEK)) { await forget(); return null; }
  let files = [];
  try { files = (await photos("readonly", (store) => store.get("all"))) ?? []; } catch { /* words are most of it */ }
  return { fields: words.fields, files };
}

export async function forget() {
  try { localStorage.removeItem(NAME); } catch { /* nothing was kept */ }
  try { await photos("readwrite", (store) => store.delete("all")); } catch { /* nothing was kept */ }
}
