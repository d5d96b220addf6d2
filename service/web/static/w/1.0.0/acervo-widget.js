/* <acervo-buscador>: see /widget on the same host. */
(() => {
const NAME = 'acervo-buscador';
const SCRIPT = document.currentScript;
const HOME = new URL('../../', SCRIPT?.src || location).href;
const WIDTH = 200; // of a snippet, in code points
const LEAD = 50; // what of it stands before its first mark
const FILTERS = ['toolkit', 'event', 'type', 'doc-language', 'module', 'ods', 'document'];
const RENAMED = { type: 'document_type', 'doc-language': 'language' };

const NAMES = 'label search list suggestions none busy error results answer missing nearest empty meant corrected verified page slide all privacy'.split(' ');
const TEXTS = {
es: `Busque en los materiales de capacitación
Buscar
Sugerencias
# sugerencia|# sugerencias
Sin sugerencias para “%”. Pulse Buscar.
Buscando…
No se pudo conectar. Esto no dice si hay material sobre su pregunta.
# resultado|# resultados
Respuesta
No encontré una respuesta que pueda citar
Este es el material más cercano; puede que no trate de su pregunta.
No hay material sobre esto. Pruebe con palabras más generales.
¿Quiso decir %?
Se buscó “%”.
Cita verificada palabra por palabra
página %
diapositiva %
Ver todos los resultados de “%”
No usamos cookies ni guardamos quién busca.`,
en: `Search the training materials
Search
Suggestions
# suggestion|# suggestions
No suggestions for “%”. Press Search.
Searching…
Could not connect. This does not tell if there is material on your question.
# result|# results
Answer
I found no answer that I can quote
This is the closest material; it may not be about your question.
There is no material on this. Try more general words.
Did you mean %?
Searched for “%”.
Quote checked word for word
page %
slide %
See all results for “%”
We use no cookies and do not record who searches.`,
pt: `Busque nos materiais de capacitação
Buscar
Sugestões
# sugestão|# sugestões
Sem sugestões para “%”. Pressione Buscar.
Buscando…
Não foi possível conectar. Isto não diz se há material sobre a sua pergunta.
# resultado|# resultados
Resposta
Não encontrei uma resposta que possa citar
Este é o material mais próximo; talvez não trate da sua pergunta.
Não há material sobre isto. Tente palavras mais gerais.
Você quis dizer %?
A busca foi por “%”.
Citação verificada palavra por palavra
página %
slide %
Ver todos os resultados de “%”
Não usamos cookies nem guardamos quem busca.`,
fr: `Cherchez dans les supports de formation
Chercher
Suggestions
# suggestion|# suggestions
Aucune suggestion pour « % ». Appuyez sur Chercher.
Recherche…
Connexion impossible. Cela ne dit pas s’il existe des documents sur votre question.
# résultat|# résultats
Réponse
Je n’ai trouvé aucune réponse à citer
Voici les documents les plus proches ; ils traitent peut-être d’autre chose.
Aucun document sur ce sujet. Essayez des mots plus généraux.
Vouliez-vous dire % ?
Recherche de « % ».
Citation vérifiée mot à mot
page %
diapositive %
Voir tous les résultats pour « % »
Sans cookies ; nous n’enregistrons pas qui cherche.`,
};

/* Dark where the page is, not where the system is. */
const pair = (values) => (CSS.supports('color', 'light-dark(red, red)') ? `light-dark(${values})` : values.split(', ')[0]);
const colour = (name, values) => `--${name}: var(--acervo-${name}, ${pair(values)});`;
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { all: initial; color-scheme: inherit; display: block; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; padding: 0; font: inherit; }
[part=box] {
${colour('accent', '#00628f, #74c4ee')}
${colour('on-accent', '#fff, #0e1a24')}
--focus: var(--acervo-focus, var(--ink));
${colour('ink', '#14202b, #e9eff3')}
${colour('surface', '#fff, #101a22')}
${colour('line', '#76838e, #7b8b98')}
--link: ${pair('var(--accent), color-mix(in srgb, var(--accent) 40%, #fff)')};
--quiet: color-mix(in srgb, var(--ink) 78%, var(--surface));
--pale: color-mix(in srgb, var(--ink) 5%, var(--surface));
--edge: 1px solid color-mix(in srgb, var(--ink) 20%, var(--surface));
padding: 1em;
border: var(--edge);
background: var(--surface);
color: var(--ink);
font: 1em/1.5 var(--acervo-font, system-ui, sans-serif);
overflow-wrap: anywhere;
}
[part=box], input, button, [part=panel] { border-radius: var(--acervo-radius, 4px); }
ol, ul { list-style: none; }
a { color: var(--link); }
a, button, label, h3, .bad { font-weight: 600; }
.row { position: relative; display: flex; flex-wrap: wrap; gap: .5em; margin: .5em 0; }
input, button, [part=panel] { min-height: 48px; border: 2px solid var(--line); background: var(--surface); color: inherit; }
input { flex: 1 1 8em; min-width: 0; padding: 0 .75em; }
button { padding: 0 1em; border-color: var(--accent); color: var(--link); cursor: pointer; }
[part=button] { background: var(--accent); color: var(--on-accent); }
button:hover { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; box-shadow: 0 0 0 6px #ffd23f; }
[part=panel] { position: absolute; z-index: 9; inset: calc(100% + 8px) 0 auto; box-shadow: 0 6px 24px #0003; }
[part=panel] a, [role=option] { padding: .375em .75em; }
[part=panel] a { outline-offset: -4px; }
.all, [role=option] { display: flex; align-items: center; gap: 1em; min-height: 44px; line-height: 1.3; }
[role=option] { justify-content: space-between; cursor: pointer; }
[role=option]:hover, [part=answer] { background: var(--pale); }
[aria-selected=true] { outline: 2px solid var(--link); outline-offset: -2px; background: color-mix(in srgb, var(--link) 15%, var(--surface)); }
.foot, .meta, [role=option] span { color: var(--quiet); font-size: .875em; }
.bad { color: ${pair('#a3190f, #ff9d92')}; }
[role=status]:not(:empty, .unseen) + p { display: none; }
.unseen { position: absolute; clip-path: inset(50%); }
[part=results] > *, figure, h3 + p, [part=notice] { margin-top: .625em; }
[part=answer] { padding: .75em 1em; border-left: 6px solid var(--link); }
.short { font-size: 1.25em; font-weight: 600; }
blockquote { white-space: pre-line; }
blockquote::before { content: "«"; }
blockquote::after { content: "»"; }
blockquote:is(:lang(en), :lang(pt))::before { content: "“"; }
blockquote:is(:lang(en), :lang(pt))::after { content: "”"; }
blockquote:lang(fr)::before { content: "« "; }
blockquote:lang(fr)::after { content: " »"; }
.meta { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1em; }
[part=link] { padding: .25em 0; font-size: 1rem; }
[part=hit] { padding: .5em 0; border-top: var(--edge); }
[part=original] { padding: 0 .5em; border: 1px solid; }
[part=verified] { color: ${pair('#1e6b34, #86d69b')}; }
mark { background: ${pair('#fff0a8, #5f5000')}; color: inherit; }
`);

const make = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const key in attributes) if (attributes[key] != null) made.setAttribute(key, attributes[key]);
  made.append(...children.filter(Boolean));
  return made;
};

/* Marks count code points, strings UTF-16. */
const snippet = (text, marks) => {
  const points = [...text];
  const piece = (from, to) => points.slice(from, to).join('');
  const first = Math.max(0, marks[0]?.[0] - LEAD || 0);
  let start = points.length > WIDTH ? points.lastIndexOf(' ', first) + 1 : 0;
  const stop = points.indexOf(' ', start + WIDTH);
  const end = stop < 0 ? points.length : stop;
  const nodes = [start && '… '];
  for (const [from, to] of marks) {
    if (from >= start && to <= end) nodes.push(piece(start, from), make('mark', {}, piece(from, start = to)));
  }
  return [...nodes, piece(start, end), stop > 0 && ' …'];
};

class AcervoBuscador extends HTMLElement {
  static observedAttributes = ['lang', 'label', 'placeholder', 'accent', ...FILTERS];
  #options = [];
  #active = -1;
  #request;
  #timer;

  connectedCallback() {
    this.#build(this.shadowRoot || this.attachShadow({ mode: 'open' }));
    if (this.getAttribute('q')) this.#search(this.input.value = this.getAttribute('q'));
  }

  attributeChangedCallback() {
    if (this.isConnected && this.input) this.#build(this.shadowRoot);
  }

  disconnectedCallback() {
    this.#stop();
  }

  #build(root) {
    const attribute = (name) => this.getAttribute(name);
    const fallback = this.querySelector('[name=q]');
    const focused = this.contains(document.activeElement);
    const code = this.closest('[lang]')?.lang.slice(0, 2);
    this.code = TEXTS[code] ? code : 'es';
    const texts = (this.texts = Object.fromEntries(TEXTS[this.code].split('\n').map((text, at) => [NAMES[at], text])));
    this.base = (attribute('base') || HOME).replace(/\/$/, '');
    this.home = this.code === 'es' ? '' : `${this.code}/`;
    this.filters = FILTERS.flatMap((name) => (attribute(name)?.split(';') || [])
      .map((value) => [RENAMED[name] || name, value.trim()]));
    root.adoptedStyleSheets = [SHEET];

    this.input = make('input', {
      id: 'q', name: 'q', part: 'input', role: 'combobox', maxlength: 1000, enterkeyhint: 'search',
      autocomplete: 'off', placeholder: attribute('placeholder'),
      'aria-autocomplete': 'list', 'aria-controls': 'list', 'aria-expanded': false,
    });
    this.input.value = fallback?.value || '';
    this.list = make('ul', { id: 'list', part: 'listbox', role: 'listbox', 'aria-label': texts.list });
    this.panel = make('div', { part: 'panel', hidden: '' }, this.list);
    this.form = make('form', { part: 'form', role: 'search', action: `${this.base}/${this.home}` },
      make('label', { part: 'label', for: 'q' }, attribute('label') || texts.label),
      make('div', { class: 'row' }, this.input, make('button', { part: 'button' }, texts.search), this.panel),
      ...this.filters.map(([name, value]) => make('input', { type: 'hidden', name, value })));
    this.status = make('p', { part: 'status', role: 'status' });
    this.results = make('div', { part: 'results' });
    const box = make('div', { part: 'box', lang: this.code }, this.form,
      make('div', { class: 'foot' }, this.status, make('p', { part: 'privacy' }, texts.privacy)), this.results);
    if (attribute('accent')) {
      box.style.setProperty('--acervo-accent', attribute('accent'));
      box.style.setProperty('--acervo-on-accent', '#fff');
    }
    root.replaceChildren(box);
    this.#listen();
    if (focused) this.input.focus();
  }

  #listen() {
    this.form.onsubmit = (event) => this.#submit(event);
    this.form.addEventListener('focusout', (event) => {
      if (!this.form.contains(event.relatedTarget)) this.#close();
    });
    this.input.oninput = () => this.#typed();
    this.input.onkeydown = (event) => this.#key(event);
    this.panel.onmousedown = (event) => event.preventDefault();
    this.list.onclick = ({ target }) => {
      const at = [...this.list.children].indexOf(target.closest('li'));
      if (at >= 0) this.#choose(this.#options[at]);
    };
  }

  #typed() {
    const text = this.input.value.trim();
    this.#reset();
    if (!text) this.#show();
    if (text.length > 1) this.#timer = setTimeout(() => this.#suggest(text), 180);
  }

  #key(event) {
    const { key } = event;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (event.isComposing) return;
    if (step && this.#options.length) {
      const places = this.#options.length + 1; // one of them is what was typed
      this.panel.hidden = false;
      this.#activate(((this.#active + 1 + step + places) % places) - 1);
    } else if (key === 'Enter' && this.#active >= 0) this.#choose(this.#options[this.#active]);
    else if (key === 'Escape' && !this.panel.hidden) this.#close();
    else if (key === 'Escape' && this.input.value) {
      this.input.value = '';
      this.#typed();
    } else {
      if (/Home|End|Left|Right/.test(key)) this.#activate(-1);
      return;
    }
    event.preventDefault();
  }

  #suggest(text) {
    this.#get('suggest', [['q', text], ['lang', this.code]], ({ suggestions }) => {
      const { length } = suggestions;
      this.#options = suggestions;
      this.list.replaceChildren(...suggestions.map((option, at) => this.#option(option, at)));
      this.panel.replaceChildren(this.list, this.#all(text));
      this.panel.hidden = !length || !this.matches(':focus-within');
      this.#activate(-1);
      if (length) this.#say(this.#counted('suggestions', length), 'unseen');
      else this.#say(this.#text('none', text));
    });
  }

  #option(option, at) {
    if (this.filters[0]) option.url = null; // it may lie outside
    return make('li', { id: `option-${at}`, part: 'option', role: 'option' }, option.text,
      option.url && this.#place(option));
  }

  #activate(at) {
    const options = [...this.list.children];
    this.#active = at;
    options.forEach((option, place) => option.setAttribute('aria-selected', place === at));
    options[at]?.scrollIntoView({ block: 'nearest' });
    this.input.setAttribute('aria-activedescendant', options[at]?.id || '');
    this.input.setAttribute('aria-expanded', !this.panel.hidden && options.length > 0);
  }

  #choose({ text, url }) {
    this.input.value = text;
    if (!url) this.form.requestSubmit();
    else {
      const link = this.#link({ title: '', url });
      this.#close();
      this.results.append(link);
      link.click();
      link.remove();
    }
  }

  #close() {
    this.panel.hidden = true;
    this.#activate(-1);
  }

  #submit(event) {
    const query = this.input.value.trim();
    if (query && this.getAttribute('open-in') === 'page') this.#emit('search', { query });
    else {
      event.preventDefault();
      if (query) this.#search(query);
    }
  }

  #search(query) {
    this.#emit('search', { query });
    this.#reset();
    const parameters = [['q', query], ['lang', this.code], ['canal', 'widget'], ['k', this.getAttribute('limit') || 3], ...this.filters];
    this.#get('search', parameters, (found) => this.#answer(query, found), () => {
      this.#show(make('p', { part: 'error' }, this.#all(query)));
      this.#emit('results', { query, total: 0, status: 'error' });
    });
    this.#timer = setTimeout(() => this.#say(this.texts.busy), 400);
  }

  #answer(query, { answer, hits, total, qid, query: asked, did_you_mean: meant }) {
    const { texts } = this;
    const { citations, notices, status, text } = answer;
    const yes = status === 'found';
    const heading = yes ? texts.answer : texts.missing;
    const title = make('h3', { tabindex: -1 }, heading);
    const rest = hits.filter((hit) => !citations.some((citation) => citation.passage_id === hit.passage_id));
    this.#show(
      asked.corrected && make('p', {}, this.#text('corrected', asked.corrected)),
      meant && this.#meant(meant),
      make('div', { part: 'answer' }, title,
        !yes && make('p', {}, hits[0] ? texts.nearest : texts.empty),
        text && !citations.some(({ quote }) => quote === text) && make('p', { class: 'short' }, text),
        ...citations.map((citation) => this.#quote(citation, hits, qid)),
        ...notices.map((notice) => make('p', { part: 'notice' }, '⚠ ', notice))),
      rest[0] && make('ol', { part: 'hits' }, ...rest.map((hit) => this.#hit(hit, qid))),
      this.#all(query));
    this.#say(`${heading}. ${this.#counted('results', total)}.`, 'unseen');
    if (matchMedia('(pointer: coarse)').matches) title.focus(); // the keyboard goes
    this.#emit('results', { query, total, status });
  }

  #meant(meant) {
    const button = make('button', { part: 'suggestion' }, this.#text('meant', meant));
    button.onclick = () => {
      this.input.value = meant;
      this.input.focus();
      this.#search(meant);
    };
    return button;
  }

  #quote(citation, hits, qid) {
    const hit = hits.find((other) => other.document_id === citation.document_id);
    return make('figure', {},
      make('blockquote', { part: 'quote', lang: citation.language }, citation.quote),
      make('figcaption', { class: 'meta' }, this.#link({ ...citation, rank: 0 }, qid),
        this.#place({ ...hit, ...citation }), this.#original(citation),
        make('span', { part: 'verified' }, '✓ ', this.texts.verified)));
  }

  #hit(hit, qid) {
    return make('li', { part: 'hit' }, this.#link(hit, qid),
      make('p', { class: 'meta' }, this.#place(hit), this.#original(hit)),
      make('p', { lang: hit.language }, ...snippet(hit.text, hit.marks)));
  }

  #place({ page, document_type: type }) {
    return page && make('span', {}, this.#text(type === 'slides' ? 'slide' : 'page', page));
  }

  #original({ original }) {
    return original && make('span', { part: 'original' }, original);
  }

  #all(text) {
    const url = `/${this.home}?${new URLSearchParams([['q', text], ...this.filters])}`;
    const link = this.#link({ title: this.#text('all', text), url });
    link.className = 'all';
    return link;
  }

  #link({ title, url, passage_id: id, rank: pos }, qid) {
    const link = make('a', { href: this.base + url, part: 'link' }, title);
    link.onclick = (event) => {
      if (!this.#emit('open', { url: link.href })) event.preventDefault();
      else if (qid) navigator.sendBeacon(`${this.base}/api/v1/events`, JSON.stringify({ type: 'click', qid, id, pos }));
    };
    return link;
  }

  #text(name, value) {
    return this.texts[name].replace('%', () => value);
  }

  #counted(name, count) {
    return this.texts[name].split('|')[+(count !== 1)].replace('#', count.toLocaleString(this.code));
  }

  #say(text, look) {
    this.status.className = look || '';
    this.status.textContent = text;
  }

  #show(...nodes) {
    this.results.replaceChildren(...nodes.filter(Boolean));
  }

  #emit(name, detail) {
    return this.dispatchEvent(new CustomEvent(`acervo-${name}`, { detail, cancelable: name === 'open', bubbles: true, composed: true }));
  }

  #reset() {
    this.#stop();
    this.#options = [];
    this.#close();
    this.#say('');
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  async #get(path, parameters, use, fail) {
    const request = (this.#request = new AbortController());
    const current = () => request === this.#request && !clearTimeout(this.#timer);
    setTimeout(() => request.abort(), 15000);
    try {
      const response = await fetch(`${this.base}/api/v1/${path}?${new URLSearchParams(parameters)}`,
        { signal: request.signal, credentials: 'omit', referrerPolicy: 'no-referrer' });
      if (!response.ok) throw response;
      const found = await response.json();
      if (current()) use(found);
    } catch {
      if (!current()) return; // another request has taken its place
      this.#say(this.texts.error, 'bad');
      fail?.();
    }
  }
}

if (!customElements.get(NAME)) customElements.define(NAME, AcervoBuscador);

// <script … data-acervo data-lang="en"> mounts after itself.
if (SCRIPT?.dataset.acervo != null) {
  const widget = make(NAME, { base: HOME });
  for (const { name, value } of SCRIPT.attributes) if (name.startsWith('data-')) widget.setAttribute(name.slice(5), value);
  SCRIPT.after(widget);
}
})();
