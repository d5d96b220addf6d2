/* The page that sets the widget up, kept in step with its form: the server writes the tags, this
   fetches them anew after each choice, and adds the buttons that copy. Works without: a GET form. */
const form = document.querySelector('.bench form');
const LIVE = ['contrast', 'preview', ...[...document.querySelectorAll('pre[id]')].map((pre) => pre.id)];
let request;
let timer;

async function update() {
  request?.abort();
  request = new AbortController();
  const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
  try {
    const response = await fetch(address, { signal: request.signal });
    if (!response.ok) return form.submit();
    show(new DOMParser().parseFromString(await response.text(), 'text/html'));
    history.replaceState(null, '', address);
  } catch (error) {
    if (error.name !== 'AbortError') form.submit(); // the browser says what is wrong
  }
}

function show(fresh) {
  for (const id of LIVE) {
    const [here, there] = [document.getElementById(id), fresh.getElementById(id)];
    if (here.outerHTML === there.outerHTML) continue;
    here.className = there.className;
    here.replaceChildren(...[...there.childNodes].map((node) => document.importNode(node, true)));
  }
  form.elements.label.placeholder = fresh.querySelector('[name=label]').placeholder;
}

function addCopying(figure) {
  const button = document.createElement('button');
  const said = document.createElement('span');
  button.type = 'button';
  button.className = 'secondary copy';
  button.textContent = form.dataset.copy;
  said.setAttribute('role', 'status');
  button.addEventListener('click', async () => {
    said.textContent = '';
    try {
      await navigator.clipboard.writeText(figure.querySelector('code').textContent);
      said.textContent = form.dataset.copied;
    } catch {
      getSelection().selectAllChildren(figure.querySelector('code'));
      said.textContent = form.dataset.uncopied;
    }
  });
  figure.append(button, said);
}

form.querySelector('[type=submit]').hidden = true;
form.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(update, 250);
});
for (const figure of document.querySelectorAll('figure.code')) addCopying(figure);
