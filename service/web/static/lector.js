/* The reader: marks the passage that a link names, keeps the address clean, and says when the image
   of a page cannot be had. Everything it shows is there without it. */

function mark() {
  const id = decodeURIComponent(location.hash).replace(/^#[pt]-/, "");
  if (!id || !location.hash.startsWith("#p-") && !location.hash.startsWith("#t-")) return;
  const region = document.querySelector(`.overlay [id="p-${CSS.escape(id)}"]`);
  const texts = document.querySelectorAll(`.passage[data-passage="${CSS.escape(id)}"]`);
  if (!region && !texts.length) return;
  for (const other of document.querySelectorAll(".cited")) other.classList.remove("cited");
  region?.classList.add("cited");
  for (const text of texts) text.classList.add("cited");
  if (region && location.hash.startsWith("#p-")) {
    const box = region.getBoundingClientRect();
    scrollTo({ top: scrollY + box.top - Math.max(80, (innerHeight - box.height) / 3), behavior: "instant" });
  }
}

/* Which search led here has been told to the server by now: it does not belong in what is shared. */
const address = new URL(location.href);
if (address.searchParams.has("b")) {
  address.searchParams.delete("b");
  history.replaceState(history.state, "", address);
}

mark();
addEventListener("hashchange", mark);

const frame = document.querySelector(".frame");
const image = frame?.querySelector("img");
function replace() {
  const note = document.createElement("p");
  note.className = "quiet";
  note.setAttribute("role", "status");
  note.textContent = frame.dataset.failed;
  frame.replaceWith(note);
}
image?.addEventListener("error", replace);
if (image?.complete && !image.naturalWidth) replace(); // it failed before this file was read
