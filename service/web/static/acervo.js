/* What JavaScript adds to pages that work without it: suggestions while typing, sharing, citing in
   place, copying, and recent searches for those who want them. */

const status = document.getElementById("estado");
const box = document.getElementById("q");
const RECENT = "acervo:recientes";
const MOST_RECENT = 8;
const PAUSE = 150;
const SLOW = 400;

function say(text) {
  status.textContent = "";
  setTimeout(() => { status.textContent = text; }, 50);
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { status.textContent = ""; }, 4000);
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(document.body.dataset.uncopied);
  }
}

/* Sharing */
for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const url = new URL(button.dataset.share, location.href).href;
    if (navigator.share && matchMedia("(pointer: coarse)").matches) {
      navigator.share({ title: button.dataset.title, url }).catch(() => {});
    } else {
      copy(url, button.dataset.done);
    }
  });
}

/* Citing: every style gets a button, and «Citar» opens the page of styles in a dialog. */
function addCopying(block) {
  for (const style of block.querySelectorAll("dd")) {
    const text = style.textContent;
    const name = style.previousElementSibling.textContent;
    const button = element("button", { type: "button" }, block.dataset.copy, element("span", { className: "hidden" }, ` ${name}`));
    button.addEventListener("click", () => copy(text, document.body.dataset.copied));
    style.prepend(button);
  }
}
document.querySelectorAll(".citing").forEach(addCopying);

async function showCitation(link) {
  const response = await fetch(link.href);
  if (!response.ok) throw new Error(response.status);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const title = page.querySelector("h1");
  const styles = page.querySelector(".citing");
  addCopying(styles);
  title.id = "cita-titulo";
  const close = element("button", { type: "submit", className: "secondary" }, page.querySelector("[data-close]").dataset.close);
  const dialog = element("dialog", {}, title, styles, element("form", { method: "dialog" }, close));
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(status); // what lies outside of a modal dialog is not read out
  dialog.addEventListener("close", () => {
    document.body.append(status);
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}
for (const link of document.querySelectorAll("[data-cite]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showCitation(link).catch(() => { location.href = link.href; });
  });
}

/* Recent searches: only where somebody has asked for them, only on this device. */
function recent() {
  try {
    const kept = localStorage.getItem(RECENT);
    return kept === null ? null : JSON.parse(kept);
  } catch {
    return null;
  }
}

function keep(searches) {
  if (searches === null) localStorage.removeItem(RECENT);
  else localStorage.setItem(RECENT, JSON.stringify(searches.slice(0, MOST_RECENT)));
}

function showRecent(section) {
  const list = section.querySelector("ul");
  const kept = recent();
  const links = (kept ?? []).map((text) => {
    const url = new URL(box.form.action);
    url.search = new URLSearchParams({ q: text });
    return element("li", {}, element("a", { href: url }, text));
  });
  if (links.length) {
    const forget = element("button", { type: "button", className: "plain" }, section.dataset.forget);
    forget.addEventListener("click", () => { keep([]); showRecent(section); section.querySelector("input").focus(); });
    links.push(element("li", {}, forget));
  }
  list.replaceChildren(...links);
  section.querySelector("input").checked = kept !== null;
}

const section = document.getElementById("recientes");
if (section) {
  section.hidden = false;
  section.querySelector("input").addEventListener("change", (event) => {
    keep(event.target.checked ? [] : null);
    showRecent(section);
  });
  showRecent(section);
}

/* Suggestions: a combobox after the ARIA Authoring Practices, no option chosen beforehand. */
function suggesting(input) {
  const form = input.form;
  const list = element("ul", { id: "sugerencias", className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.querySelector("label").textContent);
  form.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
    input.setAttribute(name, value);
  }
  let at = -1;
  let typed = input.value;
  let timer;
  let request;

  function close() {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    const options = [...list.children];
    at = (place + options.length + 1) % (options.length + 1);
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    const chosen = options[at];
    input.value = chosen ? chosen.dataset.text : typed;
    if (chosen) {
      input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function show(suggestions) {
    list.replaceChildren(...suggestions.map((found, number) => {
      const option = element("li", { id: `sugerencia-${number}` }, element("span", {}, found.text));
      option.dataset.text = found.text;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => { input.value = found.text; form.requestSubmit(); });
      return option;
    }));
    at = -1;
    list.hidden = !suggestions.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (suggestions.length) {
      say(suggestions.length === 1 ? form.dataset.one : form.dataset.many.replace("{n}", suggestions.length));
    }
  }

  async function ask() {
    request?.abort();
    request = new AbortController();
    const text = input.value.trim();
    if (text.length < 2) return close();
    try {
      const query = new URLSearchParams({ q: text, limit: 6 });
      const response = await fetch(`/api/v1/suggest?${query}`, { signal: request.signal });
      if (response.ok && document.activeElement === input) show((await response.json()).suggestions);
    } catch {
      /* An aborted or failed completion is no loss: the search itself works without. */
    }
  }

  input.addEventListener("input", () => {
    typed = input.value;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden) ask();
    else if (list.hidden) return;
    else if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at - 1);
    else if (event.key === "Escape") { input.value = typed; close(); }
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
}

if (box) {
  suggesting(box);
  box.form.addEventListener("submit", (event) => {
    const text = box.value.trim();
    if (!navigator.onLine) {
      event.preventDefault();
      say(box.form.dataset.offline);
      return;
    }
    const kept = recent();
    if (kept && text) keep([text, ...kept.filter((other) => other !== text)]);
    setTimeout(() => { status.textContent = box.form.dataset.wait; }, SLOW);
  });
  addEventListener("pageshow", () => { status.textContent = ""; });
}
